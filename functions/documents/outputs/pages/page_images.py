"""Images as pages of a PDF: JPEG files byte for byte, a PNG's own data where a PDF can hold it, else losslessly."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import BrokenDocument
from documents.files import media_types

if TYPE_CHECKING:
    from PIL.Image import Image

USUAL_DPI: Final = 200.0
"""Where a file does not say, or says what no scanner does: 1,700 pixels then make a letter's 8.5 inches."""
DPI: Final = (36.0, 2400.0)
MOST_UNITS: Final = 14_400
"""Points a side that readers take (ISO 32000-1, annex C)."""
_PNG_COLORS = {0: (b"/DeviceGray", 1), 2: (b"/DeviceRGB", 3), 3: (b"", 1)}
_JPEG_COLORS = {1: b"/DeviceGray", 3: b"/DeviceRGB", 4: b"/DeviceCMYK"}


@dataclass(frozen=True, slots=True)
class PageImage:
    """Entries of the image's dictionary, its data, and the page's size in points."""

    entries: bytes
    data: bytes
    pack: bool
    width: float
    height: float


def read(path: Path, media_type: str) -> Iterator[PageImage]:
    """One for each frame. Raises BrokenDocument."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[media_type.removeprefix("image/").upper()]) as image:
                if media_type == media_types.JPEG:
                    yield _jpeg(image, path)
                elif media_type == media_types.PNG:
                    yield _png(image, path)
                else:
                    yield from (of_pixels(frame, *_points(frame)) for frame in frames(image))
    except (OSError, SyntaxError, ValueError, LookupError, struct.error, Image.DecompressionBombError) as error:
        raise BrokenDocument("The image cannot be decoded to its end; save or scan it again.") from error


def of_pixels(image: Image, width: float, height: float) -> PageImage:
    """Losslessly, in as few bits as its pixels need; transparent parts show white, as on paper."""
    pixels = flat(image)
    bits, colors = (1 if pixels.mode == "1" else 8), (b"/DeviceRGB" if pixels.mode == "RGB" else b"/DeviceGray")
    return PageImage(_entries(pixels.size, colors, bits), pixels.tobytes(), True, width, height)


def of_jpeg(data: bytes, size: tuple[int, int], bands: int, width: float, height: float) -> PageImage:
    return PageImage(_entries(size, _JPEG_COLORS[bands], 8) + b" /Filter /DCTDecode", data, False, width, height)


def _jpeg(image: Image, path: Path) -> PageImage:
    width, height = _points(image)
    bands = len(image.getbands())
    page = of_jpeg(path.read_bytes(), image.size, bands, width, height)
    if bands == 4 and "adobe" in image.info:  # Adobe's programs write these colors inverted
        return PageImage(page.entries + b" /Decode [1 0 1 0 1 0 1 0]", page.data, False, width, height)
    return page


def _png(image: Image, path: Path) -> PageImage:
    width, height = _points(image)
    chunks = _chunks(path.read_bytes())
    _, _, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks["IHDR"][:13])
    if color not in _PNG_COLORS or interlaced or "tRNS" in chunks:
        return of_pixels(image, width, height)
    space, samples = _PNG_COLORS[color]
    if color == 3:
        palette = chunks["PLTE"]
        space = b"[/Indexed /DeviceRGB %d <%b>]" % (len(palette) // 3 - 1, palette.hex().encode())
    # PNG's filters are a predictor that PDF knows (ISO 32000-1, 7.4.4.4).
    entries = _entries(image.size, space, bits) + b" /Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors %d" % (
        samples
    )
    entries += b" /BitsPerComponent %d /Columns %d >>" % (bits, image.width)
    return PageImage(entries, chunks["IDAT"], False, width, height)


def _chunks(data: bytes) -> dict[str, bytes]:
    """The data of each kind of chunk, those of one kind joined."""
    found: dict[str, list[bytes]] = {}
    place = 8
    while place + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        found.setdefault(name.decode("latin-1"), []).append(data[place + 8 : place + 8 + length])
        place += 12 + length
    return {name: b"".join(parts) for name, parts in found.items()}


def frames(image: Image) -> Iterator[Image]:
    """``image`` at each of its frames in turn."""
    number = 0
    while True:
        try:
            image.seek(number)
        except EOFError:
            return
        yield image
        number += 1


def flat(image: Image) -> Image:
    from PIL import Image as Images

    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode.startswith(("I", "F")):  # 16 bits a sample: the upper eight
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        above = image.convert("RGBA")
        below = Images.new("RGBA", above.size, "white")
        below.alpha_composite(above)
        return below.convert("RGB")
    return image.convert("RGB")


def _points(image: Image) -> tuple[float, float]:
    told = image.info.get("dpi") or (USUAL_DPI, USUAL_DPI)
    across, down = (float(each) if DPI[0] <= float(each) <= DPI[1] else USUAL_DPI for each in told[:2])
    width, height = image.width * 72 / across, image.height * 72 / down
    share = min(1.0, MOST_UNITS / max(width, height))
    return width * share, height * share


def _entries(size: tuple[int, int], space: bytes, bits: int) -> bytes:
    return b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %b /BitsPerComponent %d" % (
        *size, space, bits
    )  # fmt: skip
