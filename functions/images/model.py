"""The nouns of an image request, in the order in which they come to be: profile, original, picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Fit = Literal["stretch", "cover", "contain", "pad"]
Mode = Literal["grey", "rgb"]
Format = Literal["jpeg", "png", "webp", "npy"]
Layout = Literal["hwc", "chw"]

FITS: tuple[Fit, ...] = ("stretch", "cover", "contain", "pad")
MODES: tuple[Mode, ...] = ("grey", "rgb")
FORMATS: tuple[Format, ...] = ("jpeg", "png", "webp", "npy")
LAYOUTS: tuple[Layout, ...] = ("hwc", "chw")

MEDIA_TYPES: dict[Format, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "npy": "application/x-npy",  # unregistered, like every name in use for it
}

WHITE = 255


@dataclass(frozen=True, slots=True)
class Profile:
    """What an image is to become."""

    name: str
    width: int
    height: int
    """Pixels. The result has exactly this size, but for fit ``contain``, which stays inside it."""
    fit: Fit = "stretch"
    mode: Mode = "grey"
    format: Format = "jpeg"
    quality: int = 95
    """1 to 100, of JPEG and WebP."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    """NPY only, one number per channel, from 0 to 1: ``(value / 255 - mean) / std`` as float32. Empty: uint8."""
    layout: Layout = "hwc"
    """NPY only: shape (height, width, 3) or (3, height, width); grey is (height, width) or (1, height, width)."""
    cache_seconds: int = 3600
    """How long a result may be shown without asking again."""
    overrides: frozenset[str] = frozenset()
    """Query parameters that may change this profile, out of w, h, fit, mode, format, q."""


@dataclass(frozen=True)
class Original:
    """An object that S3 has begun to send. Exactly one of ``read`` and ``close`` is called, once."""

    etag: str
    """With quotes, as S3 gives it."""
    last_modified: str
    """An HTTP date."""
    read: Callable[[], bytes]
    """The whole object. Raises ImageTooLarge above 50 MB, OriginalUnavailable where S3 stops sending."""
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A transformed image."""

    body: bytes
    media_type: str
    megapixels: float
    """Of the original, in millions of pixels."""
