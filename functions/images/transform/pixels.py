"""From whatever mode was decoded to 8-bit grey or RGB: alpha on white or kept, 16 bit scaled, colours converted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from images.decoding.decoded import Decoded
from images.errors import UnsupportedImage
from images.model import WHITE
from images.transform.geometry import Placement

if TYPE_CHECKING:
    from PIL.Image import Image

_SIXTEEN_BIT = 65_536
_STEP = 257
"""65,535 is to 255 as 257 is to 1. Pillow's own conversion cuts off everything above 255."""
_MULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
_REDUCING_GAP = 2.0
"""As geometry.decode_size does it for formats that are decoded at a fraction. Pillow has no blocks of 16 bits."""
_CONVERTED_AFTERWARDS = {"CMYK", "YCbCr"}
_UNDEFINED = "its samples are {}, and nothing says which of them is white"
_REFUSED = {"I": _UNDEFINED.format("32-bit integers"), "F": _UNDEFINED.format("floating-point numbers")}


def resized(decoded: Decoded, placement: Placement, mode: str, *, keeps_alpha: bool = False) -> tuple[Image, bool]:
    """``placement.box`` of the decoded pixels at ``placement.size``, and whether their ICC profile went unheard.

    In ``mode`` L or RGB, with ``keeps_alpha`` LA or RGBA where there is any. Hamming's window is the filter that comes
    nearest to exact area averages at the cost of a box (docs/images.md, "Measured"). What can wait for the small image
    is done there. Raises UnsupportedImage for samples without a meaning.
    """
    # Colours that will be converted have to stay colours until then.
    early = "RGB" if decoded.profile else mode
    small = _shrunk(_resizable(decoded.image, early), placement)
    if small.mode.startswith("I;16"):
        small = small.convert("I").point(_scaled(), "L")
    ignored = False
    if decoded.profile:
        from images.transform import colour

        converted = colour.to_srgb(small, decoded.profile)
        ignored, small = converted is None, converted or small
    if small.mode in {"LA", "RGBA"}:
        if keeps_alpha:
            mode += "A"
        else:
            small = _on_white(small)
    return small if small.mode == mode else small.convert(mode), ignored


def _shrunk(image: Image, placement: Placement) -> Image:
    """Colours are multiplied by their alpha meanwhile. Averages of whole blocks come first, down to twice the size."""
    from PIL.Image import Resampling

    multiplied = _MULTIPLIED.get(image.mode)
    work = image.convert(multiplied) if multiplied else image
    gap = None if work.mode.startswith("I;16") else _REDUCING_GAP
    small = work.resize(placement.size, Resampling.HAMMING, box=placement.box, reducing_gap=gap)
    return small.convert(image.mode) if multiplied else small


def _resizable(image: Image, mode: str) -> Image:
    """The image in a mode whose pixels can be averaged."""
    if "transparency" in image.info and image.mode not in {"LA", "PA", "RGBA"}:
        return _with_alpha(image)
    if image.mode in {"PA", "RGBa"}:
        return image.convert("RGBA")
    if image.mode == "La":
        return image.convert("LA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in {"P", "RGB", "RGBX"}:
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
