"""Files that a decoder takes for whole though something in them is missing or broken, and those whose faults do not
touch a pixel.

libjpeg fills in grey where pixels end before the end marker, and tells nobody; Pillow refuses a PNG for a comment.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from common.content.jpeg_markers import has_all_scans, read_frame
from images.decoding.raster_headers import MOST_PROFILE_BYTES
from images.errors import DamagedImage, UnsupportedImage
from images.transform.image import transform
from local.demo.images import colour_profiles as icc
from tests.unit.images.builders import COLOUR, GREY, encoded, oriented, photo, profile, seen
from tests.unit.images.jpeg_files import ARITHMETIC, PROGRESSIVE_ARITHMETIC

END = b"\xff\xd9"
MODES = ("L", "RGB", "CMYK")
WIDE = profile(width=333, height=217, mode="rgb")
LAYOUTS: list[dict[str, Any]] = [{}, {"restart_marker_rows": 1}, {"restart_marker_blocks": 5}, {"subsampling": 0}]


def cut(whole: bytes, share: float) -> bytes:
    """So much of the pixels, closed as if that were all."""
    start = whole.rindex(b"\xff\xda") + 14
    return whole[: start + int((len(whole) - 2 - start) * share)].rstrip(b"\xff") + END


@pytest.mark.parametrize("want", [GREY, WIDE], ids=["grey", "wide"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_half_a_jpeg_with_an_end_marker_is_damaged(mode, layout, want):
    whole = encoded(photo(333, 217).convert(mode), "JPEG", quality=90, **layout)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(DamagedImage, match="cut off"):
            transform(cut(whole, share), want)


def test_a_header_that_says_more_rows_than_there_are():
    whole = encoded(photo(333, 217), "JPEG")
    place = whole.index(b"\xff\xc0") + 5
    with pytest.raises(DamagedImage, match="cut off"):
        transform(whole[:place] + struct.pack(">H", 2170) + whole[place + 2 :], GREY)


@pytest.mark.parametrize("layout", [*LAYOUTS, {"progressive": True}], ids=str)
@pytest.mark.parametrize(("mode", "grey"), [("L", 128), ("RGB", (128,) * 3), ("CMYK", (127,) * 4)])
def test_a_whole_jpeg_may_end_in_the_grey_that_is_filled_in(mode, grey, layout):
    image = photo(333, 217).convert(mode)
    image.paste(grey, (200, 100, 333, 217))
    for end in (b"", b"what cameras leave behind"):
        assert transform(encoded(image, "JPEG", **layout) + end, GREY).counts == ()


@pytest.mark.parametrize("mode", MODES)
def test_a_progressive_jpeg_that_lacks_scans_is_counted(mode):
    whole = encoded(photo(333, 217).convert(mode), "JPEG", progressive=True)
    assert transform(whole, GREY).counts == ()
    starts = [place for place in range(len(whole)) if whole.startswith(b"\xff\xda", place)]
    for start in starts[1:]:
        assert transform(whole[:start] + END, GREY).counts == ("ScansMissing",)


def test_half_of_its_first_scan_is_damaged():
    whole = encoded(photo(333, 217), "JPEG", progressive=True)
    first, second = whole.index(b"\xff\xda"), whole.index(b"\xff\xda", whole.index(b"\xff\xda") + 2)
    with pytest.raises(DamagedImage):
        transform(whole[: (first + second) // 2] + END, GREY)


@pytest.mark.parametrize("data", [ARITHMETIC, PROGRESSIVE_ARITHMETIC, encoded(photo(40, 30), "JPEG")])
def test_all_scans_are_there(data):
    frame = read_frame(data)
    assert frame is not None
    assert has_all_scans(frame, data)


# What surrounds the pixels of a PNG


def chunk(name: bytes, content: bytes, *, wrong: bool = False) -> bytes:
    check = zlib.crc32(name + content) ^ wrong
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def with_chunk(*chunks: bytes, image: Image.Image | None = None, behind: bool = False) -> bytes:
    data = encoded(image or photo(96, 64), "PNG")
    place = len(data) - 12 if behind else 33
    return data[:place] + b"".join(chunks) + data[place:]


EXTRAS = {
    "a comment over 4 MB": chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(MOST_PROFILE_BYTES + 1))),
    "XMP over 4 MB": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(MOST_PROFILE_BYTES + 1))),
    "many comments": chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(MOST_PROFILE_BYTES - 1))) * 70,
    "a comment of another sum": chunk(b"tEXt", b"x\0abc", wrong=True),
    "a chunk of somebody's of another sum": chunk(b"prVt", b"abc", wrong=True),
    "a short gamma": chunk(b"gAMA", b"x"),
    "a short size": chunk(b"pHYs", b"x"),
    "short primaries": chunk(b"cHRM", b"x"),
    "an animation of nothing": chunk(b"acTL", b"x"),
}


@pytest.mark.parametrize("name", EXTRAS)
def test_what_no_pixel_depends_on_refuses_no_png(name):
    plain = transform(with_chunk(), COLOUR)
    for behind in (False, True):
        made = transform(with_chunk(EXTRAS[name], behind=behind), COLOUR)
        assert (made.body, made.counts) == (plain.body, ())


def test_its_orientation_and_its_hidden_colour_stay():
    turned = oriented(photo(96, 64), 6, "PNG")
    broken = turned[:33] + EXTRAS["a short gamma"] + turned[33:]
    assert transform(broken, COLOUR).body == transform(turned, COLOUR).body
    hidden = encoded(Image.new("RGB", (20, 20)), "PNG", transparency=(0, 0, 0))
    broken = hidden[:33] + EXTRAS["a comment of another sum"] + hidden[33:]
    assert set(seen(transform(broken, COLOUR).body)) == {(255, 255, 255)}


PROFILE = icc.matrix_profile(icc.SRGB)
PROFILES = {
    "broken": b"x\0\0" + b"\x99" * 50,
    "of another method": b"x\0\1" + zlib.compress(PROFILE),
    "too long": b"x\0\0" + zlib.compress(PROFILE + bytes(MOST_PROFILE_BYTES)),
    "cut": b"x\0\0" + zlib.compress(PROFILE)[:-20],
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_of_a_png_that_cannot_be_read_is_counted(name):
    made = transform(with_chunk(chunk(b"iCCP", PROFILES[name])), COLOUR)
    assert (made.body, made.counts) == (transform(with_chunk(), COLOUR).body, ("ColourProfilesIgnored",))
    again = transform(with_chunk(chunk(b"iCCP", PROFILES[name]), EXTRAS["a short gamma"]), COLOUR)
    assert again.counts == ("ColourProfilesIgnored",)


def test_a_good_profile_stays_beside_a_broken_comment():
    good = encoded(photo(96, 64), "PNG", icc_profile=icc.matrix_profile(icc.SRGB))
    made = transform(good[:33] + EXTRAS["a comment of another sum"] + good[33:], COLOUR)
    assert (made.body, made.counts) == (transform(good, COLOUR).body, ())


def test_a_profile_of_a_jpeg_that_lacks_a_piece_is_counted():
    data = encoded(photo(96, 64), "JPEG", icc_profile=PROFILE + bytes(100_000))
    broken = data.replace(b"ICC_PROFILE\0\2", b"ICC_PROFILX\0\2")
    assert broken != data
    assert transform(broken, COLOUR).counts == ("ColourProfilesIgnored",)


@pytest.mark.parametrize("extra", [b"", EXTRAS["a short gamma"]])
def test_pixels_that_are_missing_are_damage_all_the_same(extra):
    data = with_chunk(extra)
    with pytest.raises(DamagedImage, match="upload it again"):
        transform(data[: len(data) * 2 // 3], COLOUR)


def test_a_png_for_an_iphones_application_is_named():
    data = with_chunk()
    with pytest.raises(UnsupportedImage, match="iOS"):
        transform(data[:8] + chunk(b"CgBI", b"\x50\0\x20\x06") + data[8:], COLOUR)
