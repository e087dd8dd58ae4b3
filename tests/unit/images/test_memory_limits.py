"""Real memory, of a process of its own for each image: never above what the budget foretold, and bombs cost nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from images.decoding import memory_limits
from local.cloud.testing import ROOT
from local.demo.images.colour_profiles import MATRICES, PRESSES, matrix_profile, press_profile
from tests.unit.images import jpeg_files
from tests.unit.images.builders import corners, encoded, jpeg_header, oriented, photo, png, resized_header

CHILD = """
import io, json, sys
from pathlib import Path
from images import profiles
from images.decoding import memory_limits, plan
from images.errors import ImageRefused
from images.transform.image import transform
from PIL import AvifImagePlugin, GifImagePlugin, Image, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

def highest():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024

plan.PIXELS_FOR_LIBVIPS = 1000
overrides = json.loads(sys.argv[2])
profile = profiles.choose("free", overrides)
small = io.BytesIO()
Image.new("RGBA", (40, 30), (1, 2, 3, 4)).save(small, "PNG")
transform(small.getvalue(), profiles.choose("free", {**overrides, "w": "8", "h": "8"}))
needed = []
check = memory_limits._check
memory_limits._check = lambda kind, bytes_: (needed.append(bytes_), check(kind, bytes_))
data = Path(sys.argv[1]).read_bytes()
before = highest()
try:
    outcome = len(transform(data, profile).body)
except ImageRefused as error:
    outcome = type(error).__name__
print(json.dumps({"used": highest() - before, "needed": max(needed, default=None), "outcome": outcome}))
"""

SIZE = (3000, 2000)
NOISE = 3_000_000
"""Bytes that the allocator and lazily loaded codecs take, whatever the image."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")


def measured(folder: Path, original: bytes, use_vips: str = "false", **overrides: str) -> dict[str, Any]:
    place = folder / "original"
    place.write_bytes(original)
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(place), json.dumps(overrides)],
        env={"PYTHONPATH": str(ROOT / "functions"), "USE_VIPS": use_vips},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def originals() -> dict[str, Callable[[], bytes]]:
    """Painted when they are asked for: together they take four seconds."""
    colour = photo(*SIZE)
    grey = colour.convert("L")
    alpha = colour.copy()
    alpha.putalpha(grey)
    few = corners(*SIZE).quantize(8)
    deep = Image.frombytes("I;16", (2000, 1000), bytes(range(250)) * 16_000)
    fast: dict[str, Any] = {"compress_level": 1}
    return {
        "baseline": lambda: encoded(colour, "JPEG"),
        "progressive": lambda: encoded(colour, "JPEG", progressive=True),
        "progressive without subsampling": lambda: encoded(colour, "JPEG", progressive=True, subsampling=0),
        "cmyk": lambda: encoded(colour.convert("CMYK"), "JPEG"),
        "png": lambda: encoded(colour, "PNG", **fast),
        "png with a colour that is transparent": lambda: encoded(colour, "PNG", transparency=(1, 2, 3), **fast),
        "grey png with a grey that is transparent": lambda: encoded(grey, "PNG", transparency=3, **fast),
        "png with alpha": lambda: encoded(alpha, "PNG", **fast),
        "grey png with alpha": lambda: encoded(Image.merge("LA", (grey, grey)), "PNG", **fast),
        "palette": lambda: encoded(few, "PNG", **fast),
        "palette with alpha": lambda: encoded(few, "PNG", transparency=1, **fast),
        "one bit": lambda: encoded(grey.convert("1"), "PNG", **fast),
        "sixteen bits": lambda: encoded(deep, "PNG", **fast),
        "sixteen bits with a value that is transparent": lambda: encoded(deep, "PNG", transparency=257, **fast),
        "webp": lambda: encoded(colour, "WEBP", method=0),
        "webp with alpha": lambda: encoded(alpha, "WEBP", method=0),
        "lossless webp": lambda: encoded(colour, "WEBP", lossless=True, method=0, quality=0),
        "lossless jpeg": lambda: jpeg_files.lossless(colour.resize((3000, 1)).resize((1500, 1000))),
        "jpeg with a profile": lambda: encoded(colour, "JPEG", icc_profile=matrix_profile(MATRICES["ProPhoto"])),
        "cmyk with a profile": lambda: encoded(
            colour.convert("CMYK"), "JPEG", icc_profile=press_profile(PRESSES["SWOP"])
        ),
        "png with a profile": lambda: encoded(colour, "PNG", icc_profile=matrix_profile(MATRICES["ProPhoto"]), **fast),
        "baseline without its end": lambda: encoded(colour, "JPEG", quality=98)[:-2],
        "lossless webp with alpha": lambda: encoded(alpha, "WEBP", lossless=True, method=0, quality=0),
        "avif": lambda: encoded(colour.resize((1500, 1000)), "AVIF", speed=10),
        "avif with alpha, not subsampled": lambda: encoded(
            alpha.resize((1500, 1000)), "AVIF", speed=10, subsampling="4:4:4"
        ),
        "gif": lambda: encoded(few, "GIF"),
        "bmp": lambda: encoded(colour, "BMP"),
        "tiff": lambda: encoded(colour, "TIFF"),
        "tiff in one strip": lambda: encoded(alpha, "TIFF", compression="tiff_lzw", strip_size=1 << 30),
        "tall": lambda: png(4, 200_000),
    }


