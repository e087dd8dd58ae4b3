"""The plan of every container, JPEG process and variety: decided from headers, refused in our own words."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from images.decoding import libwebp, memory_limits
from images.decoding.av1_sizes import largest_frame
from images.decoding.boxes import read_container
from images.decoding.kinds import READABLE
from images.decoding.plan import plan_for
from images.errors import DamagedImage, ImageRefused, ImageTooLarge, UnsupportedImage
from images.transform.image import transform
from local.cloud.testing import ROOT
from tests.unit.images import container_files as containers
from tests.unit.images import jpeg_files
from tests.unit.images.builders import (
    COLOUR,
    CORNERS,
    GREY,
    corners,
    encoded,
    jpeg_header,
    near,
    opened,
    oriented,
    outcome,
    photo,
    png,
    profile,
    seen,
    shipped,
)

BASELINE = encoded(corners(), "JPEG", quality=95)
PROGRESSIVE = encoded(corners(), "JPEG", quality=95, progressive=True)
AVIF = encoded(corners(), "AVIF", quality=95)

READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "SOF0": (lambda: BASELINE, "draft"),
    "SOF1": (lambda: jpeg_files.marked(BASELINE, 0xC1), "draft"),
    "SOF2": (lambda: PROGRESSIVE, "draft"),
    "SOF3": (lambda: jpeg_files.lossless(corners()), "whole"),
    "SOF9": (lambda: jpeg_files.ARITHMETIC, "draft"),
    "SOF10": (lambda: jpeg_files.PROGRESSIVE_ARITHMETIC, "draft"),
    "PNG": (lambda: encoded(corners(), "PNG"), "whole"),
    "GIF": (lambda: encoded(corners().quantize(8), "GIF"), "whole"),
    "BMP": (lambda: encoded(corners(), "BMP"), "whole"),
    "TIFF": (lambda: encoded(corners(), "TIFF"), "whole"),
    "BigTIFF": (lambda: encoded(corners(), "TIFF", big_tiff=True), "whole"),
    "WebP": (lambda: encoded(corners(), "WEBP", quality=95), "libwebp"),
    "lossless WebP": (lambda: encoded(corners(), "WEBP", lossless=True), "libwebp"),
    "WebP with EXIF": (lambda: encoded(corners(), "WEBP", quality=95, exif=Image.Exif()), "libwebp"),
    "animated WebP": (
        lambda: encoded(corners(), "WEBP", quality=95, save_all=True, append_images=[corners().rotate(90)]),
        "whole",
    ),
    **{
        f"AVIF as {brand.decode()}": (lambda brand=brand: containers.relabelled(AVIF, brand), "whole")  # type: ignore[misc]
        for brand in (b"avif", b"mif1", b"miaf", b"MA1B", b"MA1A")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read_has_its_decoder_and_its_pixels(name):
    build, decoder = READ[name]
    original = build()
    plan = plan_for(original)
    assert plan.decoder == decoder
    assert plan.size == opened(original if "MA1" not in name and "miaf" not in name else AVIF).size
    for made, expected in zip(seen(transform(original, COLOUR).body), CORNERS, strict=True):
        assert near(made, expected, 16)
    assert opened(transform(original, shipped()).body).size == (256, 256)
    assert opened(transform(original, shipped("thumbnail")).body).size == (320, 320)


def closed() -> dict[str, tuple[bytes, type[ImageRefused], str]]:
    big = containers.size_property(17_000, 17_000)
    return {
        **{
            f"SOF{code - 0xC0}": (jpeg_files.marked(BASELINE, code), UnsupportedImage, f"SOF{code - 0xC0}")
            for code in (0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF)
        },
        "12-bit JPEG": (jpeg_files.marked(BASELINE, 0xC1, 12), UnsupportedImage, "12 bits"),
        "16-bit lossless JPEG": (jpeg_files.marked(BASELINE, 0xC3, 16), UnsupportedImage, "16 bits"),
        "JPEG of two components": (jpeg_header(64, 64, sampling=(0x11, 0x11), scan=2), UnsupportedImage, "2 comp"),
        "JPEG of odd sampling": (jpeg_header(64, 64, sampling=(0x31, 0x21, 0x11)), UnsupportedImage, "sampling"),
        "JPEG without a height": (jpeg_header(64, 0), UnsupportedImage, "height"),
        "HEIC": (containers.HEIC, UnsupportedImage, "Most Compatible"),
        "HEIC by its brand": (b"\x00\x00\x00\x18ftypheic" + bytes(40), UnsupportedImage, "Most Compatible"),
        "HEIC that says AVIF": (
            containers.still(b"avif", (b"heic",), [containers.HEVC, containers.size_property(8, 8)]),
            UnsupportedImage, "HEIC"),
        "JPEG XL": (b"\xff\x0a" + bytes(40), UnsupportedImage, "JPEG XL"),
        "JPEG XL in boxes": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(40), UnsupportedImage, "JPEG XL"),
        "JPEG 2000": (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40), UnsupportedImage, "JPEG 2000"),
        "JPEG 2000 without boxes": (encoded(corners(), "JPEG2000", no_jp2=True), UnsupportedImage, "JPEG 2000"),
        "SVG": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', UnsupportedImage, "SVG"),
        "PDF": (b"%PDF-1.7\n", UnsupportedImage, "PDF"),
        "Photoshop": (b"8BPS\x00\x01" + bytes(40), UnsupportedImage, "Photoshop"),
        "DNG": (containers.tiff({50706: (1, 4, 0, 0)}), UnsupportedImage, "camera"),
        "NEF": (containers.tiff({254: (1,), 330: (200,)}), UnsupportedImage, "camera"),
        "CR2": (b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(80), UnsupportedImage, "camera"),
        "CR3": (containers.box(b"ftyp", b"crx ", bytes(4), b"crx ") + bytes(60), UnsupportedImage, "camera"),
        "an icon": (encoded(corners(), "ICO"), UnsupportedImage, "icon"),
        "a film": (containers.box(b"ftyp", b"isom", bytes(4), b"mp41") + bytes(60), UnsupportedImage, "kind of file"),
        "BMP with bit fields": (
            containers.bmp(32, compression=3, masks=(0xFF, 0xFF0000, 0xFF00)), UnsupportedImage, "bit fields"),
        "BMP with PNG inside": (containers.bmp(24, compression=5), UnsupportedImage, "compression 5"),
        "BMP in run lengths": (containers.bmp(8, compression=1), UnsupportedImage, "Run-length"),
        "BMP of two bits": (containers.bmp(2), UnsupportedImage, "2 bits"),
        "BMP of a short header": (containers.bmp(24, header=16), UnsupportedImage, "16 bytes"),
        "float TIFF": (encoded(Image.new("F", (40, 30)), "TIFF"), UnsupportedImage, "floating-point"),
        "double TIFF": (containers.tiff({258: (64,), 339: (3,)}), UnsupportedImage, "floating-point"),
        "signed TIFF": (containers.tiff({339: (2,)}), UnsupportedImage, "signed"),
        "32-bit TIFF": (encoded(Image.new("I", (40, 30)), "TIFF"), UnsupportedImage, "which of them is white"),
        "TIFF with JPEG XL inside": (containers.tiff({259: (50002,)}), UnsupportedImage, "compression 50002"),
        "TIFF of five samples": (containers.tiff({258: (8,) * 5, 277: (5,)}), UnsupportedImage, "variety"),
        "AVIF of 17,000 pixels a side": (
            containers.still(b"avif", (b"mif1",), [containers.AV1, big]), ImageTooLarge, "17000 x 17000"),
        "AVIF whose primary is large": (
            containers.still(b"avif", (), [containers.AV1, containers.size_property(9, 9), big], primary=2,
                             associations={1: [1, 2], 2: [1, 3]}), ImageTooLarge, "17000 x 17000"),
        "AVIF with long numbers": (
            containers.still(b"mif1", (b"avif",), [containers.AV1, big], wide=True), ImageTooLarge, "17000 x 17000"),
        "AVIF larger than it says": (
            containers.lying_avif((16_000, 16_000), (64, 64)), ImageTooLarge, "MB to decode"),
        "AVIF larger than it says, as a film has it": (
            containers.lying_avif((16_000, 16_000), (64, 64), reduced=False), ImageTooLarge, "MB to decode"),
        "AVIF film": (containers.box(b"ftyp", b"avis", bytes(4)) + containers.box(b"moov", bytes(40)),
                      UnsupportedImage, "film"),
        "PNG of 900 megapixels": (png(30_000, 30_000, bits=1), ImageTooLarge, "30000 x 30000"),
        "a cut AVIF": (AVIF[: len(AVIF) // 2], DamagedImage, "upload it again"),
        "a cut WebP": (encoded(photo(90, 90), "WEBP")[:200], DamagedImage, "upload it again"),
        "a cut TIFF": (b"II*\x00\x90\x90\x00\x00", DamagedImage, "upload it again"),
        "a cut lossless JPEG": (jpeg_files.lossless(photo(90, 60))[:4000], DamagedImage, "upload it again"),
    }  # fmt: skip


CLOSED = closed()


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_not_read_is_said_in_our_own_words(name):
    original, error, words = CLOSED[name]
    with pytest.raises(error, match=re.escape(words)) as caught:
        transform(original, GREY)
    says_stable_words(str(caught.value))


LIBRARY_WORDS = re.compile(
    r"0x[0-9a-f]{4}|_io\.|object at|cannot identify|Unsupported|broken data stream|decoder error"
)


def says_stable_words(text: str) -> None:
    assert text.endswith(".")
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 250
    assert not LIBRARY_WORDS.search(text), text


@pytest.mark.parametrize("where", ["open", "load"])
@pytest.mark.parametrize(
    "error", [OSError("cannot identify image file <_io.BytesIO object at 0x7f00>"), ValueError("x"), MemoryError("y")]
)
def test_no_text_of_a_library_reaches_the_caller(monkeypatch, where, error):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("PIL.Image.open" if where == "open" else "PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(ImageRefused) as caught:
        transform(encoded(corners(), "PNG"), GREY)
    says_stable_words(str(caught.value))
    assert caught.value.__cause__ is error, "the log can still tell"


@pytest.mark.parametrize(
    "name",
    [name for name, (_, _, words) in CLOSED.items() if "cut" not in name and words != "variety"],  # by headers alone
)
def test_no_library_sees_what_the_plan_refuses(name, monkeypatch):
    original = CLOSED[name][0]
    monkeypatch.setattr("PIL.Image.open", None)
    monkeypatch.setattr(libwebp, "_decoded", None)
    with pytest.raises(ImageRefused):
        transform(original, GREY)


def test_draft_is_for_the_processes_that_it_was_made_for(monkeypatch):
    """A fraction of a lossless JPEG ended the process; nothing of it is left to Pillow's version."""
    drafted: list[int] = []
    real = JpegImageFile.draft

    def seen_draft(image: Any, mode: Any, size: Any) -> Any:
        drafted.append(process)
        return real(image, mode, size)

    monkeypatch.setattr(JpegImageFile, "draft", seen_draft)
    for process in range(0xC0, 0xD0):
        if process not in {0xC4, 0xC8, 0xCC}:
            for header in (jpeg_files.marked(BASELINE, process), jpeg_header(3000, 2000, frame=process)):
                outcome(header, GREY)
    assert set(drafted) == {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}


