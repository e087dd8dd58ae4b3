"""Which part of a picture stays: a point, or what is looked at; alpha and AVIF; nothing enlarged."""

from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from images.transform.image import transform
from tests.unit.images.builders import BLUE, GREEN, RED, YELLOW, corners, encoded, near, opened, oriented, profile, seen

SKY = (120, 160, 210)


def strip(box: tuple[int, int, int, int], size: tuple[int, int] = (600, 100)) -> Image.Image:
    """Plain sky with something in it at ``box``."""
    image = Image.new("RGB", size, SKY)
    noise = Image.effect_noise((box[2] - box[0], box[3] - box[1]), 120)
    image.paste(Image.merge("RGB", [noise] * 3), box[:2])
    return image


def spread(body: bytes) -> float:
    from PIL import ImageStat

    return ImageStat.Stat(opened(body).convert("L")).stddev[0]


COVER = {"fit": "cover", "mode": "rgb", "format": "png", "width": 50, "height": 50}


@pytest.mark.parametrize("place", [0, 130, 480])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_attention_keeps_what_has_edges(place, kind):
    original = encoded(strip((place, 10, place + 90, 90)), kind)
    assert spread(transform(original, profile(**COVER, focus="attention")).body) > 25
    assert spread(transform(original, profile(**COVER)).body) < 15, "the middle is sky"


def test_attention_looks_down_as_well():
    original = encoded(strip((10, 480, 90, 590), (100, 600)), "PNG")
    assert spread(transform(original, profile(**COVER, focus="attention")).body) > 25


def test_where_nothing_is_looked_at_the_middle_stays():
    picture = Image.new("RGB", (300, 100), SKY)
    alike = profile(**COVER, focus="attention")
    original = encoded(picture, "PNG")
    assert transform(original, alike).body == transform(original, profile(**COVER)).body


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "LA", "RGBA", "1", "CMYK"])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 2), (400, 3)])
def test_attention_in_every_mode_and_size(mode, size):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    original = encoded(Image.new("L", size, 90).convert("I").convert(mode) if mode == "I;16" else
                       Image.new("RGB", size, SKY).convert(mode), kind)  # fmt: skip
    assert opened(transform(original, profile(**COVER, focus="attention")).body).size == (50, 50)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("focus", ["0,0", "1,0", "0,1", "1,1", "0.3,0.7"])
@pytest.mark.parametrize("size", [(60, 15), (15, 60)])
def test_a_focal_point_is_of_the_upright_picture(orientation, focus, size):
    turned = oriented(corners(96, 96), orientation)
    upright = encoded(ImageOps.exif_transpose(opened(turned)), "PNG")
    wish = profile(**{**COVER, "width": size[0], "height": size[1]}, focus=focus)
    found, expected = (seen(transform(original, wish).body) for original in (turned, upright))
    assert all(map(near, found, expected))


def test_the_corner_that_is_named_stays():
    original = encoded(corners(96, 96), "PNG")
    wide, tall = {**COVER, "width": 60, "height": 15}, {**COVER, "width": 15, "height": 60}
    for focus, expected in {"0,0": (RED, GREEN), "0,1": (BLUE, YELLOW)}.items():
        found = seen(transform(original, profile(**wide, focus=focus)).body)
        assert near(found[0], expected[0])
        assert near(found[-1], expected[1])
    for focus, expected in {"0,0": (RED, BLUE), "1,0": (GREEN, YELLOW)}.items():
        found = seen(transform(original, profile(**tall, focus=focus)).body)
        assert near(found[0], expected[0])
        assert near(found[-1], expected[1])


# Formats


@pytest.mark.parametrize("name", ["png", "webp", "avif"])
def test_alpha_stays_where_the_format_has_it(name):
    clear = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    clear.paste((*RED, 255), (0, 0, 40, 80))
    kept = opened(transform(encoded(clear, "PNG"), profile(format=name, mode="rgb", alpha="keep")).body).convert("RGBA")
    alpha = kept.getchannel("A")
    assert alpha.getpixel((8, 32)) > 250  # type: ignore[operator]
    assert alpha.getpixel((56, 32)) < 5  # type: ignore[operator]
    flat = opened(transform(encoded(clear, "PNG"), profile(format=name, mode="rgb")).body).convert("RGB")
    assert near(flat.getpixel((56, 32)), (255, 255, 255))


def test_avif_is_an_image_of_its_quality():
    from tests.unit.images.builders import photo

    original = encoded(photo(600, 400), "JPEG")
    small, large = (
        transform(original, profile(format="avif", mode="rgb", width=300, height=200, quality=quality)).body
        for quality in (30, 95)
    )
    assert (opened(small).format, opened(small).size) == ("AVIF", (300, 200))
    assert len(small) < len(large)
    assert transform(original, profile(format="avif", width=300, height=200)).media_type == "image/avif"


@pytest.mark.parametrize("fit", ["stretch", "cover", "contain"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_nothing_is_enlarged_by_option(fit, orientation):
    original = oriented(corners(40, 20), orientation)
    upright = opened(
        transform(original, profile(fit="contain", mode="rgb", format="png", width=2048, height=2048)).body
    )
    found = opened(transform(original, profile(fit=fit, format="png", width=500, height=500, enlarge=False)).body).size
    assert found == ((40, 20) if upright.width > upright.height else (20, 40))
