"""What decoding may cost, worked out from headers before a pixel is decoded.

Small files can hold huge images: 107 KB of PNG can be 900 megapixels, and 5 GB in a decoder that does not look first.
Most JPEGs are cheap whatever their size, since they are decoded at a fraction of it; progressive ones keep every
coefficient, and other formats every pixel. So the limit is not on pixels but on bytes of memory, by kind. The factors
below are upper bounds, held against the memory that real decodes take by tests/unit/images/test_memory_limits.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.content.jpeg_markers import Frame
from images.decoding.webp_chunks import WebP
from images.errors import DamagedImage, ImageTooLarge
from images.model import Profile

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY_BYTES = 400_000_000
"""For everything between the original's bytes and the result's; the functions have 1,024 MB."""
SCALED_JPEG_PIXELS = 256_000_000
"""A matter of time: decoded at 1/8 its memory is small. The largest phone cameras have 200 megapixels."""
BLOCK_SCANS = 40_000_000
"""Blocks times scans of a JPEG: each scan goes over all blocks, and a file of some KB can hold thousands of scans.
A progressive photo of 48 megapixels in ten scans has 11 million."""

_BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
"""Of Pillow's modes; all others, RGB among them, take four."""
_DECODER_BYTES_A_PIXEL = {
    "WEBP": 14,  # libwebp's two canvases, its own pixels where lossless, the copy that Pillow gets
    "AVIF": 14,  # planes of up to 16 bit, an RGB copy, the copy that Pillow gets
    "TIFF": 4,  # a strip can hold the whole image
    "GIF": 1,
}
_COPIES_BYTES_A_PIXEL = {"1": 4, "P": 4, "RGB": 1, "RGBX": 4, "LA": 4, "RGBA": 4, "PA": 8, "La": 8, "RGBa": 8}
"""In the modes that images.transform.pixels needs on the way, colours multiplied by their alpha among them."""
_TRANSPARENT_COPIES_BYTES = 8
_DEEP_COPIES_BYTES = 5
"""16-bit grey with a transparent value, on top of it: 32-bit integers and an 8-bit copy."""
_KERNEL_BYTES = 16
"""Of resampling weights for each pixel along a side of the original: two doubles, as its filter is two wide."""
_RESULT_COPIES = 5
_WEBP_LINES_BYTES = 1024
"""Per pixel of a line: libwebp's cache of decoded lines, its rescalers and their sums."""
_TILE_WIDTH, _TILE_HEIGHT = 322, 323


def check_header(kind: str, size: tuple[int, int], is_whole: bool) -> None:
    """What no mode of the pixels can make cheaper, before a library has opened the file. Raises ImageTooLarge.

    ``is_whole``: every pixel will be in memory at once. Otherwise only the time counts, as for a JPEG.
    """
    width, height = size
    pixels = width * height
    needed = pixels * (1 + _DECODER_BYTES_A_PIXEL.get(kind, 0)) if is_whole else 0
    if needed > MEMORY_BYTES or pixels > SCALED_JPEG_PIXELS:
        raise ImageTooLarge(
            f"This {kind} has {width} x {height} pixels, which is more than is decoded here: send a smaller image"
            + (", or the same as a JPEG." if kind != "JPEG" and pixels <= SCALED_JPEG_PIXELS else ".")
        )


def check_coded(kind: str, pixels: int) -> None:
    """What a file's coded data will take, whatever size it says that it has. Raises ImageTooLarge."""
    _check(kind, pixels * (1 + _DECODER_BYTES_A_PIXEL.get(kind, 0)))


def check_frame(frame: Frame) -> None:
    """What a JPEG's headers alone rule out. Raises ImageTooLarge."""
    check_header("JPEG", (frame.width, frame.height), is_whole=False)
    if frame.buffered and frame.blocks * frame.scans > BLOCK_SCANS:
        raise ImageTooLarge(
            f"The JPEG has {frame.width} x {frame.height} pixels in {frame.scans} scans; save it with fewer scans, "
            "or as a baseline JPEG."
        )


