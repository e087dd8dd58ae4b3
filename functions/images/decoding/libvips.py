"""A PNG whose pixels are averaged in blocks while it is decoded, by libvips of a layer that a stack may ask for.

Pillow decodes every pixel into memory first, in twice the time (docs/images.md, "Measured"). The blocks are those that
Pillow's own shrink would average first, so the picture is the same (docs/decisions/014-png-by-libvips.md). Pillow reads
everything else of the file, and is the judge of whatever libvips does not decode to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from common import settings
from images.decoding import memory_limits, png_chunks, with_pillow
from images.decoding.decoded import Decoded, LeastSize, Size
from images.decoding.plan import Plan
from images.errors import ImageRefused
from images.model import Profile

_VERSIONS = ((8, 18), (9, 0))
"""From the first on, below the second."""
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class Settings:
    use_vips: str = "false"


def is_wanted(profile: Profile) -> bool:
    """Whether the stack says that its functions have the layer, and ``profile`` can do with averages.

    Where the most edges are is looked for among all pixels, with and without libvips: else crops would differ.
    """
    return settings.read(Settings).use_vips == "true" and profile.focus != "attention"


@cache
def library() -> Any | None:
    """pyvips, which can open nothing but PNGs from now on; None where it is not there or binds another libvips."""
    import logging

    # It tells every step of every image, and errors that Pillow puts into our words.
    logging.getLogger("pyvips").setLevel(logging.CRITICAL)
    try:
        import pyvips
    except (ImportError, OSError):
        return None
    if not _VERSIONS[0] <= (pyvips.version(0), pyvips.version(1)) < _VERSIONS[1]:
        return None
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeign", True)
    pyvips.operation_block_set("VipsForeignLoadPng", False)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)  # it would keep originals
    return pyvips


def decode(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    """By Pillow, and ``fell_back``, where there is no libvips or it stumbles. Raises as ``with_pillow.decode`` does."""
    try:
        decoded = _in_blocks(data, plan, profile, least_size) if library() else None
    except ImageRefused:
        raise
    except Exception:  # noqa: BLE001 - a broken header or extra: Pillow judges it below, and says what it is
        decoded = None
    return decoded or replace(with_pillow.decode(data, plan, profile, least_size), fell_back=True)


def _in_blocks(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded | None:
    """Pixels by libvips, all else by Pillow; None where libvips stumbles. Raises ImageRefused, and what Pillow does."""
    memory_limits.check_other(with_pillow.opened(data, plan), profile)
    rest = png_chunks.without_pixels(data)
    if rest is None:
        return None
    told = with_pillow.decode(rest, replace(plan, size=(1, 1)), profile, least_size)
    across, down = _blocks(plan.size, least_size(plan.size, told.orientation))
    if across * down == 1:
        return with_pillow.decode(data, plan, profile, least_size)
    small = None if "transparency" in told.image.info else _averaged(data, across, down)
    return None if small is None else replace(told, image=small, across=1 / across, down=1 / down)


def _blocks(size: Size, least: Size) -> Size:
    """Width and height of the blocks, in pixels, of which one becomes a pixel."""
    return max(1, size[0] // least[0]), max(1, size[1] // least[1])


def _averaged(data: bytes, across: int, down: int) -> Any | None:
    """The Pillow image; None where the file has an error that libvips sees."""
    import PIL.Image

    pyvips = library()
    assert pyvips is not None  # noqa: S101 - the caller has looked
    try:
        image = pyvips.Image.pngload_buffer(data, access="sequential", fail_on="error")
        if image.bands in {2, 4}:
            # Colours count by their alpha.
            image = image.premultiply().shrink(across, down, ceil=True).unpremultiply().rint().cast("uchar")
        else:
            image = image.shrink(across, down, ceil=True)
        mode, size, pixels = _MODES[image.bands], (image.width, image.height), image.write_to_memory()
    except pyvips.Error:
        return None
    return PIL.Image.frombuffer(mode, size, pixels, "raw", mode, 0, 1)
