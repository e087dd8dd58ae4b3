"""PNGs by libvips: the picture and the refusals are Pillow's own, and nothing but a PNG is opened."""

from __future__ import annotations

import random
import re
import sys
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from images.decoding import libvips, plan, png_chunks
from images.decoding.plan import plan_for
from images.errors import DamagedImage, ImageTooLarge
from images.model import Picture
from images.transform.image import transform
from local.demo.images.colour_profiles import MATRICES, matrix_profile
from tests.unit.images.builders import corners, encoded, opened, oriented, outcome, photo, png, profile
from tests.unit.images.png_files import EXIF_ON_ITS_SIDE, chunk, chunks, rejoined

SIZE = (301, 217)
"""Not divisible by the blocks, so that the last of them are not whole."""
SMALL = profile(width=64, height=50, mode="rgb", format="png")


@pytest.fixture(autouse=True)
def layer(monkeypatch):
    monkeypatch.setenv("USE_VIPS", "true")
    monkeypatch.setattr(plan, "PIXELS_FOR_LIBVIPS", 1)
    libvips.library.cache_clear()


@pytest.fixture
def whole(monkeypatch):
    """The same without the layer."""

    def decoded(original, want=SMALL):
        with monkeypatch.context() as patch:
            patch.setenv("USE_VIPS", "false")
            return outcome(original, want)

    return decoded


def alike(one: Any, other: Any, mean: float = 1) -> bool:
    """Colours count by their alpha."""
    left, right = opened(one.body), opened(other.body)
    multiplied = {"LA": "La", "RGBA": "RGBa"}
    if left.mode in multiplied and left.mode == right.mode:
        left, right = (image.convert(multiplied[image.mode]) for image in (left, right))
    apart = [abs(a - b) for a, b in zip(left.tobytes(), right.tobytes(), strict=True)]
    return (left.size, left.mode) == (right.size, right.mode) and sum(apart) / len(apart) < mean and max(apart) <= 16


@cache
def noise(mode: str) -> Image.Image:
    dice = random.Random(5)
    bands = [Image.frombytes("L", SIZE, dice.randbytes(SIZE[0] * SIZE[1])).reduce(2).resize(SIZE) for _ in mode]
    if mode.endswith("A"):
        bands[-1] = photo(*SIZE).getchannel("R")
    return bands[0] if len(bands) == 1 else Image.merge(mode, bands)


PLAIN = {
    "colours": lambda: encoded(photo(*SIZE), "PNG"),
    "drawing": lambda: encoded(corners(*SIZE), "PNG"),
    **{mode: lambda mode=mode: encoded(noise(mode), "PNG") for mode in ("L", "LA", "RGB", "RGBA")},
    "palette": lambda: encoded(photo(*SIZE).quantize(200), "PNG"),
    "profile": lambda: encoded(photo(*SIZE), "PNG", icc_profile=matrix_profile(MATRICES["ProPhoto"])),
    "EXIF": lambda: oriented(corners(*SIZE), 6, "PNG"),
    "text": lambda: encoded(photo(*SIZE), "PNG", pnginfo=comment()),
}
WANTED = {
    "fill": SMALL,
    "grey": profile(format="png"),
    "cover": profile(width=20, height=30, fit="cover", mode="rgb", format="png"),
    "alpha": profile(mode="rgb", format="png", alpha="keep"),
}


NOISY = {"L", "LA", "RGB", "RGBA"}


def comment() -> PngImagePlugin.PngInfo:
    made = PngImagePlugin.PngInfo()
    made.add_text("Comment", "x" * 300)
    return made


@pytest.mark.parametrize("want", WANTED)
@pytest.mark.parametrize("kind", PLAIN)
def test_the_picture_is_pillows(kind, want, whole, monkeypatch):
    original = PLAIN[kind]()
    reference = whole(original, WANTED[want])
    assert plan_for(original).decoder == "libvips"
    monkeypatch.setattr(libvips, "_averaged", seen := Recorded(libvips._averaged))
    by_blocks = transform(original, WANTED[want])
    assert seen.answers == [True], "libvips has not decoded it"
    # Blocks begin in the picture's corner, Pillow's in that of the part that is kept.
    assert alike(by_blocks, reference, mean=3 if want == "cover" and kind in NOISY else 1)
    assert (by_blocks.counts, by_blocks.megapixels) == (reference.counts, reference.megapixels)


