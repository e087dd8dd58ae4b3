"""One file of every container, JPEG process, mode, colour profile and orientation, for the table in the documentation.

A file has SIZE pixels unless its kind is made elsewhere; the photo in it is always the same.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import Image, ImageCms, ImageOps

from local.demo.images import colour_profiles as icc
from tests.unit.images import container_files as containers
from tests.unit.images import jpeg_files
from tests.unit.images.builders import encoded, jpeg_header, oriented, photo, png

SIZE = (1600, 1200)


@dataclass(frozen=True)
class Case:
    group: str
    name: str
    build: Callable[[], bytes]
    same: Callable[[], bytes] | None = None
    """A file with the same pixels that Pillow opens, where it does not open this one."""


@cache
def picture(mode: str = "RGB") -> Image.Image:
    image = photo(*SIZE)
    if mode in {"RGBA", "LA"}:
        grey = image.convert("L")
        image.putalpha(grey)
        return image if mode == "RGBA" else Image.merge("LA", (grey, grey))
    if mode == "I;16":
        return image.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    return image.quantize(200) if mode == "P" else image.convert(mode)


def reference(original: bytes) -> Image.Image:
    """What it should look like, the slow way: whole, upright, converted, on white, then small."""
    image: Image.Image = Image.open(io.BytesIO(original))
    image.load()
    embedded = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = Image.frombytes("L", image.size, image.convert("I").tobytes()[1::4])
    if "transparency" in image.info or image.mode in {"LA", "PA", "RGBA"}:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white.convert("RGB")
    if embedded:
        made = ImageCms.profileToProfile(
            image, io.BytesIO(embedded), ImageCms.createProfile("sRGB"), ImageCms.Intent.PERCEPTUAL, "RGB"
        )
        assert made is not None
        image = made
    return image.convert("RGB").resize((64, 48), Image.Resampling.HAMMING)


def _file(kind: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    return lambda: encoded(picture(mode), kind, **options)


def _jpegs() -> list[Case]:
    baseline = _file("JPEG")
    kinds: dict[str, Callable[[], bytes]] = {
        "SOF0, baseline": baseline,
        "SOF1, extended": lambda: jpeg_files.marked(baseline(), 0xC1),
        "SOF2, progressive": _file("JPEG", progressive=True),
        "SOF3, lossless": lambda: jpeg_files.lossless(picture()),
        "SOF9, arithmetic": lambda: jpeg_files.ARITHMETIC,
        "SOF10, progressive and arithmetic": lambda: jpeg_files.PROGRESSIVE_ARITHMETIC,
        **{
            f"SOF{code - 0xC0}": (lambda code=code: jpeg_files.marked(baseline(), code))  # type: ignore[misc]
            for code in (0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF)
        },
        "SOF1 of 12 bits": lambda: jpeg_files.marked(baseline(), 0xC1, 12),
        "SOF3 of 16 bits": lambda: jpeg_files.marked(baseline(), 0xC3, 16),
        "two components": lambda: jpeg_header(64, 64, sampling=(0x11, 0x11), scan=2),
        "grey": _file("JPEG", "L"),
        "CMYK": _file("JPEG", "CMYK"),
        "stored as RGB": _file("JPEG", keep_rgb=True),
        "4:4:4": _file("JPEG", subsampling=0),
        "with restart markers": _file("JPEG", restart_marker_rows=2),
        "with a second one behind it (MPO)": _file("MPO", save_all=True, append_images=[photo(64, 48)]),
        "cut after two thirds": lambda: baseline()[: len(baseline()) * 2 // 3],
        "cut after two thirds, with an end marker": lambda: baseline()[: len(baseline()) * 2 // 3] + b"\xff\xd9",
    }
    made = [Case("JPEG", name, build) for name, build in kinds.items()]
    return [*made, Case("JPEG", "without its end marker", lambda: baseline()[:-2], baseline)]


def _broken_comment() -> bytes:
    data = encoded(picture(), "PNG")
    return data[:33] + struct.pack(">I", 5) + b"tEXt" + b"x\0abc" + bytes(4) + data[33:]


def _rasters() -> list[Case]:
    cases = {
        "PNG": {
            **{mode: _file("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")},
            "RGB of 16 bits": _deep_png,
            "a colour that is transparent": _file("PNG", transparency=(10, 10, 10)),
            "palette with alpha": _file("PNG", "P", transparency=3),
            "animated": _file("PNG", save_all=True, append_images=[picture().rotate(90)]),
            "900 megapixels": lambda: png(30_000, 30_000, bits=1),
        },
        "WebP": {
            "lossy": _file("WEBP", method=1),
            "lossy with alpha": _file("WEBP", "RGBA", method=1),
            "lossless": _file("WEBP", lossless=True, method=0),
            "lossless with alpha": _file("WEBP", "RGBA", lossless=True, method=0),
            "animated": lambda: encoded(
                picture(), "WEBP", method=0, save_all=True, append_images=[picture().rotate(180)]
            ),
        },
        "AVIF": {
            "RGB": _file("AVIF", speed=10),
            "RGBA": _file("AVIF", "RGBA", speed=10),
            "4:4:4": _file("AVIF", speed=10, subsampling="4:4:4"),
            "animated": lambda: encoded(
                picture(), "AVIF", speed=10, save_all=True, append_images=[picture().rotate(180)]
            ),
            "larger than it says": lambda: containers.lying_avif((16_000, 16_000), (64, 64)),
            "17,000 pixels a side": lambda: containers.still(
                b"avif", (b"mif1",), [containers.AV1, containers.size_property(17_000, 17_000)]
            ),
        },
        "GIF": {"palette": _file("GIF", "P"), "grey": _file("GIF", "L")},
        "BMP": {
            **{mode: _file("BMP", mode) for mode in ("1", "L", "P", "RGB", "RGBA")},
            "bit fields 5-6-5": lambda: containers.bmp(16, compression=3, masks=(0xF800, 0x7E0, 0x1F)),
            "other bit fields": lambda: containers.bmp(32, compression=3, masks=(0xFF, 0xFF0000, 0xFF00)),
            "run lengths": lambda: containers.bmp(8, compression=1),
            "PNG inside": lambda: containers.bmp(24, compression=5),
        },
        "TIFF": {
            **{mode: _file("TIFF", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")},
            **{
                name: _file("TIFF", compression=name)
                for name in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma")
            },
            "group4": _file("TIFF", "1", compression="group4"),
            "BigTIFF": _file("TIFF", big_tiff=True),
            "JPEG XL inside": lambda: containers.tiff({259: (50002,)}),
            "floating-point": lambda: encoded(Image.new("F", (40, 30)), "TIFF"),
            "32 bits": lambda: encoded(Image.new("I", (40, 30)), "TIFF"),
            "LAB": lambda: encoded(Image.new("LAB", (40, 30)), "TIFF"),
            "camera raw (DNG)": lambda: containers.tiff({50706: (1, 4, 0, 0)}),
        },
    }
    made = [Case(group, name, build) for group, kinds in cases.items() for name, build in kinds.items()]
    made.append(Case("PNG", "with a broken comment", _broken_comment, _file("PNG")))
    avif = _file("AVIF", speed=10)
    for brand in (b"mif1", b"miaf", b"MA1B"):
        made.append(
            Case("AVIF", f"as {brand.decode()}", lambda brand=brand: containers.relabelled(avif(), brand), avif)  # type: ignore[misc]
        )
    return made


def _deep_png() -> bytes:
    """16 bits per channel: what Pillow reads and does not write."""
    width, height = SIZE
    data = picture().tobytes()
    lines = [data[row * width * 3 : (row + 1) * width * 3] for row in range(height)]
    rows = b"".join(b"\x00" + bytes(value for pair in zip(line, line, strict=True) for value in pair) for line in lines)
    return png(width, height, bits=16, colour=2, rows=zlib.compress(rows, 1))


def _others() -> list[Case]:
    return [
        Case("others", "HEIC", lambda: containers.HEIC),
        Case("others", "JPEG XL", lambda: b"\xff\x0a" + bytes(40)),
        Case("others", "JPEG 2000", lambda: encoded(photo(64, 48), "JPEG2000")),
        Case("others", "SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        Case("others", "PDF", lambda: b"%PDF-1.7\n"),
        Case("others", "Photoshop", lambda: b"8BPS" + struct.pack(">H", 1) + bytes(40)),
        Case("others", "an icon", lambda: encoded(photo(64, 48), "ICO")),
        Case("others", "a text", lambda: b"<html>AccessDenied</html>"),
        Case("others", "nothing", lambda: b""),
    ]


def _profiles() -> list[Case]:
    matrices = {name: icc.matrix_profile(matrix) for name, matrix in icc.MATRICES.items()}
    colours = {**matrices, "three channels that are no colours (as XYB)": icc.opponent_profile()}
    cases = []
    for name, embedded in colours.items():
        for kind, options in _QUICKLY.items():
            cases.append(Case("profile", f"{name} in {kind}", _file(kind, icc_profile=embedded, **options)))
    for name, press in icc.PRESSES.items():
        for kind in ("JPEG", "TIFF"):
            cases.append(
                Case("profile", f"{name} in {kind}", _file(kind, "CMYK", icc_profile=icc.press_profile(press)))
            )
    for gamma in (1.0, 1.8, 2.2):
        embedded = icc.grey_profile(gamma)
        cases.append(Case("profile", f"grey, gamma {gamma}, in JPEG", _file("JPEG", "L", icc_profile=embedded)))
    return cases


_QUICKLY: dict[str, dict[str, Any]] = {"JPEG": {}, "PNG": {}, "WEBP": {"method": 0}, "AVIF": {"speed": 10}}


def _orientations() -> list[Case]:
    return [
        Case(
            "orientation",
            f"{number} in {kind}",
            lambda number=number, kind=kind, options=options: oriented(picture(), number, kind, **options),  # type: ignore[misc]
        )
        for kind, options in {**_QUICKLY, "TIFF": {}}.items()
        for number in range(1, 9)
    ]


def every() -> list[Case]:
    return [*_jpegs(), *_rasters(), *_others(), *_profiles(), *_orientations()]
