"""Colours of embedded profiles arrive as sRGB: against our own numbers, and against a conversion before the shrink."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from images.transform import colour
from images.transform.image import transform
from local.demo.images import colour_profiles as icc
from tests.unit.images.builders import COLOUR, CORNERS, GREY, corners, encoded, near, opened, photo, profile, seen

WANT = profile(width=64, height=48, mode="rgb", format="png")
SOFT = [(160, 90, 80), (90, 150, 90), (80, 90, 150), (170, 165, 100)]
"""Inside of every gamut here."""


def soft(width: int = 96, height: int = 96) -> Image.Image:
    image = corners(width, height)
    table = dict(zip(CORNERS, SOFT, strict=True))
    image.putdata([table[pixel] for pixel in image.get_flattened_data()])
    return image


def lasting(image: Image.Image, kind: str, embedded: bytes, **options: Any) -> bytes:
    exact = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
    return encoded(image, kind, icc_profile=embedded, **{**exact.get(kind, {}), **options})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("name", icc.MATRICES)
def test_what_was_stored_in_a_profile_comes_back(name, kind):
    matrix = icc.MATRICES[name]
    original = lasting(icc.stored_in(matrix, soft()), kind, icc.matrix_profile(matrix))
    for made, expected in zip(seen(transform(original, COLOUR).body), SOFT, strict=True):
        assert icc.distance(icc.lab(made), icc.lab(expected)) < 3
    greys = [round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in SOFT]
    for made, expected in zip(seen(transform(original, GREY).body), greys, strict=True):
        assert near(made, expected, 4)


def test_without_the_profile_it_would_be_another_picture():
    """The checks above can fail: unconverted, every one of these is off by more than is seen."""
    for name in set(icc.MATRICES) - {"sRGB"}:
        bare = encoded(icc.stored_in(icc.MATRICES[name], soft()), "PNG")
        off = [
            icc.distance(icc.lab(a), icc.lab(b)) for a, b in zip(seen(transform(bare, COLOUR).body), SOFT, strict=True)
        ]
        assert max(off) > 4, name


INKS = [(0.6, 0.1, 0.2, 0.0), (0.1, 0.6, 0.3, 0.1), (0.0, 0.1, 0.6, 0.2), (0.3, 0.3, 0.3, 0.2)]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize("name", icc.PRESSES)
def test_printing_inks_are_seen_as_the_press_prints_them(name, kind):
    image = Image.new("CMYK", (96, 96))
    for number, inks in enumerate(INKS):
        left, top = number % 2 * 48, number // 2 * 48
        image.paste(tuple(round(255 * ink) for ink in inks), (left, top, left + 48, top + 48))
    original = lasting(image, kind, icc.press_profile(icc.PRESSES[name]))
    for made, inks in zip(seen(transform(original, COLOUR).body), INKS, strict=True):
        assert icc.distance(icc.lab(made), icc.printed(icc.PRESSES[name], inks)) < 6


def test_channels_that_are_no_colours_become_colours():
    image = Image.new("RGB", (80, 80), (140, 150, 100))
    made = seen(transform(lasting(image, "JPEG", icc.opponent_profile()), COLOUR).body)[0]
    assert icc.distance(icc.lab(made), icc.opponent_lab(140 / 255, 150 / 255, 100 / 255)) < 4


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_a_grey_profile_is_heard(mode):
    value = {"L": 100, "LA": (100, 255), "I;16": 100 * 257}[mode]
    original = lasting(Image.new(mode, (70, 70), value), "PNG", icc.grey_profile(1.0))
    expected = round(255 * icc.SRGB.stored(100 / 255))
    assert near(seen(transform(original, GREY).body)[0], expected, 2)
    assert near(seen(transform(original, COLOUR).body)[0], (expected,) * 3, 2)


def test_grey_beside_a_profile_of_colours_is_as_much_of_each():
    original = lasting(Image.new("L", (70, 70), 100), "PNG", icc.matrix_profile(icc.MATRICES["ProPhoto"]))
    expected = round(255 * icc.SRGB.stored((100 / 255) ** 1.8))
    assert near(seen(transform(original, COLOUR).body)[0], (expected,) * 3, 2)


def test_alpha_is_put_back():
    adobe = icc.MATRICES["Adobe RGB"]
    image = icc.stored_in(adobe, Image.new("RGB", (70, 70), SOFT[0]))
    image.putalpha(128)
    original = lasting(image, "PNG", icc.matrix_profile(adobe))
    on_white = tuple((value * 128 + 255 * 127) / 255 for value in SOFT[0])
    assert near(seen(transform(original, COLOUR).body)[0], on_white, 2)
    kept = opened(transform(original, profile(mode="rgb", format="png", alpha="keep")).body)
    assert kept.mode == "RGBA"
    assert near(kept.getpixel((9, 9)), (*SOFT[0], 128), 2)


def test_palettes_are_converted_too():
    adobe = icc.MATRICES["Adobe RGB"]
    original = lasting(icc.stored_in(adobe, soft()).quantize(8), "PNG", icc.matrix_profile(adobe))
    for made, expected in zip(seen(transform(original, COLOUR).body), SOFT, strict=True):
        assert icc.distance(icc.lab(made), icc.lab(expected)) < 3


# Colours by numbers


def numbered_png(image: Image.Image, primaries: int, transfer: int) -> bytes:
    data = encoded(image, "PNG")
    chunk = b"cICP" + bytes([primaries, transfer, 0, 1])
    return data[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


def numbered_avif(image: Image.Image, primaries: int, transfer: int) -> bytes:
    data = encoded(image, "AVIF", quality=100)
    place = data.index(b"nclx") + 4
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


@pytest.mark.parametrize("build", [numbered_png, numbered_avif])
@pytest.mark.parametrize("transfer", [1, 13])
def test_display_p3_by_numbers_is_converted(build, transfer):
    original = build(icc.stored_in(icc.MATRICES["Display P3"], soft()), 12, transfer)
    made = transform(original, COLOUR)
    assert made.counts == ()
    for found, expected in zip(seen(made.body), SOFT, strict=True):
        assert icc.distance(icc.lab(found), icc.lab(expected)) < 3


@pytest.mark.parametrize("build", [numbered_png, numbered_avif])
@pytest.mark.parametrize(
    ("numbers", "counts"),
    [((1, 13), ()), ((2, 2), ()), ((9, 16), ("ColourProfilesIgnored",)), ((5, 13), ("ColourProfilesIgnored",))],
)
def test_other_numbers_change_nothing(build, numbers, counts):
    made = transform(build(soft(), *numbers), COLOUR)
    assert made.counts == counts
    assert all(near(a, b) for a, b in zip(seen(made.body), SOFT, strict=True))


def test_an_embedded_profile_goes_before_numbers():
    adobe = icc.MATRICES["Adobe RGB"]
    plain = lasting(icc.stored_in(adobe, soft()), "PNG", icc.matrix_profile(adobe))
    chunk = b"cICP" + bytes([12, 13, 0, 1])
    both = plain[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + plain[33:]
    assert transform(both, COLOUR).body == transform(plain, COLOUR).body


@pytest.mark.parametrize("primaries", [9, 12])
def test_white_stays_white(primaries):
    original = numbered_png(Image.new("RGB", (70, 70), (255, 255, 255)), primaries, 13)
    assert near(seen(transform(original, COLOUR).body)[0], (255, 255, 255), 1)


PROFILES = {
    **{name: ("RGB", icc.matrix_profile(matrix)) for name, matrix in icc.MATRICES.items()},
    **{name: ("CMYK", icc.press_profile(press)) for name, press in icc.PRESSES.items()},
    "opponent": ("RGB", icc.opponent_profile()),
    "grey": ("L", icc.grey_profile(1.8)),
}


@pytest.mark.parametrize("name", PROFILES)
def test_after_the_shrink_is_as_good_as_before(name):
    """Mean dE76 to the same photo converted in full by the same library, then shrunk."""
    mode, embedded = PROFILES[name]
    image = photo(640, 480).convert(mode)
    original = lasting(image, "JPEG", embedded)
    transformed = ImageCms.profileToProfile(
        opened(original), io.BytesIO(embedded), ImageCms.createProfile("sRGB"), 0, "RGB"
    )
    assert transformed is not None
    reference = transformed.resize((64, 48), Image.Resampling.HAMMING)
    assert icc.mean_distance(opened(transform(original, WANT).body), reference) < 1


# What cannot be used is left out, and counted


@pytest.mark.parametrize(
    "embedded",
    [
        b"no profile",
        icc.matrix_profile(icc.SRGB)[:200],
        icc.press_profile(icc.PRESSES["SWOP"]),
        icc.grey_profile(2.2),
        icc.matrix_profile(icc.SRGB) + bytes(colour.MOST_PROFILE_BYTES),
    ],
    ids=["text", "cut", "of inks", "of greys", "too long"],
)
def test_a_profile_that_cannot_be_used_changes_nothing_and_is_counted(embedded):
    made = transform(lasting(corners(), "JPEG", embedded), COLOUR)
    assert made.counts == ("ColourProfilesIgnored",)
    assert all(near(a, b) for a, b in zip(seen(made.body), CORNERS, strict=True))


def test_nothing_is_counted_where_there_is_none():
    assert transform(encoded(corners(), "JPEG"), COLOUR).counts == ()


def test_a_profile_of_more_than_a_megabyte_does_not_break_a_png():
    padded = icc.matrix_profile(icc.MATRICES["Adobe RGB"])
    long = (len(padded) + 2_000_000).to_bytes(4, "big") + padded[4:] + bytes(range(250)) * 8000
    made = transform(lasting(icc.stored_in(icc.MATRICES["Adobe RGB"], soft()), "PNG", long), COLOUR)
    assert made.counts == ()
    assert icc.distance(icc.lab(seen(made.body)[1]), icc.lab(SOFT[1])) < 3


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from(sorted(PROFILES)))
def test_any_change_of_a_profile_is_a_picture(data, name):
    mode, embedded = PROFILES[name]
    broken = bytearray(embedded)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, min(600, len(broken) - 1)))] = data.draw(st.integers(0, 255))
    made = transform(encoded(corners(24, 24, mode), "JPEG", icc_profile=bytes(broken)), COLOUR)
    assert opened(made.body).size == (64, 64)


def test_few_transforms_are_kept(monkeypatch):
    colour._transforms.clear()
    for number in range(12):
        embedded = icc.grey_profile(1 + number / 10)
        assert colour.to_srgb(Image.new("L", (8, 8)), embedded) is not None
    assert len(colour._transforms) == colour._MOST_TRANSFORMS
    built = len(colour._transforms)
    monkeypatch.setattr(ImageCms, "buildTransform", None)
    assert colour.to_srgb(Image.new("L", (8, 8)), embedded) is not None, "the last one is there still"
    assert len(colour._transforms) == built
