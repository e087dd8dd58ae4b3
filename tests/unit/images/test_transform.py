"""What comes out of the pure transform: the right pixels, the right way up, for every kind of original."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings

import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from images.errors import ImageRefused, UnsupportedImage
from images.model import FITS, FORMATS, MEDIA_TYPES, MODES
from images.transform import VERSION
from images.transform.image import transform
from local.demo.images import colour_profiles
from tests.unit.images.builders import (
    COLOUR,
    CORNERS,
    GREY,
    LUMA,
    RED,
    corners,
    encoded,
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


def test_the_default_is_a_small_grey_jpeg():
    made = transform(encoded(photo(640, 480), "JPEG"), shipped())
    image = opened(made.body)
    assert (image.format, image.mode, image.size) == ("JPEG", "L", (256, 256))
    assert made.media_type == "image/jpeg"
    assert made.megapixels == pytest.approx(0.3072)


# Every kind that is read

KINDS = {
    "baseline JPEG": ("JPEG", "RGB", {"quality": 95}),
    "progressive JPEG": ("JPEG", "RGB", {"quality": 95, "progressive": True}),
    "JPEG without subsampling": ("JPEG", "RGB", {"quality": 95, "subsampling": 0}),
    "JPEG stored as RGB": ("JPEG", "RGB", {"quality": 95, "keep_rgb": True}),
    "grey JPEG": ("JPEG", "L", {"quality": 95}),
    "CMYK JPEG": ("JPEG", "CMYK", {"quality": 95}),
    "PNG": ("PNG", "RGB", {}),
    "grey PNG": ("PNG", "L", {}),
    "palette PNG": ("PNG", "P", {}),
    "PNG with alpha": ("PNG", "RGBA", {}),
    "grey PNG with alpha": ("PNG", "LA", {}),
    "WebP": ("WEBP", "RGB", {"quality": 95}),
    "lossless WebP with alpha": ("WEBP", "RGBA", {"lossless": True}),
    "AVIF": ("AVIF", "RGB", {"quality": 95}),
    "GIF": ("GIF", "P", {}),
    "BMP": ("BMP", "RGB", {}),
    "palette BMP": ("BMP", "P", {}),
    "TIFF": ("TIFF", "RGB", {}),
    "CMYK TIFF": ("TIFF", "CMYK", {}),
    "TIFF with alpha": ("TIFF", "RGBA", {}),
    "LZW TIFF": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "deflated palette TIFF": ("TIFF", "P", {"compression": "tiff_adobe_deflate"}),
    "JPEG in TIFF": ("TIFF", "RGB", {"compression": "jpeg", "quality": 95}),
}
GREY_KINDS = {"L", "LA"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_colours_and_its_greys(kind):
    name, mode, options = KINDS[kind]
    original = encoded(corners(mode=mode), name, **options)
    wanted = [(grey,) * 3 for grey in LUMA] if mode in GREY_KINDS else CORNERS
    for made, expected in zip(seen(transform(original, COLOUR).body), wanted, strict=True):
        assert near(made, expected)
    for made, expected in zip(seen(transform(original, GREY).body), LUMA, strict=True):
        assert near(made, expected)


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_one_bit_images_become_black_and_white(kind):
    half = Image.new("1", (80, 80))
    half.paste(1, (0, 0, 40, 80))
    assert seen(transform(encoded(half, kind), GREY).body) == [255, 0, 255, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("value", "expected"), [(0, 0), (255, 1), (30_000, 117), (65_535, 255)])
def test_sixteen_bits_are_scaled_not_cut_off(kind, value, expected):
    original = encoded(Image.new("I;16", (90, 70), value), kind)
    assert set(seen(transform(original, GREY).body)) == {expected}


def test_big_endian_sixteen_bits():
    original = encoded(Image.new("I;16B", (90, 70), 30_000), "TIFF")
    assert set(seen(transform(original, GREY).body)) == {117}


# Which way is up

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera holds a picture that EXIF's orientation turns upright again."""


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_turns_the_image_upright(orientation, kind, fit):
    upright = corners(120, 80)
    turn = TURNS[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    made = transform(
        oriented(stored, orientation, kind), profile(width=90, height=60, fit=fit, mode="rgb", format="png")
    )
    assert opened(made.body).size == (90, 60)
    for found, expected in zip(seen(made.body), CORNERS, strict=True):
        assert near(found, expected, 25)


@pytest.mark.parametrize("orientation", [0, 9, 700])
def test_an_orientation_that_does_not_exist_changes_nothing(orientation):
    assert near(seen(transform(oriented(corners(), orientation), COLOUR).body)[0], RED)


def test_a_broken_exif_block_does_not_matter():
    original = encoded(corners(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff\x00\x09")
    assert near(seen(transform(original, COLOUR).body)[0], RED)


def test_metadata_do_not_reach_the_result():
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    original = encoded(corners(), "JPEG", exif=exif, comment=b"written by somebody", icc_profile=b"x" * 200)
    for name in FORMATS:
        body = transform(original, profile(format=name)).body
        assert b"somebody" not in body
        assert b"xxx" not in body


# Alpha


@pytest.mark.parametrize(("mode", "clear"), [("RGBA", (200, 0, 0, 0)), ("LA", (10, 0))])
def test_what_is_transparent_is_white(mode, clear):
    made = seen(transform(encoded(Image.new(mode, (70, 70), clear), "PNG"), COLOUR).body)
    assert made == [(255, 255, 255)] * 4


def test_half_transparent_red_is_pink():
    made = seen(transform(encoded(Image.new("RGBA", (70, 70), (255, 0, 0, 128)), "PNG"), COLOUR).body)
    assert near(made[0], (255, 127, 127), 2)


def test_hidden_colours_do_not_bleed_into_edges():
    """Black that is fully transparent beside white must not make a grey seam."""
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 255))
    image.paste((0, 0, 0, 0), (0, 0, 50, 100))
    grey = opened(transform(encoded(image, "PNG"), GREY).body)
    assert grey.getextrema() == (255, 255)


def test_transparency_by_palette_entry_and_by_colour():
    palette = corners().quantize(4)
    hidden = palette.getpixel((0, 0))
    assert seen(transform(encoded(palette, "PNG", transparency=hidden), COLOUR).body)[0] == (255, 255, 255)
    assert seen(transform(encoded(palette, "GIF", transparency=hidden), COLOUR).body)[0] == (255, 255, 255)
    assert seen(transform(encoded(corners(), "PNG", transparency=RED), COLOUR).body)[0] == (255, 255, 255)
    grey = corners(mode="L")
    assert seen(transform(encoded(grey, "PNG", transparency=grey.getpixel((0, 0))), GREY).body)[0] == 255


def test_transparency_by_a_sixteen_bit_value():
    row = struct.pack("<60H", *[1000] * 30, *[30_000] * 30)
    image = Image.frombytes("I;16", (60, 60), row * 60)
    made = seen(transform(encoded(image, "PNG", transparency=1000), GREY).body)
    assert made == [255, 117, 255, 117]


# Animations and files with several images: the first


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_the_first_frame_counts(kind):
    others = [Image.new("RGB", (80, 80), colour) for colour in ("blue", "black")]
    original = encoded(Image.new("RGB", (80, 80), (250, 10, 10)), kind, save_all=True, append_images=others)
    assert near(seen(transform(original, COLOUR).body)[0], (250, 10, 10))


def test_a_phones_jpeg_with_a_second_one_behind_it():
    original = encoded(corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 96))])
    assert near(seen(transform(original, COLOUR).body)[0], RED)


