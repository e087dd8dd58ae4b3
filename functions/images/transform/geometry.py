"""Where the pixels of an original go: plain arithmetic on sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from images.model import Profile

Size = tuple[int, int]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
CENTRE: Point = (0.5, 0.5)


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


def place(source: Size, profile: Profile, *, turned: bool, focus: Point = CENTRE) -> Placement:
    """How an original of ``source`` pixels becomes what ``profile`` asks for.

    ``turned``: the original will be turned by 90 degrees after it was resized, so its stored sides are the other ones.
    ``focus``: where the middle of what fit cover keeps should be, as shares of the stored sides. Small originals are
    enlarged unless the profile says otherwise: what is learned from has one size.
    """
    width, height = source
    want = (profile.height, profile.width) if turned else (profile.width, profile.height)
    whole = (0.0, 0.0, float(width), float(height))
    largest = math.inf if profile.enlarge else 1.0
    if profile.fit == "stretch":
        size = want if profile.enlarge else (min(want[0], width), min(want[1], height))
        return Placement(size, whole, size)
    if profile.fit == "cover":
        scale = min(largest, max(want[0] / width, want[1] / height))
        kept = min(width, want[0] / scale), min(height, want[1] / scale)
        left, top = (_start(*side) for side in zip(source, kept, focus, strict=True))
        size = _side(kept[0] * scale, want[0]), _side(kept[1] * scale, want[1])
        return Placement(size, (left, top, left + kept[0], top + kept[1]), size)
    scale = min(largest, want[0] / width, want[1] / height)
    size = _side(width * scale, want[0]), _side(height * scale, want[1])
    return Placement(size, whole, want if profile.fit == "pad" else size)


def _start(length: float, kept: float, focus: float) -> float:
    """Where ``kept`` of ``length`` begins, so that its middle is as near to ``focus`` as it can be."""
    return min(length - kept, max(0.0, length * focus - kept / 2))


def stored(point: Point, orientation: int) -> Point:
    """A point of the upright picture where EXIF's orientation has put it in the stored one."""
    across, down = point
    return {
        2: (1 - across, down),
        3: (1 - across, 1 - down),
        4: (across, 1 - down),
        5: (down, across),
        6: (down, 1 - across),
        7: (1 - down, 1 - across),
        8: (1 - down, across),
    }.get(orientation, point)


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
