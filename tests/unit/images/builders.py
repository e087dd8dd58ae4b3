"""Images to test with, made here: four coloured corners tell which way is up, a smooth photo tells closeness."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from images import profiles
from images.errors import ImageRefused
from images.model import Picture, Profile
from images.transform.image import transform

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 30), (30, 30, 200), (210, 210, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)
"""Top left, top right, bottom left, bottom right."""
LUMA = tuple(round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in CORNERS)

COLOUR = Profile("colour", 64, 64, mode="rgb", format="png")
GREY = Profile("grey", 64, 64, format="png")


def corners(width: int = 96, height: int = 96, mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (width, height))
    half = width // 2, height // 2
    for number, colour in enumerate(CORNERS):
        left, top = (number % 2) * half[0], (number // 2) * half[1]
        image.paste(colour, (left, top, width if number % 2 else half[0], height if number // 2 else half[1]))
    return image if mode == "RGB" else image.convert(mode)


def photo(width: int, height: int) -> Image.Image:
    """Smooth and structured, like a photo, and the same every time."""
    across, down = Image.linear_gradient("L").rotate(90), Image.linear_gradient("L")
    bands = [
        image.resize((width, height), Image.Resampling.BICUBIC) for image in (across, down, Image.radial_gradient("L"))
    ]
    return Image.merge("RGB", bands)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def seen(body: bytes) -> list[Any]:
    """The colours in the middle of the four quarters of a result."""
    image = opened(body)
    width, height = image.size
    return [
        image.getpixel((width * across // 4, height * down // 4)) for across, down in ((1, 1), (3, 1), (1, 3), (3, 3))
    ]


def oriented(image: Image.Image, orientation: int, kind: str = "JPEG", **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, kind, exif=exif, **options)


def outcome(original: bytes, want: Profile) -> Picture | ImageRefused:
    """The result, or the named reason why there is none; any other error goes through."""
    try:
        return transform(original, want)
    except ImageRefused as error:
        return error


def near(left: Any, right: Any, within: int = 12) -> bool:
    if isinstance(left, int):
        left, right = (left,), (right,)
    return all(abs(a - b) <= within for a, b in zip(left, right, strict=True))


def profile(**changes: Any) -> Profile:
    return Profile("test", **{"width": 64, "height": 64, **changes})


def shipped(name: str = "default") -> Profile:
    return profiles.choose(name, {})


# Files that no encoder would write


def png(
    width: int, height: int, *, bits: int = 8, colour: int = 0, rows: bytes | None = None, extra: bytes = b""
) -> bytes:
    """A PNG with any header; its pixels are zeros, of the right number where ``rows`` is not given."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    if rows is None:
        squeeze = zlib.compressobj(9)
        line = bytes(1 + (width * bits * channels + 7) // 8)
        block = line * max(1, (1 << 20) // len(line))
        left = height * len(line)
        parts = []
        while left > 0:
            parts.append(squeeze.compress(block[: min(left, len(block))]))
            left -= len(block)
        rows = b"".join(parts) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    palette = _chunk(b"PLTE", bytes(3 * 2)) if colour == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + palette + extra + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_header(
    width: int, height: int, *, frame: int = 0xC0, sampling: tuple[int, ...] = (0x22, 0x11, 0x11), scan: int = 3
) -> bytes:
    """A JPEG up to its first scan, without the tables that decoding would need."""
    components = b"".join(bytes([number + 1, code, 0]) for number, code in enumerate(sampling))
    selected = b"".join(bytes([number + 1, 0]) for number in range(scan))
    return (
        b"\xff\xd8"
        + segment(frame, struct.pack(">BHHB", 8, height, width, len(sampling)) + components)
        + segment(0xDA, bytes([scan]) + selected + b"\x00\x3f\x00")
    )


def resized_header(jpeg: bytes, width: int, height: int) -> bytes:
    """A real JPEG that lies about its size: whoever believes it allocates for it."""
    for marker in (0xC0, 0xC2):
        place = jpeg.find(bytes([0xFF, marker]))
        if place >= 0:
            return jpeg[: place + 5] + struct.pack(">HH", height, width) + jpeg[place + 9 :]
    raise ValueError("no frame header")


def tiff(tags: dict[int, int], tile: bytes) -> bytes:
    """A little-endian TIFF with one tile and these short or long tags (TIFF 6.0, section 2)."""
    entries = {**tags, 324: 8, 325: len(tile)}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    return b"II*\x00" + struct.pack("<I", 8 + len(tile)) + tile + struct.pack("<H", len(entries)) + directory + bytes(4)
