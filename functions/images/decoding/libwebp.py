"""A WebP decoded at a fraction of its size, by the libwebp that is in Pillow's own wheel.

Pillow does not open this door of the library: it decodes every pixel into the canvas of an animation. The library
itself shrinks line by line, in a third of the time and a ninth of the memory (docs/images.md, "Measured"). Its C
interface is stable within a major number of its ABI, which it checks itself when a configuration is initialised
(libwebp, src/webp/decode.h).
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from images.decoding import memory_limits
from images.decoding.decoded import Decoded, LeastSize
from images.decoding.plan import Plan
from images.decoding.webp_chunks import WebP
from images.decoding.with_pillow import ORIENTATION, orientation_of
from images.errors import DamagedImage, ImageTooLarge
from images.model import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABI = 0x0209
"""Of decode.h since libwebp 1.0; another major number (the first byte) is another layout."""
_CONFIGURATION_BYTES = 240
_RGB, _RGBA = 0, 1
_OUT_OF_MEMORY = 1
_TOLD_BY_XMP = re.compile(rb"tiff:Orientation(?:=[\"']|>)([1-8])")
"""Where EXIF does not tell it, as Pillow reads it in the other formats (XMP, part 1, 7.9.2: attribute or element)."""


class _Features(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("width", "height", "has_alpha", "has_animation", "format")] + [
        ("pad", ctypes.c_uint32 * 5)
    ]


class _Pixels(ctypes.Structure):
    _fields_ = [("rgba", ctypes.c_void_p), ("stride", ctypes.c_int), ("size", ctypes.c_size_t)]


class _Planes(ctypes.Structure):
    """Not used here; it gives the union its size."""

    _fields_ = [
        ("planes", ctypes.c_void_p * 4),
        ("strides", ctypes.c_int * 4),
        ("sizes", ctypes.c_size_t * 4),
    ]


class _Either(ctypes.Union):
    _fields_ = [("pixels", _Pixels), ("planes", _Planes)]


class _Output(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("colorspace", "width", "height", "is_external_memory")),
        ("u", _Either),
        ("pad", ctypes.c_uint32 * 4),
        ("private_memory", ctypes.c_void_p),
    ]


_OPTIONS = (
    "bypass_filtering no_fancy_upsampling use_cropping crop_left crop_top crop_width crop_height use_scaling "
    "scaled_width scaled_height use_threads dithering_strength flip alpha_dithering_strength"
)


class _Options(ctypes.Structure):
    _fields_ = [*((name, ctypes.c_int) for name in _OPTIONS.split(" ")), ("pad", ctypes.c_uint32 * 5)]


class _Configuration(ctypes.Structure):
    _fields_ = [("input", _Features), ("output", _Output), ("options", _Options)]


@cache
def library() -> ctypes.CDLL | None:
    """libwebp of Pillow's wheel; None where there is none (another build of Pillow), or of another ABI."""
    import PIL

    folder = Path(PIL.__file__).parent.parent / "pillow.libs"
    found = sorted(folder.glob("libwebp-*.so*"))
    if not found or ctypes.sizeof(_Configuration) != _CONFIGURATION_BYTES:
        return None
    try:
        loaded = ctypes.CDLL(str(found[0]))
        loaded.WebPInitDecoderConfigInternal.argtypes = [ctypes.POINTER(_Configuration), ctypes.c_int]
        loaded.WebPDecode.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(_Configuration)]
    except (OSError, AttributeError):
        return None
    return loaded if loaded.WebPInitDecoderConfigInternal(ctypes.byref(_Configuration()), _ABI) else None


def decode(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    """Raises DamagedImage, ImageTooLarge; LookupError where there is no library to do it with."""
    loaded, webp = library(), plan.webp
    if loaded is None or webp is None:
        raise LookupError("libwebp")
    orientation = _orientation(webp)
    width, height = least_size(plan.size, orientation)
    memory_limits.check_webp(webp, (width, height), profile)
    image_mode = "RGBA" if webp.alpha else "RGB"
    pixels = _decoded(loaded, data, webp, (width, height))
    import PIL.Image

    image = PIL.Image.frombuffer(image_mode, (width, height), pixels, "raw", image_mode, 0, 1)
    return Decoded(image, width / plan.size[0], height / plan.size[1], orientation, webp.profile)


def _decoded(loaded: ctypes.CDLL, data: bytes, webp: WebP, size: tuple[int, int]) -> bytearray:
    width, height = size
    configuration = _Configuration()
    loaded.WebPInitDecoderConfigInternal(ctypes.byref(configuration), _ABI)
    stride = width * (4 if webp.alpha else 3)
    pixels = bytearray(stride * height)
    buffer = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    output, options = configuration.output, configuration.options
    output.colorspace = _RGBA if webp.alpha else _RGB
    output.is_external_memory = 1
    output.u.pixels = _Pixels(ctypes.addressof(buffer), stride, len(pixels))
    if size != (webp.width, webp.height):
        options.use_scaling, options.scaled_width, options.scaled_height = 1, width, height
    status = loaded.WebPDecode(data, len(data), ctypes.byref(configuration))
    if status == _OUT_OF_MEMORY:
        raise ImageTooLarge("The WebP takes more memory than there is to decode it; send a smaller one.")
    if status:
        raise DamagedImage("The WebP is cut off or broken; upload it again.")
    return pixels


def _orientation(webp: WebP) -> int:
    import PIL.Image

    def read() -> Mapping[int, object]:
        exif = PIL.Image.Exif()
        if webp.exif:
            exif.load(webp.exif)
        if ORIENTATION not in exif and (told := _TOLD_BY_XMP.search(webp.xmp or b"")):
            exif[ORIENTATION] = int(told[1])
        return exif

    return orientation_of(read)
