"""From whatever mode Pillow decoded to 8-bit grey or RGB: alpha on white, 16 bit scaled, colours converted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from images.errors import UnsupportedImage
from images.model import WHITE
from images.transform.geometry import Placement

if TYPE_CHECKING:
    from PIL.Image import Image

_SIXTEEN_BIT = 65_536
_STEP = 257
"""65,535 is to 255 as 257 is to 1. Pillow's own conversion cuts off everything above 255."""
_CONVERTED_AFTERWARDS = {"CMYK", "YCbCr"}
_UNDEFINED = "its samples are {}, and nothing says which of them is white"
_REFUSED = {"I": _UNDEFINED.format("32-bit integers"), "F": _UNDEFINED.format("floating-point numbers")}


def resized(image: Image, placement: Placement, mode: str) -> Image:
    """``placement.box`` of a decoded image at ``placement.size``, in ``mode`` L or RGB.

    Hamming's window is the filter that comes nearest to exact area averages at the cost of a box (docs/images.md,
    "Measured"). What can wait for the small image is done there. Raises UnsupportedImage for samples without a meaning.
    """
    from PIL.Image import Resampling

    small = _resizable(image, mode).resize(placement.size, Resampling.HAMMING, box=placement.box)
    if small.mode.startswith("I;16"):
        small = small.convert("I").point(_scaled(), "L")
    if small.mode in {"LA", "RGBA"}:
        small = _on_white(small)
    return small if small.mode == mode else small.convert(mode)


def _resizable(image: Image, mode: str) -> Image:
    """The image in a mode whose pixels can be averaged."""
    if "transparency" in image.info and image.mode not in {"LA", "PA", "RGBA"}:
        return _with_alpha(image)
    if image.mode in {"PA", "RGBa"}:
        return image.convert("RGBA")
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in {"1", "P", "RGB", "RGBX"}:
        return image if image.mode == mode else image.convert(mode)
    if image.mode in {"L", "LA", "RGBA"} or image.mode.startswith("I;16") or image.mode in _CONVERTED_AFTERWARDS:
        return image
    reason = _REFUSED.get(image.mode, f"its colours are {image.mode}")
    raise UnsupportedImage(f"The image cannot be shown: {reason}; save it with 8 or 16 bits as grey or RGB.")


def _with_alpha(image: Image) -> Image:
    """For images whose header names one colour, or entries of the palette, as transparent."""
    if not image.mode.startswith("I;16"):
        return image.convert("LA" if image.mode == "L" else "RGBA")
    from PIL.Image import merge

    hidden = image.info["transparency"]
    deep = image.convert("I")
    alpha = deep.point([0 if value == hidden else 255 for value in range(_SIXTEEN_BIT)], "L")
    return merge("LA", (deep.point(_scaled(), "L"), alpha))


@cache
def _scaled() -> list[int]:
    return [(value + _STEP // 2) // _STEP for value in range(_SIXTEEN_BIT)]


def _on_white(image: Image) -> Image:
    from PIL.Image import new

    mode = image.mode[:-1]
    background = new(mode, image.size, WHITE if mode == "L" else (WHITE,) * 3)
    background.paste(image.convert(mode), mask=image.getchannel("A"))
    return background
