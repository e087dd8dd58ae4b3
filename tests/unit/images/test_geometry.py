from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from images.model import FITS
from images.transform.geometry import decode_size, place
from tests.unit.images.builders import profile

SIDES = st.integers(1, 70_000)


def test_stretch_takes_everything():
    made = place((400, 100), profile(width=30, height=20), turned=False)
    assert (made.size, made.box, made.canvas) == ((30, 20), (0, 0, 400, 100), (30, 20))


def test_cover_takes_the_middle():
    assert place((400, 100), profile(fit="cover"), turned=False).box == (150, 0, 250, 100)
    assert place((100, 400), profile(fit="cover"), turned=False).box == (0, 150, 100, 250)


def test_contain_keeps_the_ratio_and_pad_the_canvas():
    assert place((400, 100), profile(fit="contain"), turned=False).canvas == (64, 16)
    made = place((400, 100), profile(fit="pad"), turned=False)
    assert (made.size, made.canvas, made.offset) == ((64, 16), (64, 64), (0, 24))


def test_small_originals_are_enlarged():
    assert place((4, 2), profile(fit="contain"), turned=False).size == (64, 32)


def test_a_turned_original_is_placed_on_its_side():
    assert place((100, 400), profile(width=80, height=20), turned=True).size == (20, 80)


def test_a_decode_is_twice_the_size_wanted():
    wide = place((4000, 3000), profile(width=256, height=256), turned=False)
    assert decode_size((4000, 3000), wide) == (512, 512)
    cut = place((4000, 3000), profile(width=256, height=256, fit="cover"), turned=False)
    assert decode_size((4000, 3000), cut) == (683, 512)


@given(SIDES, SIDES, st.integers(1, 2048), st.integers(1, 2048), st.sampled_from(FITS), st.booleans())
def test_every_placement_lies_inside(width, height, wanted_width, wanted_height, fit, turned):
    made = place((width, height), profile(width=wanted_width, height=wanted_height, fit=fit), turned=turned)
    left, top, right, bottom = made.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert 1 <= made.size[0] <= made.canvas[0]
    assert 1 <= made.size[1] <= made.canvas[1]
    canvas = made.canvas[::-1] if turned else made.canvas
    assert canvas == (wanted_width, wanted_height) or fit == "contain"
    for side, whole in zip(decode_size((width, height), made), (width, height), strict=True):
        assert 1 <= side <= whole
