"""The format for who asks: by Accept at our doors, and by one of three values behind CloudFront."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images import profiles
from images.encoding import choice
from images.model import FORMATS
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.gaps.cloudfront._javascript.program import evaluate

TEMPLATE = read_template(ROOT / "pipelines" / "images.yaml")
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_13 = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
CASES = [
    (None, "jpeg"),
    ("", "jpeg"),
    ("*/*", "jpeg"),
    ("image/*", "jpeg"),
    ("text/html", "jpeg"),
    (CHROME, "avif"),
    (SAFARI_13, "jpeg"),
    ("image/webp", "webp"),
    ("image/webp,*/*", "webp"),
    ("IMAGE/AVIF", "avif"),
    ("image/avif;q=0, image/webp", "webp"),
    ("image/avif;q=0.000,image/webp;q=0", "jpeg"),
    ("image/avif ; q=0.5", "avif"),
    ("image/avifs", "jpeg"),
    ("ximage/webp", "jpeg"),
]


LIKED = [
    ("image/avif;q=0.2,image/webp;q=0.9", "webp"),
    ("image/webp;q=0.3,image/jpeg", "jpeg"),
    ("image/jpeg,image/webp", "webp"),
    ("image/webp;q=2", "webp"),
    ("image/avif;q=0.1,image/*;q=0.9", "jpeg"),
    ("*/*;q=0.9,image/webp;q=0.5", "jpeg"),
    ("image/webp;q=0.5,image/jpeg;q=0.1,*/*", "webp"),
    ("image/webp;q=0.5,image/*;q=0.1,*/*", "webp"),
    ("image/avif,*/*", "avif"),
]


@pytest.mark.parametrize(("accept", "expected"), CASES + LIKED)
def test_the_smallest_that_is_named(accept, expected):
    assert choice.chosen(accept) == expected


@given(st.text(max_size=200) | st.from_regex(r"(image/(avif|webp|\\*)(;q=[0-9.]{0,4})?,? ?){0,9}"))
def test_any_accept_header(accept):
    assert choice.chosen(accept) in {"avif", "webp", "jpeg"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_that_is_named_stays(name):
    fixed = replace(profiles.shipped()["default"], format=name)
    assert choice.settled(fixed, CHROME) is fixed


def test_one_quality_means_the_same_in_every_format():
    web = profiles.shipped()["web"]
    assert {choice.settled(web, f"image/{name}").quality for name in ("jpeg", "webp")} == {80}
    assert choice.settled(web, "image/avif").quality == 56
    assert choice.settled(replace(web, quality=1), "image/avif").quality == 1


# Behind CloudFront


def at_the_edge(accept: str | None) -> str:
    code = TEMPLATE["Resources"]["DistributionAccept"]["Properties"]["FunctionCode"]
    headers: dict[str, Any] = {} if accept is None else {"accept": {"value": accept}}
    request = {"uri": "/a.jpg", "headers": headers}
    assert evaluate(code, {"request": request}) is request
    return str(request["headers"]["accept"]["value"])  # type: ignore[index]


@pytest.mark.parametrize(("accept", "expected"), CASES)
def test_cloudfront_keeps_three_variants_at_most(accept, expected):
    """Else anybody could order a variant per spelling of Accept."""
    told = at_the_edge(accept)
    assert told in {"image/avif", "image/webp", "image/jpeg"}
    assert told == f"image/{expected}"
    assert choice.chosen(told) == told.removeprefix("image/")