def test_a_lossless_jpeg_of_the_size_that_overflowed(tmp_path):
    """In a process of its own: 1,500 x 2,000 pixels at both profiles."""
    row = Image.effect_noise((2000, 1), 60).resize((2000, 1500))
    place = tmp_path / "lossless.jpg"
    place.write_bytes(jpeg_files.lossless(row))
    program = (
        "import sys; from images import profiles; from images.transform.image import transform\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "for name in ('default', 'thumbnail') * 3: transform(data, profiles.choose(name, {}))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(place)],
        env={"PYTHONPATH": str(ROOT / "functions")}, capture_output=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("options", [{}, {"save_all": True, "append_images": [Image.new("RGB", (900, 700))]}])
def test_what_an_avif_really_holds_is_counted(monkeypatch, options):
    """A file of an encoder whose boxes were made smaller: Pillow would decode it, at the cost of all its pixels."""
    original = encoded(photo(900, 700), "AVIF", speed=10, **options)
    sides = struct.pack(">II", 900, 700)
    assert sides in original
    lying = original.replace(sides, struct.pack(">II", 64, 64))
    container = read_container(lying)
    assert container is not None
    assert container.size == (64, 64)
    assert next(largest_frame(lying[start:end]) for start, end in container.coded) == (900, 700)
    monkeypatch.setattr(memory_limits, "MEMORY_BYTES", 900 * 700 * 15 // 2 - 1)
    with pytest.raises(ImageTooLarge):
        transform(lying, GREY)


@given(st.binary(max_size=200))
def test_any_bytes_have_a_largest_frame(data):
    width, height = largest_frame(data)
    assert 0 <= width <= 1 << 16
    assert 0 <= height <= 1 << 16


# A JPEG's last blocks


@pytest.mark.parametrize("scale", [2, 4, 8])
@pytest.mark.parametrize("mode", ["grey", "rgb"])
def test_padding_does_not_bleed_into_the_last_column_and_row(scale, mode):
    """White up to the last pixel, and black padding behind it, as some encoders write it."""
    side = 64 * 2 * scale + 1
    blocks = -(-side // 8) * 8
    padded = Image.new("RGB", (blocks, blocks))
    padded.paste((250, 250, 250), (0, 0, side, side))
    data = encoded(padded, "JPEG", quality=100, subsampling=0)
    place = data.index(b"\xff\xc0") + 5
    data = data[:place] + side.to_bytes(2, "big") * 2 + data[place + 4 :]
    image = opened(transform(data, profile(mode=mode, format="png")).body)
    lowest = min(low for low, _ in ([image.getextrema()] if mode == "grey" else image.getextrema()))
    assert lowest >= 246


# A JPEG without its end


def without_end(data: bytes) -> bytes:
    assert data.endswith(b"\xff\xd9")
    return data[:-2]


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("restarts", [0, 1, 3])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_that_lacks_its_end_marker_alone_is_an_image(mode, restarts, subsampling):
    options: dict[str, Any] = {"restart_marker_rows": restarts} if restarts else {}
    whole = encoded(photo(333, 217).convert(mode), "JPEG", subsampling=subsampling, **options)
    for end in (b"", b"\xff"):
        assert transform(without_end(whole) + end, GREY).body == transform(whole, GREY).body


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_jpeg_that_lacks_more_is_damaged(restarts):
    options: dict[str, Any] = {"restart_marker_rows": restarts} if restarts else {}
    whole = encoded(photo(333, 217), "JPEG", quality=95, **options)
    start = whole.index(b"\xff\xda") + 14
    cuts = {start + (len(whole) - start) * part // 10 for part in range(1, 10)} | {len(whole) - 12}
    cuts |= {
        whole.rindex(b"\xff" + bytes([mark])) + after for mark in range(0xD0, 0xD8) for after in (0, 2) if restarts
    }
    for cut in sorted(cuts):
        with pytest.raises(DamagedImage, match="upload it again"):
            transform(whole[:cut], profile(width=333, height=217, mode="rgb"))


def test_a_progressive_jpeg_without_its_end_may_lack_a_scan():
    with pytest.raises(DamagedImage):
        transform(without_end(encoded(photo(90, 60), "JPEG", progressive=True)), GREY)


# WebP at a fraction


@pytest.mark.parametrize("form", ['tiff:Orientation="6"', "<tiff:Orientation>6</tiff:Orientation>"])
def test_an_orientation_that_xmp_alone_tells(form):
    told = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{form}</x:xmpmeta>".encode()
    image = photo(96, 64)
    turned = oriented(image, 6, "WEBP")
    assert transform(encoded(image, "WEBP", xmp=told), GREY).body == transform(turned, GREY).body
    assert transform(encoded(image, "JPEG", xmp=told), GREY).body == transform(oriented(image, 6), GREY).body
    both = oriented(image, 3, "WEBP", xmp=told)
    assert transform(both, GREY).body == transform(oriented(image, 3, "WEBP"), GREY).body, "EXIF goes before XMP"


def test_the_library_of_the_wheel_is_found():
    assert libwebp.library() is not None


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_at_a_fraction_is_close_to_a_whole_one(monkeypatch, mode, lossless):
    image = photo(900, 700)
    if mode == "RGBA":
        image.putalpha(image.convert("L").rotate(90).resize(image.size))
    original = encoded(image, "WEBP", lossless=lossless, quality=90)
    want = profile(width=128, height=100, mode="rgb", format="png")
    scaled = transform(original, want)
    monkeypatch.setattr(libwebp, "library", lambda: None)
    whole = transform(original, want)
    assert (scaled.counts, whole.counts) == ((), ("WebpFallbacks",))
    apart = [abs(a - b) for a, b in zip(opened(scaled.body).tobytes(), opened(whole.body).tobytes(), strict=True)]
    assert sum(apart) / len(apart) < 1
    assert max(apart) <= 16


@pytest.mark.parametrize("change", ["size", "file", "answer"])
def test_another_library_is_not_used(monkeypatch, change, tmp_path):
    libwebp.library.cache_clear()
    if change == "size":
        monkeypatch.setattr(libwebp, "_CONFIGURATION_BYTES", 248)
    elif change == "file":
        monkeypatch.setattr("PIL.__file__", str(tmp_path / "PIL" / "__init__.py"))
    else:
        monkeypatch.setattr(libwebp, "_ABI", 0x0301)
    try:
        assert libwebp.library() is None
        assert transform(encoded(corners(), "WEBP"), GREY).counts == ("WebpFallbacks",)
    finally:
        monkeypatch.undo()
        libwebp.library.cache_clear()


@given(st.binary(max_size=400))
def test_any_bytes_have_a_plan_or_a_refusal(rest):
    for beginning in (b"", b"\xff\xd8", AVIF[:40], b"RIFF\x00\x00\x00\x00WEBP", b"II*\x00\x08\x00\x00\x00", b"BM"):
        try:
            plan = plan_for(beginning + rest)
        except ImageRefused as error:
            says_stable_words(str(error))
        else:
            assert plan.kind in READABLE
