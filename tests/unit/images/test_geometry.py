from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from images.model import FITS
from images.transform.geometry import decode_size, place, stored
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


SHARES = st.floats(0, 1)


@given(st.tuples(SIDES, SIDES), st.tuples(SHARES, SHARES))
def test_what_is_kept_is_as_near_to_the_focus_as_it_can_be(source, focus):
    made = place(source, profile(fit="cover", width=30, height=20), turned=False, focus=focus)
    for first, last, length, share in zip(made.box[:2], made.box[2:], source, focus, strict=True):
        assert -1e-6 <= first <= last <= length * (1 + 1e-9)
        at_an_end = first <= 1e-6 or last >= length * (1 - 1e-9)
        assert at_an_end or abs((first + last) / 2 - share * length) < 1e-3 * length + 1e-6


def test_a_corner_as_focus():
    assert place((400, 100), profile(fit="cover"), turned=False, focus=(0, 0)).box == (0, 0, 100, 100)
    assert place((400, 100), profile(fit="cover"), turned=False, focus=(1, 0.5)).box == (300, 0, 400, 100)


def test_the_focus_is_a_point_of_the_upright_picture():
    """Orientation 6: the stored picture is turned clockwise, so its left edge stands at the top."""
    assert stored((0.1, 0.2), 1) == (0.1, 0.2)
    assert stored((0.1, 0.2), 6) == (0.2, 0.9)
    assert stored((0.1, 0.2), 3) == (0.9, 0.8)


@given(st.tuples(SIDES, SIDES), st.sampled_from(FITS), st.booleans())
def test_nothing_is_enlarged_where_the_profile_says_so(source, fit, turned):
    made = place(source, profile(fit=fit, width=50, height=20, enlarge=False), turned=turned)
    kept = made.box[2] - made.box[0], made.box[3] - made.box[1]
    assert all(1 <= side <= max(1.0, round(whole)) for side, whole in zip(made.size, kept, strict=True))
    want = (20, 50) if turned else (50, 20)
    assert (
        made.canvas == want if fit == "pad" else all(side <= most for side, most in zip(made.canvas, want, strict=True))
    )


def test_small_originals_stay_small():
    kept = {fit: place((40, 10), profile(fit=fit, enlarge=False), turned=False).canvas for fit in FITS}
    assert kept == {"stretch": (40, 10), "cover": (40, 10), "contain": (40, 10), "pad": (64, 64)}


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