def check_jpeg(image: Image, frame: Frame, profile: Profile, *, times: int = 1) -> None:
    """``image`` is set to the scale at which it will be decoded, and is kept ``times``. Raises ImageTooLarge."""
    kind = "progressive or multi-scan JPEG" if frame.buffered else "lossless JPEG" if frame.is_lossless else "JPEG"
    _check(kind, frame.buffer_bytes + times * _pixels_bytes(image) + _after_decoding(image, profile))


def check_webp(webp: WebP, decoded: tuple[int, int], profile: Profile) -> None:
    """Of a WebP that libwebp decodes to ``decoded`` pixels, line by line. Raises ImageTooLarge."""
    pixels = webp.width * webp.height
    # A lossless file keeps all its pixels, an alpha plane is one in itself; a lossy one keeps some lines.
    own = pixels * 4 if webp.lossless else pixels * (5 if webp.alpha else 0) + webp.width * _WEBP_LINES_BYTES
    # Pillow's copy of the scaled pixels, and those of the way to grey.
    small = decoded[0] * decoded[1] * (4 + 4 + 8)
    needed = own + small + _after(decoded, profile)
    _check("WebP", needed)


def check_other(image: Image, profile: Profile) -> None:
    """An image of any other format, opened but not decoded. Raises ImageTooLarge."""
    decoder = image.width * image.height * _DECODER_BYTES_A_PIXEL.get(str(image.format), 0)
    if image.format == "TIFF":
        decoder += _tile_bytes(image)
    _check(str(image.format), decoder + _pixels_bytes(image) + _after_decoding(image, profile))


def _check(kind: str, needed: int) -> None:
    if needed > MEMORY_BYTES:
        raise _too_large(kind, needed)


def _too_large(kind: str, needed: int) -> ImageTooLarge:
    return ImageTooLarge(
        f"This {kind} would take {needed // 1_000_000:,} MB to decode, {MEMORY_BYTES // 1_000_000} are allowed: "
        "send a smaller image" + (", or the same as a baseline JPEG." if kind != "JPEG" else ".")
    )


def _pixels_bytes(image: Image) -> int:
    """The decoded pixels and their copies in other modes on the way to one that can be resized."""
    each = _BYTES_A_PIXEL.get(image.mode, 4)
    if "transparency" in image.info and image.mode not in {"LA", "PA", "RGBA"}:
        each += _TRANSPARENT_COPIES_BYTES + (_DEEP_COPIES_BYTES if image.mode.startswith("I;16") else 0)
    else:
        each += _COPIES_BYTES_A_PIXEL.get(image.mode, 0)
    return image.width * image.height * each


def _after_decoding(image: Image, profile: Profile) -> int:
    return _after(image.size, profile)


def _after(size: tuple[int, int], profile: Profile) -> int:
    """Resizing goes over the rows first, so a tall, narrow image needs more than its own pixels for a moment."""
    side = max(profile.width, profile.height)
    width, height = size
    resampling = 4 * side * height + _KERNEL_BYTES * (width + height + 4 * side)
    result = profile.width * profile.height * 4 * _RESULT_COPIES
    if profile.format == "npy" and profile.mean:
        result += profile.width * profile.height * len(profile.mean) * 4 * 3
    return resampling + result


def _tile_bytes(image: Image) -> int:
    """The buffer that libtiff fills for one tile, which may be far larger than the image."""
    tags = image.tag_v2  # type: ignore[attr-defined]  # TIFF files have it
    sides = [tags.get(_TILE_WIDTH, 0), tags.get(_TILE_HEIGHT, 0)]
    if not all(isinstance(side, int) for side in sides):
        raise DamagedImage("The TIFF's tiles have no size; save the image anew.")
    return int(sides[0]) * int(sides[1]) * 8