class Recorded:
    """Whether each call gave something."""

    def __init__(self, call: Any) -> None:
        self.call, self.answers = call, list[bool]()

    def __call__(self, *arguments: Any) -> Any:
        given = self.call(*arguments)
        self.answers.append(given is not None)
        return given


def interlaced() -> bytes:
    """Of an empty picture: the rows of all seven passes are zeros."""
    rows = png(64, 64, colour=2)
    header = bytearray(rows[16:29])
    header[12] = 1
    return rows[:8] + chunk(b"IHDR", bytes(header)) + rows[33:]


OTHERS = {
    "small": lambda: encoded(photo(30, 20), "PNG"),
    "16 bits": lambda: png(2000, 1001, bits=16),
    "4 bits": lambda: png(2000, 1001, bits=4),
    "interlaced": interlaced,
    "one colour is transparent": lambda: encoded(photo(*SIZE), "PNG", transparency=(1, 2, 3)),
    "animation": lambda: encoded(
        photo(*SIZE), "PNG", save_all=True, append_images=[corners(*SIZE)], default_image=False
    ),
    "two headers": lambda: rejoined([*(found := chunks(PLAIN["colours"]()))[:1], *found]),
    "no pixels": lambda: rejoined([each for each in chunks(PLAIN["colours"]()) if each[0] != b"IDAT"]),
    "many chunks": lambda: rejoined(
        [(found := chunks(PLAIN["colours"]()))[0], *[(b"tEXt", b"a\0b")] * 300, *found[1:]]
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_pngs_are_pillows(kind, monkeypatch):
    monkeypatch.setattr(plan, "PIXELS_FOR_LIBVIPS", 2000)
    assert plan_for(OTHERS[kind]()).decoder == "whole"


def test_what_stands_behind_the_pixels_is_heard(whole):
    head = chunks(encoded(corners(*SIZE), "PNG"))
    turned = rejoined([*head[:-1], (b"eXIf", EXIF_ON_ITS_SIDE), head[-1]])
    assert alike(transform(turned, SMALL), whole(turned))
    assert not alike(transform(turned, SMALL), transform(rejoined(head), SMALL))
    hidden = rejoined([*head[:-1], (b"tRNS", bytes((0, 200, 0, 30, 0, 30))), head[-1]])
    picture = transform(hidden, SMALL)
    assert alike(picture, whole(hidden))
    assert picture.counts == ("PngFallbacks",)


def spoiled() -> dict[str, bytes]:
    plain = PLAIN["RGB"]()
    found = chunks(plain)
    rows = zlib.decompress(b"".join(body for name, body in found if name == b"IDAT"))
    with_pixels = lambda pixels: rejoined([found[0], (b"IDAT", zlib.compress(pixels)), found[-1]])  # noqa: E731
    middle = len(plain) // 2
    return {
        "cut": plain[:middle],
        "no end": plain[:-12],
        "a wrong check sum": plain[:middle] + bytes((plain[middle] ^ 1,)) + plain[middle + 1 :],
        "rows are missing": with_pixels(rows[: len(rows) // 2]),
        "more than rows": with_pixels(rows + bytes(5000)),
        "no such filter": with_pixels(b"\x09" + rows[1:]),
        "pixels in two places": rejoined([found[0], (b"IDAT", found[1][1][:99]), (b"tEXt", b"a\0b"), *found[1:]]),
    }


@pytest.mark.parametrize("kind", spoiled())
def test_of_what_is_broken_pillow_is_the_judge(kind, whole):
    original = spoiled()[kind]
    ours, theirs = outcome(original, SMALL), whole(original)
    assert type(ours) is type(theirs)
    assert alike(ours, theirs) if isinstance(ours, Picture) else str(ours) == str(theirs)
    assert isinstance(ours, Picture | DamagedImage)


def test_what_is_too_large_for_pillow_is_too_large(whole):
    for original in (png(12_000, 12_000, colour=2, rows=b""), png(20_000, 4_100, colour=6, rows=b"")):
        refusals = outcome(original, SMALL), whole(original)
        assert {type(refusal) for refusal in refusals} == {ImageTooLarge}
        assert len({str(refusal) for refusal in refusals}) == 1


@pytest.mark.parametrize(
    "want",
    [
        pytest.param(
            profile(width=SIZE[0], height=SIZE[1], format="png"), id="all pixels, in which libvips takes more"
        ),
        pytest.param(profile(width=20, height=30, fit="cover", focus="attention"), id="edges, found among all pixels"),
    ],
)
def test_what_needs_every_pixel_is_pillows(want, whole, monkeypatch):
    monkeypatch.setattr(libvips, "_averaged", lambda *_: pytest.fail("libvips was asked"))
    picture = transform(PLAIN["RGB"](), want)
    assert (picture.counts, picture.body) == ((), whole(PLAIN["RGB"](), want).body)


@pytest.mark.parametrize("change", ["absent", "older", "newer"])
def test_without_the_right_library_pillow_stands_in_and_is_counted(change, whole, monkeypatch):
    if change == "absent":
        monkeypatch.setitem(sys.modules, "pyvips", None)
    else:
        monkeypatch.setattr("pyvips.version", lambda part: {"older": (8, 17), "newer": (9, 0)}[change][part])
    try:
        assert libvips.library() is None
        original = PLAIN["RGBA"]()
        picture, reference = transform(original, SMALL), whole(original)
        assert (picture.counts, reference.counts) == (("PngFallbacks",), ())
        assert picture.body == reference.body
    finally:
        libvips.library.cache_clear()


def test_without_the_layer_the_library_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(libvips, "library", lambda: pytest.fail("nobody wants it"))
    for value in ("false", ""):
        monkeypatch.setenv("USE_VIPS", value)
        assert transform(PLAIN["colours"](), SMALL).counts == ()


def test_libvips_writes_nothing_to_the_log(caplog):
    caplog.set_level("DEBUG", "root")
    libvips.library()
    caplog.clear()
    assert isinstance(outcome(PLAIN["RGB"](), SMALL), Picture)
    assert isinstance(outcome(spoiled()["rows are missing"], SMALL), DamagedImage)
    assert [record for record in caplog.records if record.name.startswith("pyvips")] == []


def test_libvips_opens_nothing_else():
    loaded: Any = libvips.library()
    loads = {
        "svgload_buffer": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "jpegload_buffer": encoded(corners(), "JPEG"),
        "gifload_buffer": encoded(corners(), "GIF"),
        "webpload_buffer": encoded(corners(), "WEBP"),
        "tiffload_buffer": encoded(corners(), "TIFF"),
        "heifload_buffer": encoded(corners(), "AVIF"),
        "csvload": __file__,
        "rawload": __file__,
    }
    for load, given in loads.items():
        with pytest.raises(loaded.Error, match="blocked"):
            loaded.Operation.call(load, given, *((9, 9, 1) if load == "rawload" else ()))
    assert loaded.Operation.call("pngload_buffer", encoded(corners(), "PNG")).width == 96
    with pytest.raises(loaded.Error):
        loaded.Image.black(9, 9).write_to_buffer(".png")


def test_libpng_inside_is_past_its_advisories():
    """``make audit`` sees no library inside a wheel. CVE-2026-33416, by palettes, is mended in 1.6.56."""
    loaded: Any = libvips.library()
    (library,) = (Path(loaded.__file__).parents[1] / "pyvips_binary.libs").glob("libvips*.so*")
    (version,) = set(re.findall(rb"\x00(1\.6\.\d+)\x00", library.read_bytes()))
    assert tuple(map(int, version.split(b"."))) >= (1, 6, 56)


def test_a_png_without_its_pixels_tells_the_rest():
    original = encoded(photo(*SIZE), "PNG", icc_profile=b"x" * 5000, pnginfo=comment())
    rest = png_chunks.without_pixels(original)
    assert rest is not None
    assert opened(rest).size == (1, 1)
    assert opened(rest).info == opened(original).info
    head = chunks(original)
    assert png_chunks.without_pixels(rejoined([head[0], (b"abCd", bytes(8_000_001)), *head[1:]])) is None


def test_pillow_reads_the_whole_header_first(whole, monkeypatch):
    """What it stumbles over there is never seen by libvips, and is what it is without it."""
    monkeypatch.setattr(libvips, "_averaged", lambda *_: pytest.fail("it was seen"))
    broken = bytearray(PLAIN["profile"]())
    start = broken.index(b"iCCP")
    broken[start + 4 + int.from_bytes(broken[start - 4 : start], "big")] ^= 1  # its check sum
    assert plan_for(bytes(broken)).decoder == "libvips"
    ours, theirs = transform(bytes(broken), SMALL), whole(bytes(broken))
    assert (ours.body, ours.counts) == (theirs.body, ("ColourProfilesIgnored", "PngFallbacks"))
