"""Bytes that want to hurt: bombs, lies in headers, cut and flipped files. Each is an image or a named error."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from images.decoding import memory_limits
from images.errors import DamagedImage, ImageRefused, ImageTooLarge, UnsupportedImage
from images.transform.image import transform
from tests.unit.images.builders import (
    GREY,
    corners,
    encoded,
    jpeg_header,
    opened,
    outcome,
    photo,
    png,
    profile,
    resized_header,
    segment,
    shipped,
    tiff,
)

ORIGINALS = {
    "baseline": encoded(corners(), "JPEG"),
    "progressive": encoded(corners(), "JPEG", progressive=True),
    "cmyk": encoded(corners(mode="CMYK"), "JPEG"),
    "png": encoded(corners(), "PNG"),
    "alpha": encoded(corners(mode="RGBA"), "PNG"),
    "palette": encoded(corners().quantize(8), "PNG", transparency=1),
    "deep": encoded(Image.new("I;16", (40, 40), 9000), "PNG"),
    "webp": encoded(corners(), "WEBP"),
    "lossless": encoded(corners(mode="RGBA"), "WEBP", lossless=True),
    "avif": encoded(corners(), "AVIF"),
    "gif": encoded(corners().quantize(8), "GIF"),
    "tiff": encoded(corners(), "TIFF"),
    "lzw": encoded(corners(), "TIFF", compression="tiff_lzw"),
    "deflate": encoded(corners(), "TIFF", compression="tiff_adobe_deflate"),
    "bmp": encoded(corners(), "BMP"),
}


def is_fair(original: bytes) -> bool:
    """An image of the wanted size, or a named error with a sentence on one line."""
    result = outcome(original, GREY)
    if isinstance(result, ImageRefused):
        text = str(result)
        return text.endswith(".") and text.isascii() and text.isprintable()
    return opened(result.body).size == (64, 64)


# No image at all


@pytest.mark.parametrize(
    ("original", "sentence"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "not read here"),
        (b"%PDF-1.7", "not read here"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not read here"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC"),
        (b"P6 1 1 255 abc", "not read here"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "not read here"),
        (b"8BPS" + bytes(60), "not read here"),
    ],
)
def test_what_is_no_image_is_said_to_be_none(original, sentence):
    with pytest.raises(UnsupportedImage, match=sentence):
        transform(original, GREY)


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_name_without_a_body_is_damaged(name):
    with pytest.raises(ImageRefused):
        transform(ORIGINALS[name][:20], GREY)


@pytest.mark.parametrize(
    "name", ["baseline", "progressive", "png", "alpha", "webp", "lossless", "lzw", "deflate", "bmp"]
)
def test_a_cut_off_file_is_damaged_not_half_an_image(name):
    whole = encoded(photo(400, 300), "JPEG") if name == "baseline" else ORIGINALS[name]
    with pytest.raises(DamagedImage, match="upload it again"):
        transform(whole[: len(whole) * 2 // 3], GREY)


# Bombs: refused by their headers. What decoding them would cost stands in test_memory_limits.py


def test_a_bomb_of_one_bit_pixels():
    bomb = png(30_000, 30_000, bits=1)
    assert len(bomb) < 200_000
    with pytest.raises(ImageTooLarge, match="30000 x 30000 pixels"):
        transform(bomb, shipped())


@pytest.mark.parametrize("frame", [0xC2, 0xCA])
def test_a_bomb_of_progressive_coefficients(frame):
    with pytest.raises(ImageTooLarge, match="progressive"):
        transform(jpeg_header(12_000, 12_000, frame=frame), shipped())


def test_a_sequential_jpeg_in_several_scans_is_as_dear_as_a_progressive_one():
    with pytest.raises(ImageTooLarge, match="multi-scan"):
        transform(jpeg_header(12_000, 12_000, scan=1), shipped())


def test_a_baseline_jpeg_of_the_same_size_passes_the_budget():
    with pytest.raises(DamagedImage):  # it has no tables to decode with
        transform(jpeg_header(12_000, 12_000), shipped())


def test_no_jpeg_is_too_large_to_be_refused():
    with pytest.raises(ImageTooLarge, match="pixels"):
        transform(jpeg_header(65_535, 65_535), shipped())


def test_a_bomb_of_scans():
    """A file of some KB can hold thousands of scans, and each goes over the whole image."""
    header = jpeg_header(4000, 4000, frame=0xC2)
    scan = segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + b"\x00"
    with pytest.raises(ImageTooLarge, match="scans"):
        transform(header + scan * 20_000, shipped())


def test_a_jpeg_that_draft_cannot_shrink_is_counted_in_full():
    with pytest.raises(ImageTooLarge):
        transform(jpeg_header(65_535, 3_000), profile(width=2048, height=2048, mode="rgb"))


@pytest.mark.parametrize("size", [(1, 30_000_000), (30_000_000, 1)])
def test_resizing_counts_too(size):
    """One pixel wide: 30 MB decoded, but gigabytes on the way to 2,048 pixels."""
    with pytest.raises(ImageTooLarge):
        transform(png(*size), profile(width=2048, height=2048))


def test_a_lying_header_is_not_believed():
    for original in (ORIGINALS["baseline"], ORIGINALS["progressive"]):
        assert isinstance(outcome(resized_header(original, 60_000, 60_000), GREY), ImageTooLarge)
        assert is_fair(resized_header(original, 3000, 3000))  # libjpeg fills in grey what the scan does not have


@pytest.mark.parametrize("kind", ["VP8X", "VP8L", "VP8 "])
def test_a_webp_that_says_it_is_huge(kind):
    if kind == "VP8X":
        body = b"\x00" * 4 + (16_000 - 1).to_bytes(3, "little") * 2
    elif kind == "VP8L":
        body = b"\x2f" + ((16_000 - 1) | (16_000 - 1) << 14).to_bytes(4, "little") + bytes(20)
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", 16_000, 16_000) + bytes(20)
    chunk = kind.encode() + struct.pack("<I", len(body)) + body
    assert isinstance(outcome(b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk, GREY), ImageRefused)


def test_a_tiff_with_a_tile_larger_than_itself():
    """libtiff fills a buffer for a whole tile, of 65,520 x 65,520 pixels, for an image of 16 x 16."""
    squeezed = zlib.compress(bytes(1_000_000), 9)
    bomb = tiff({256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: 65_520, 323: 65_520}, squeezed)
    with pytest.raises(ImageTooLarge, match="TIFF"):
        transform(bomb, GREY)
    assert opened(
        transform(tiff({256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: 32, 323: 32}, squeezed), GREY).body
    )


def test_text_in_a_png_cannot_swell():
    swollen = zlib.compress(bytes(200_000_000), 9)
    chunk = b"zTXt", b"Comment\x00\x00" + swollen
    extra = struct.pack(">I", len(chunk[1])) + chunk[0] + chunk[1] + struct.pack(">I", zlib.crc32(chunk[0] + chunk[1]))
    assert is_fair(png(40, 40, extra=extra))


def test_run_length_bitmaps_are_refused():
    """Pillow decodes them in Python, pixel by pixel."""
    header = b"BM" + struct.pack("<IHHI", 2000, 0, 0, 14 + 40 + 8)
    info = struct.pack("<IiiHHIIiiII", 40, 20_000, 5_000, 1, 8, 1, 0, 0, 0, 2, 0)
    with pytest.raises(UnsupportedImage, match="Run-length"):
        transform(header + info + bytes(8) + b"\x01\x01" * 500, GREY)


def test_the_budget_does_not_refuse_what_people_have():
    """Phones and cameras: 12 to 200 megapixels baseline, 48 progressive; screenshots and scans as PNG."""
    for header in (jpeg_header(16_320, 12_240), jpeg_header(8_064, 6_048, frame=0xC2)):
        with pytest.raises(DamagedImage):  # past the budget, but without tables
            transform(header, shipped())
    for size, colour in (((7680, 4320), 2), ((7680, 4320), 6), ((10_000, 7_000), 0)):
        with pytest.raises(DamagedImage):
            transform(png(*size, colour=colour, rows=b"no pixels"), shipped())


# Fuzz


@pytest.mark.parametrize("name", ORIGINALS)
@settings(max_examples=60)
@given(data=st.data())
def test_flipped_bytes(name, data):
    original = bytearray(ORIGINALS[name])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, min(len(original) - 1, data.draw(st.sampled_from([60, 700, 100_000])))))
        original[place] = data.draw(st.integers(0, 255))
    assert is_fair(bytes(original))


@pytest.mark.parametrize("name", ORIGINALS)
@settings(max_examples=30)
@given(data=st.data())
def test_cut_and_joined_bytes(name, data):
    original = ORIGINALS[name]
    other = ORIGINALS[data.draw(st.sampled_from(sorted(ORIGINALS)))]
    first = data.draw(st.integers(0, len(original)))
    second = data.draw(st.integers(0, len(other)))
    assert is_fair(original[:first] + other[second:])


@settings(max_examples=150)
@given(
    width=st.integers(0, 2**31 - 1),
    height=st.integers(0, 2**31 - 1),
    bits=st.sampled_from([1, 2, 4, 8, 16, 3]),
    colour=st.sampled_from([0, 2, 3, 4, 6]),
    rows=st.binary(max_size=200).map(zlib.compress) | st.binary(max_size=60),
)
def test_any_png_header(width, height, bits, colour, rows):
    assert is_fair(png(width, height, bits=bits, colour=colour, rows=rows))


@settings(max_examples=150)
@given(
    width=st.integers(0, 65_535),
    height=st.integers(0, 65_535),
    frame=st.integers(0xC0, 0xCF),
    sampling=st.lists(st.integers(0, 255), max_size=5).map(tuple),
    scan=st.integers(0, 5),
    rest=st.binary(max_size=200),
)
def test_any_jpeg_header(width, height, frame, sampling, scan, rest):
    assert is_fair(jpeg_header(width, height, frame=frame, sampling=sampling, scan=scan) + rest)


@settings(max_examples=100)
@given(
    beginning=st.sampled_from([original[:16] for original in ORIGINALS.values()]),
    rest=st.binary(max_size=600),
)
def test_any_bytes_behind_a_known_beginning(beginning, rest):
    assert is_fair(beginning + rest)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes(original):
    assert is_fair(original)


def test_a_defect_of_our_own_is_not_called_damage(monkeypatch):
    """Only what decoders raise is translated; a mistake after decoding must fail loudly."""

    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("images.transform.pixels.resized", broken)
    with pytest.raises(ZeroDivisionError):
        transform(ORIGINALS["png"], GREY)


def test_memory_that_cannot_be_had_is_a_named_error(monkeypatch):
    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_memory)
    with pytest.raises(ImageTooLarge):
        transform(ORIGINALS["png"], GREY)


def test_the_limit_is_the_limit(monkeypatch):
    original = encoded(photo(500, 400), "PNG")
    transform(original, GREY)
    monkeypatch.setattr(memory_limits, "MEMORY_BYTES", 500 * 400 * 5)
    with pytest.raises(ImageTooLarge):
        transform(original, GREY)
