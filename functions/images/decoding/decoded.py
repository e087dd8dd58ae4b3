"""What every decoder gives back, and what the transform tells it beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]
LeastSize = Callable[[Size, int], Size]
"""Size of the stored image and its orientation in, the least size at which it may be decoded out."""


@dataclass(slots=True)
class Decoded:
    """Pixels in whatever mode the decoder gives them, upright or not, and their colours as they are stored."""

    image: Image
    across: float
    down: float
    """Decoded pixels per stored pixel: 1, or less where it was decoded at a fraction of its size."""
    orientation: int
    """EXIF's, 1 to 8."""
    profile: bytes | None
    """The ICC profile that the file embeds."""
    fell_back: bool = False
    """Whether the plan's decoder was missing and another one stood in."""
    is_coarse: bool = False
    """Whether the file lacks scans that would make the picture finer."""
