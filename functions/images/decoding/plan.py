"""How a file is decoded, decided from its own headers before any library opens it.

What a decoder makes of bytes that it was not made for is not known in advance: a lossless JPEG asked for at a fraction
of its size overflowed libjpeg-turbo's rows, and the process died with the next request in it. So the kind, the variety,
the size and the decoder come from the headers, and a library gets only what the plan gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from common.content import jpeg_markers
from common.content.jpeg_markers import Frame
from images.decoding import av1_sizes, memory_limits, png_chunks, raster_headers
from images.decoding.boxes import Container, read_container
from images.decoding.kinds import kind_of
from images.decoding.webp_chunks import WebP, read_webp
from images.errors import DamagedImage, UnsupportedImage

Decoder = Literal["draft", "whole", "libwebp", "libvips"]
"""``draft``: Pillow at 1/1, 1/2, 1/4 or 1/8. ``whole``: Pillow, every pixel. ``libwebp``: at any size, else Pillow.
``libvips``: averages of blocks where a stack has its layer, else Pillow, every pixel."""
PIXELS_FOR_LIBVIPS = 2_000_000
"""Below this Pillow is done before libvips is loaded."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the headers of a file have decided."""

    kind: str
    """One of ``images.decoding.kinds.READABLE``."""
    size: tuple[int, int]
    """Width and height as they are stored, before EXIF's orientation."""
    decoder: Decoder
    frame: Frame | None = None
    """Of a JPEG."""
    webp: WebP | None = None
    colours: tuple[int, int] | None = None
    """Primaries and transfer (ITU-T H.273), where a PNG or AVIF tells them by numbers."""
    brand: bytes | None = None
    """Of an AVIF whose first brand Pillow does not know: the one that it is to be shown instead."""


def plan_for(data: bytes) -> Plan:
    """The plan. Raises UnsupportedImage, DamagedImage; ImageTooLarge by the size that the headers tell."""
    container = read_container(data)
    kind = kind_of(data, container)
    if kind == "JPEG":
        return _jpeg(data)
    if kind == "WEBP":
        made = _webp(data)
    elif kind == "AVIF":
        return _avif(data, container)
    else:
        made = _png(data) if kind == "PNG" else Plan(kind, _SIZES[kind](data), "whole")
    memory_limits.check_header(made.kind, made.size, made.decoder != "libwebp")
    return made


_SIZES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "GIF": raster_headers.gif_size,
    "BMP": raster_headers.bmp_size,
    "TIFF": raster_headers.tiff_size,
}
_KNOWN_BRANDS = frozenset({b"avif", b"mif1"})
"""``avis`` is not among them: of a film the primary image is shown, whose size its boxes tell."""


def _avif(data: bytes, container: Container | None) -> Plan:
    """Held against what its data will make a decoder allocate, which may be more than its boxes say."""
    if container is not None and container.size is None and container.is_film:
        raise UnsupportedImage("AVIF films without a primary image are not read here; save one frame as AVIF or JPEG.")
    if container is None or container.size is None:
        raise DamagedImage("The AVIF is cut off or broken; upload it again.")
    if not all(container.size):
        raise DamagedImage("The AVIF says that it has no pixels; save the image anew.")
    memory_limits.check_header("AVIF", container.size, is_whole=True)
    boxes = max(container.size[0] * container.size[1], container.areas // 2)
    coded = [av1_sizes.largest_frame(data[start:end]) for start, end in container.coded]
    memory_limits.check_coded("AVIF", max(boxes, sum(width * height for width, height in coded) // 2))
    major = container.brands[0]
    brand = None if major in _KNOWN_BRANDS else b"avif"
    return Plan("AVIF", container.size, "whole", colours=container.colours, brand=brand)


def _jpeg(data: bytes) -> Plan:
    frame = jpeg_markers.read_frame(data)
    if frame is None:
        raise DamagedImage("The JPEG is cut off or broken; upload it again.")
    if frame.refusal is not None:
        raise UnsupportedImage(f"{frame.refusal} are not read here; save it as a baseline or progressive JPEG.")
    if not frame.height:
        raise UnsupportedImage("JPEGs that tell their height behind their pixels are not read here; save it anew.")
    if not frame.width:
        raise DamagedImage("The JPEG says that it has no pixels; save the image anew.")
    memory_limits.check_frame(frame)
    return Plan("JPEG", (frame.width, frame.height), "draft" if frame.is_scaled else "whole", frame=frame)


def _png(data: bytes) -> Plan:
    width, height = raster_headers.png_size(data)
    by_blocks = width * height >= PIXELS_FOR_LIBVIPS and png_chunks.is_plain(data)
    colours = raster_headers.png_colours(data)
    return Plan("PNG", (width, height), "libvips" if by_blocks else "whole", colours=colours)


def _webp(data: bytes) -> Plan:
    webp = read_webp(data)
    if webp is None:
        raise DamagedImage("The WebP is cut off or broken; upload it again.")
    return Plan("WEBP", (webp.width, webp.height), "whole" if webp.animated else "libwebp", webp=webp)
