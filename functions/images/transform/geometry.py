"""Where the pixels of an original go: plain arithmetic on sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from images.model import Profile

Size = tuple[int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Placement:
    """``box`` of the original is resized to ``size``, then laid on the middle of ``canvas``, all as (width, height).

    ``size`` and ``canvas`` differ for fit ``pad`` alone.
    """

    size: Size
    box: Box
    canvas: Size

    @property
    def offset(self) -> Size:
        return (self.canvas[0] - self.size[0]) // 2, (self.canvas[1] - self.size[1]) // 2

    def scaled(self, across: float, down: float, decoded: Size) -> Placement:
        """The same on an original that was decoded at a fraction of its size, ``decoded`` pixels in all."""
        left, top, right, bottom = self.box
        box = (left * across, top * down, min(right * across, decoded[0]), min(bottom * down, decoded[1]))
        return replace(self, box=box)


def place(source: Size, profile: Profile, *, turned: bool) -> Placement:
    """How an original of ``source`` pixels becomes what ``profile`` asks for.

    ``turned``: the original will be turned by 90 degrees after it was resized, so its stored sides are the other ones.
    Small originals are enlarged: what is learned from has one size.
    """
    width, height = source
    want = (profile.height, profile.width) if turned else (profile.width, profile.height)
    whole = (0.0, 0.0, float(width), float(height))
    if profile.fit == "stretch":
        return Placement(want, whole, want)
    if profile.fit == "cover":
        scale = max(want[0] / width, want[1] / height)
        kept = min(width, want[0] / scale), min(height, want[1] / scale)
        left, top = (width - kept[0]) / 2, (height - kept[1]) / 2
        return Placement(want, (left, top, left + kept[0], top + kept[1]), want)
    scale = min(want[0] / width, want[1] / height)
    size = _side(width * scale, want[0]), _side(height * scale, want[1])
    return Placement(size, whole, want if profile.fit == "pad" else size)


def _side(length: float, most: int) -> int:
    return min(most, max(1, round(length)))


def decode_size(source: Size, placement: Placement) -> Size:
    """The least size to decode ``source`` at, so that ``placement`` still halves it at least.

    A JPEG decoded at 1/2, 1/4 or 1/8 is cheaper, but coarse; twice the wanted size keeps the mean difference from a
    full decode below one grey level (docs/images.md, "Measured").
    """
    left, top, right, bottom = placement.box
    across = source[0] / max(right - left, 1e-9)
    down = source[1] / max(bottom - top, 1e-9)
    return (
        min(source[0], math.ceil(2 * placement.size[0] * across)),
        min(source[1], math.ceil(2 * placement.size[1] * down)),
    )
