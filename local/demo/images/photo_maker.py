"""Photos of the demo, painted here: a harbour in many kinds of files, one of them a bomb."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from local.demo.images.colour_profiles import MATRICES, PRESSES, matrix_profile, press_profile
from local.demo.images.lossless_jpeg import lossless

SKY, SEA, SUN, HULL, SAIL = (120, 170, 215), (30, 80, 120), (250, 220, 120), (170, 45, 40), (245, 240, 230)
ORIENTATION = 0x0112
WIDE, PRINT = "photos/display p3.jpg", "photos/print fogra39.jpg"
"""Their numbers mean other colours than sRGB's: what the profile inside them says."""
IN_PROFILE = (600, 450)


def harbour(width: int, height: int) -> Image.Image:
    """A boat at sunset; nothing in it is the same upside down or mirrored."""
    image = Image.new("RGB", (width, height), SKY)
    glow = Image.radial_gradient("L").resize((width, height)).point(lambda value: 255 - value)
    image.paste(SUN, mask=glow)
    pen = ImageDraw.Draw(image)
    horizon = height * 3 // 5
    pen.ellipse(_box(width, height, 0.68, 0.2, 0.82, 0.39), SUN)
    pen.rectangle((0, horizon, width, height), SEA)
    waves = random.Random(7)  # noqa: S311 - a picture, no secret
    for _ in range(160):
        x, y = waves.randrange(width), waves.randrange(horizon, height)
        pen.line((x, y, x + width // 20, y), tuple(part + 25 for part in SEA), max(1, height // 300))
    pen.polygon(_points(width, height, (0.2, 0.62), (0.6, 0.62), (0.53, 0.74), (0.27, 0.74)), HULL)
    pen.polygon(_points(width, height, (0.38, 0.14), (0.38, 0.59), (0.19, 0.59)), SAIL)
    pen.polygon(_points(width, height, (0.4, 0.22), (0.4, 0.59), (0.55, 0.59)), tuple(part - 30 for part in SAIL))
    return image.filter(ImageFilter.GaussianBlur(width / 1500))


def originals() -> Iterator[tuple[str, str, bytes]]:
    """Caption, key and bytes of each original."""
    small = harbour(1200, 900)
    logo = Image.new("RGBA", (800, 800))
    ImageDraw.Draw(logo).ellipse((60, 60, 740, 740), (200, 60, 40, 255))
    ImageDraw.Draw(logo).ellipse((250, 250, 550, 550), (0, 0, 0, 0))
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    yield "phone photo, 12 MP", "photos/harbour 12 MP.jpg", encoded(harbour(4000, 3000), "JPEG", quality=90)
    yield (
        "held upright, EXIF 6",
        "photos/upright.jpg",
        encoded(harbour(900, 1200).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=turned),
    )
    yield "progressive", "photos/progressive.jpg", encoded(small, "JPEG", progressive=True)
    yield "print, CMYK", "photos/print.jpg", encoded(small.convert("CMYK"), "JPEG")
    yield "wide gamut, Display P3", WIDE, encoded(harbour(*IN_PROFILE), "JPEG", quality=95, icc_profile=wide_profile())
    yield (
        "print with FOGRA39",
        PRINT,
        encoded(harbour(*IN_PROFILE).convert("CMYK"), "JPEG", quality=95, icc_profile=print_profile()),
    )
    yield "lossless JPEG", "photos/lossless.jpg", lossless(harbour(400, 300))
    yield "logo with alpha", "photos/logo.png", encoded(logo, "PNG")
    yield "scan, 16 bit grey", "photos/scan.png", encoded(_deep(small), "PNG")
    yield (
        "animation",
        "photos/animation.gif",
        encoded(small.quantize(64), "GIF", save_all=True, append_images=[Image.new("P", small.size)]),
    )
    yield "WebP", "photos/harbour.webp", encoded(small, "WEBP")
    yield "AVIF", "photos/harbour.avif", encoded(small, "AVIF", speed=10)
    yield "cut off", "photos/cut off.jpg", encoded(small, "JPEG")[:20_000]
    yield "bomb, 900 MP", "photos/bomb.png", bomb()


def wide_profile() -> bytes:
    return matrix_profile(MATRICES["Display P3"])


def print_profile() -> bytes:
    return press_profile(PRESSES["FOGRA39"])


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """900 megapixels of one bit each in 110 KB; a decoder that does not look first takes gigabytes."""
    side = 30_000
    squeeze = zlib.compressobj(9)
    rows = bytes(1000 * (1 + side // 8))
    body = b"".join(squeeze.compress(rows) for _ in range(side // 1000)) + squeeze.flush()
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _deep(image: Image.Image) -> Image.Image:
    grey = image.convert("L").tobytes()
    return Image.frombytes("I;16", image.size, b"".join(struct.pack("<H", value * 257) for value in grey))


def _box(width: int, height: int, *sides: float) -> tuple[float, ...]:
    return tuple(side * (width, height)[number % 2] for number, side in enumerate(sides))


def _points(width: int, height: int, *points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(x * width, y * height) for x, y in points]