# Sizes


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (63, 65), (64, 64), (2000, 10)])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_shape_fits(kind, fit, size):
    made = transform(encoded(photo(*size), kind), profile(width=70, height=50, fit=fit, mode="rgb"))
    width, height = opened(made.body).size
    if fit == "contain":
        assert (width == 70 and 1 <= height <= 50) or (height == 50 and 1 <= width <= 70)
    else:
        assert (width, height) == (70, 50)


def test_cover_cuts_what_is_too_much_off_both_sides():
    image = Image.new("RGB", (300, 100), "black")
    image.paste((255, 255, 255), (100, 0, 200, 100))
    grey = opened(transform(encoded(image, "PNG"), profile(fit="cover", format="png")).body)
    # The outermost pixels see a little of what is next to them in the original.
    assert grey.crop((1, 0, 63, 64)).getextrema() == (255, 255)
    assert grey.getextrema()[0] > 240


def test_pad_lays_the_whole_image_on_white():
    made = opened(transform(encoded(Image.new("L", (200, 100)), "PNG"), profile(fit="pad", format="png")).body)
    assert [made.getpixel((32, y)) for y in (0, 15, 16, 47, 48, 63)] == [255, 255, 0, 0, 255, 255]


@pytest.mark.parametrize("size", [(4000, 3000), (1920, 1080), (640, 480), (520, 511)])
@pytest.mark.parametrize("fit", ["stretch", "cover"])
def test_a_scaled_decode_is_close_to_a_full_one(size, fit):
    """The same pixels as a JPEG, which is decoded at a fraction, and as a PNG, which is not."""
    original = photo(*size)
    want = profile(width=256, height=256, fit=fit, format="png")
    scaled = opened(transform(encoded(original, "JPEG", quality=95), want).body)
    full = opened(transform(encoded(original, "PNG", compress_level=1), want).body)
    difference = ImageStat.Stat(ImageChops.difference(scaled, full))
    assert difference.mean[0] < 1
    assert difference.extrema[0][1] <= 16


# What comes out


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_every_format_and_mode(name, mode):
    made = transform(encoded(corners(), "PNG"), profile(format=name, mode=mode))
    image = opened(made.body)
    assert image.format == name.upper()
    assert made.media_type == MEDIA_TYPES[name]
    if name != "webp":  # has no grey of its own
        assert image.mode == {"grey": "L", "rgb": "RGB"}[mode]


