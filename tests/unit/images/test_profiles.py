from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images import profiles
from images.errors import InvalidConfiguration, InvalidParameter, UnknownProfile
from images.model import Profile


def test_the_default_profile_is_what_the_design_says():
    found = profiles.choose(None, {})
    assert found == Profile("default", 256, 256, "stretch", "grey", "jpeg", 95)
    assert profiles.choose("default", {}) == found


def test_the_tensor_profile_is_what_torchvision_expects():
    found = profiles.choose("tensor", {})
    assert (found.format, found.layout, found.mode, found.width, found.height) == ("npy", "chw", "rgb", 224, 224)
    assert math.isclose(sum(found.mean), 1.347)
    assert math.isclose(sum(found.std), 0.678)


def test_every_override_changes_its_member():
    every = {"w": "20", "h": "2048", "fit": "pad", "mode": "rgb", "format": "webp", "q": "7"}
    found = profiles.choose("free", every)
    assert dataclasses.astuple(found)[1:7] == (20, 2048, "pad", "rgb", "webp", 7)


@pytest.mark.parametrize(
    ("name", "overrides", "error", "sentence"),
    [
        ("nonsense", {}, UnknownProfile, "use one of default, thumbnail"),
        ("", {}, UnknownProfile, "no profile ''"),
        ("x" * 500, {}, UnknownProfile, "'xxxx"),
        (None, {"w": "10"}, InvalidParameter, "does not leave w open; open here: none"),
        ("thumbnail", {"mode": "grey"}, InvalidParameter, "open here: fit, focus, format, h, q, w"),
        ("free", {"width": "10"}, InvalidParameter, "no parameter 'width': use profile, w, h"),
        ("free", {"X-Amz-Signature": "1"}, InvalidParameter, "no parameter"),
        ("free", {"w": "0"}, InvalidParameter, "from 1 to 2048"),
        ("free", {"w": "2049"}, InvalidParameter, "from 1 to 2048"),
        ("free", {"h": "-1"}, InvalidParameter, "from 1 to 2048"),
        ("free", {"h": "1e2"}, InvalidParameter, "from 1 to 2048"),
        ("free", {"h": ""}, InvalidParameter, "from 1 to 2048"),
        ("free", {"h": "\u0663"}, InvalidParameter, "from 1 to 2048"),
        ("free", {"h": "9" * 5000}, InvalidParameter, "from 1 to 2048"),
        ("free", {"q": "101"}, InvalidParameter, "from 1 to 100"),
        ("free", {"q": "50", "format": "png"}, InvalidParameter, "leave it out for png"),
        ("free", {"fit": "crop"}, InvalidParameter, "stretch, cover, contain, pad"),
        ("free", {"mode": "gray"}, InvalidParameter, "grey, rgb"),
        ("free", {"format": "gif"}, InvalidParameter, "jpeg, png, webp, avif, npy, auto"),
        ("free", {"focus": "attention"}, InvalidParameter, "leave it out for stretch"),
        ("thumbnail", {"focus": "attention", "fit": "pad"}, InvalidParameter, "leave it out for pad"),
        ("thumbnail", {"focus": "face"}, InvalidParameter, "use centre, attention, or a point"),
        ("thumbnail", {"focus": "1.1,0"}, InvalidParameter, "such as 0.3,0.7"),
        ("thumbnail", {"focus": "0.5"}, InvalidParameter, "such as 0.3,0.7"),
        ("thumbnail", {"focus": "\u0661,0"}, InvalidParameter, "such as 0.3,0.7"),
        ("free", {"v": "1"}, InvalidParameter, "no parameter 'v'"),
    ],
)
def test_what_is_refused_says_what_to_change(name, overrides, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        profiles.choose(name, overrides)
    assert len(str(caught.value)) < 250


@given(
    st.none() | st.sampled_from(["default", "free", "thumbnail", "tensor"]) | st.text(max_size=30),
    st.dictionaries(
        st.sampled_from(["w", "h", "fit", "mode", "format", "q"]) | st.text(max_size=8), st.text(max_size=8)
    ),
)
def test_any_query_is_a_profile_or_a_named_error(name, overrides):
    refusal = None
    try:
        found = profiles.choose(name, overrides)
    except (UnknownProfile, InvalidParameter) as error:
        refusal = str(error)
    if refusal is not None:
        assert refusal.isascii()  # it may travel in a header
        assert refusal.isprintable()
    else:
        assert 1 <= found.width <= 2048
        assert 1 <= found.height <= 2048


GOOD = {"width": 10, "height": 10}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"height": 1}, "needs width and height"),
        ({**GOOD, "widht": 3}, "a member widht"),
        ({**GOOD, "width": 0}, "width"),
        ({**GOOD, "width": 4096}, "width"),
        ({**GOOD, "height": "10"}, "height"),
        ({**GOOD, "height": True}, "height"),
        ({**GOOD, "fit": "squash"}, "fit"),
        ({**GOOD, "mode": "cmyk"}, "mode"),
        ({**GOOD, "format": "gif"}, "format"),
        ({**GOOD, "quality": 0}, "quality"),
        ({**GOOD, "cache_seconds": -1}, "cache_seconds"),
        ({**GOOD, "overrides": ["width"]}, "overrides"),
        ({**GOOD, "mean": [0.5], "std": [0.5]}, "mean"),
        ({**GOOD, "format": "npy", "mean": [0.5, 0.5, 0.5], "std": [1.0, 1.0, 1.0]}, "mean"),
        ({**GOOD, "format": "npy", "mean": [0.5]}, "std"),
        ({**GOOD, "format": "npy", "mean": [0.5], "std": [0.0]}, "std"),
        ({**GOOD, "format": "npy", "mean": [0.5], "std": [1.0], "overrides": ["mode"]}, "overrides"),
        ({**GOOD, "layout": "chw"}, "layout"),
        ({**GOOD, "enlarge": 1}, "enlarge"),
        ({**GOOD, "fit": "cover", "focus": "left"}, "focus"),
        ({**GOOD, "fit": "cover", "focus": [0.5, 0.5]}, "focus"),
        ({**GOOD, "focus": "attention"}, "focus"),
        ({**GOOD, "ignores": ["w"]}, "ignores"),
        ({**GOOD, "ignores": ["s"]}, "ignores"),
        ({**GOOD, "ignores": ["profile"]}, "ignores"),
        ({**GOOD, "format": "npy", "layout": "nchw"}, "layout"),
    ],
)
def test_a_profile_that_cannot_work_is_found_at_once(table, sentence):
    with pytest.raises(InvalidConfiguration, match=sentence):
        profiles.parse({"default": GOOD, "wrong": table})


def test_a_parameter_that_goes_round_caches_means_nothing():
    assert profiles.choose("thumbnail", {"v": "20261129", "w": "9"}) == profiles.choose("thumbnail", {"w": "9"})


def test_a_file_without_the_default_profile():
    with pytest.raises(InvalidConfiguration, match="no profile default"):
        profiles.parse({"other": GOOD})