ORIGINALS = originals()


@pytest.mark.parametrize("mode", ["grey", "rgb"])
@pytest.mark.parametrize("name", ORIGINALS)
def test_the_budget_foretells_at_least_what_is_used(name, mode, tmp_path):
    found = measured(tmp_path, ORIGINALS[name](), mode=mode, format="jpeg")
    assert isinstance(found["outcome"], int)
    assert found["used"] <= found["needed"] + NOISE


@pytest.mark.parametrize("name", ["png", "png with alpha", "grey png with alpha", "palette", "png with a profile"])
def test_libvips_takes_no_more_than_was_foretold_for_pillow(name, tmp_path):
    found = measured(tmp_path, ORIGINALS[name](), use_vips="true", mode="rgb", format="jpeg")
    assert isinstance(found["outcome"], int)
    assert found["used"] <= found["needed"] + NOISE


@pytest.mark.parametrize("name", ["npy", "png", "webp"])
def test_a_large_result_is_foretold_too(name, tmp_path):
    """Of a small original, so that nothing but the result counts."""
    original = oriented(photo(90, 60), 6)
    found = measured(tmp_path, original, w="2048", h="2048", mode="rgb", fit="pad", format=name)
    assert isinstance(found["outcome"], int)
    assert found["used"] <= found["needed"] + NOISE


BOMBS: dict[str, Callable[[], bytes]] = {
    "900 megapixels of one bit": lambda: png(30_000, 30_000, bits=1),
    "144 megapixels of png": lambda: png(12_000, 12_000, colour=2, rows=b""),
    "144 megapixels, progressive": lambda: resized_header(encoded(corners(), "JPEG", progressive=True), 12_000, 12_000),
    "144 megapixels in three scans": lambda: jpeg_header(12_000, 12_000, scan=1),
    "one pixel wide": lambda: png(1, 60_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_nothing(name, tmp_path):
    bomb = BOMBS[name]()
    found = measured(tmp_path, bomb, w="1024", h="1024")
    assert found["outcome"] == "ImageTooLarge"
    assert found["used"] < NOISE + 2 * len(bomb)


def test_144_megapixels_of_baseline_jpeg_are_fine(tmp_path):
    found = measured(tmp_path, encoded(Image.new("L", (12_000, 12_000)), "JPEG"))
    assert isinstance(found["outcome"], int)
    assert found["used"] < 10_000_000


def test_the_functions_have_memory_for_the_budget():
    """Twice the original, the budget, and 150 MB for Python, boto3 and Pillow have to fit into MemorySize."""
    from images.originals.limits import MOST_BYTES
    from local.cloud.deploying.template import read_template

    template = read_template(ROOT / "pipelines" / "images.yaml")
    memory = template["Globals"]["Function"]["MemorySize"] * 1024 * 1024
    assert memory >= 2 * MOST_BYTES + memory_limits.MEMORY_BYTES + 150_000_000