def test_quality_is_heard():
    original = encoded(photo(300, 300), "PNG")
    small, large = (len(transform(original, profile(quality=quality)).body) for quality in (20, 95))
    assert small < large


def test_the_same_in_the_same_out():
    original = encoded(photo(700, 500), "JPEG")
    assert transform(original, shipped()).body == transform(original, shipped()).body


# Conformance: whatever Pillow can write

MODES_OF_PILLOW = (
    "1",
    "L",
    "LA",
    "P",
    "PA",
    "RGB",
    "RGBA",
    "RGBX",
    "CMYK",
    "YCbCr",
    "LAB",
    "HSV",
    "I",
    "I;16",
    "I;16B",
    "F",
)


def _writable() -> list[tuple[str, str, bytes]]:
    Image.init()
    made = []
    for kind in sorted(Image.SAVE):
        for mode in MODES_OF_PILLOW:
            image = Image.new(mode, (40, 30))
            out = io.BytesIO()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # some formats are on their way out
                    image.save(out, kind)
            except (
                OSError,
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                RuntimeError,
                SystemError,
                NotImplementedError,
            ):
                continue  # not a mode of this format
            made.append((kind, mode, out.getvalue()))
    return made


WRITABLE = _writable()


def test_pillow_writes_many_kinds():
    assert len(WRITABLE) > 60
    assert len({kind for kind, _, _ in WRITABLE}) > 20


@pytest.mark.parametrize(("kind", "mode", "original"), WRITABLE, ids=[f"{kind}-{mode}" for kind, mode, _ in WRITABLE])
@pytest.mark.parametrize("want", [GREY, COLOUR], ids=["grey", "rgb"])
def test_every_odd_kind_is_an_image_or_a_named_error(kind, mode, original, want):
    result = outcome(original, want)
    if isinstance(result, ImageRefused):
        assert str(result).endswith(".")
    else:
        assert opened(result.body).size == (64, 64)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_samples_without_a_white_are_refused(mode):
    with pytest.raises(UnsupportedImage, match="which of them is white"):
        transform(encoded(Image.new(mode, (40, 30)), "TIFF"), GREY)


@pytest.mark.parametrize("colour", [0, 2, 3, 4, 6])
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_png_of_every_depth(bits, colour):
    legal = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
    original = png(50, 40, bits=bits, colour=colour)
    if bits in legal[colour]:
        expected = 255 if colour in {4, 6} else 0  # zeros are black, or fully transparent
        assert set(seen(transform(original, GREY).body)) == {expected}
    else:
        with pytest.raises(ImageRefused):
            transform(original, GREY)


@settings(max_examples=150)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    target=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    fit=st.sampled_from(FITS),
    mode=st.sampled_from(MODES),
    name=st.sampled_from(FORMATS),
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]),
    orientation=st.integers(1, 8),
)
def test_any_size_into_any_profile(size, target, fit, mode, name, kind, orientation):
    image = photo(*size)
    original = oriented(image, orientation, kind) if kind in {"JPEG", "PNG", "WEBP"} else encoded(image, kind)
    made = transform(original, profile(width=target[0], height=target[1], fit=fit, mode=mode, format=name))
    if name == "npy":
        assert made.body.startswith(b"\x93NUMPY")
    elif fit != "contain":
        assert opened(made.body).size == target


PINNED = ("3", "13.0.0", "9e1f33eb4f803a4f")
"""``images.transform.VERSION``, Pillow's version, and the digest of what they make."""


def test_other_bytes_are_another_version():
    """An entity tag says "not modified" by VERSION and Pillow's version alone, before anything is decoded."""
    grey = corners(mode="L")
    originals = [
        encoded(corners(), "PNG"),
        encoded(corners(120, 80, "RGBA"), "PNG"),
        encoded(grey.convert("I").point(lambda value: value * 257).convert("I;16"), "PNG"),
        encoded(photo(640, 480), "JPEG"),
        oriented(corners(120, 80), 6),
        encoded(photo(637, 483), "JPEG"),
        encoded(photo(640, 480), "WEBP"),
        encoded(photo(640, 480), "JPEG", icc_profile=colour_profiles.grey_profile(1.8)),
        encoded(
            photo(640, 480), "JPEG", icc_profile=colour_profiles.matrix_profile(colour_profiles.MATRICES["ProPhoto"])
        ),
    ]
    digest = hashlib.sha256()
    for fit in FITS:
        for mode in MODES:
            numbers = (0.5,) * (1 if mode == "grey" else 3)
            for change in ({"format": "npy"}, {"format": "npy", "mean": numbers, "std": numbers}, {"quality": 60}):
                want = profile(width=40, height=24, fit=fit, mode=mode, **change)
                for original in originals:
                    digest.update(transform(original, want).body)
    made = (VERSION, PIL.__version__, digest.hexdigest()[:16])
    assert made == PINNED, (
        "Other bytes come out: where functions/images changed, raise images.transform.VERSION, or caches keep the old "
        f"ones; where Pillow changed, its version is in the tag. Then pin {made!r} here."
    )
