"""docs/images.md says what the code does: names of errors and their statuses, profiles, parameters, numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from images import errors, profiles
from images.decoding import memory_limits
from images.doors import access_point, function_url, serving, signatures
from images.doors.responses import PART_BYTES
from images.originals import limits
from local.cloud.testing import ROOT

TEXT = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| (`.*?) \| *(\d*) *\| *(\d*) *\|", TEXT, re.MULTILINE)
ROWS = {name: (at_url, at_point) for names, at_url, at_point in TABLE for name in re.findall(r"`(\w+)`", names)}
ABSTRACT = {"RequestRefused", "ImageRefused"}
NAMES = {
    name
    for name, found in vars(errors).items()
    if isinstance(found, type) and found.__module__ == "images.errors" and name not in ABSTRACT
}
STATUSES = {200, 206, 304, 400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503}


def test_every_error_has_its_row():
    assert set(ROWS) == NAMES | {"InternalError"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_statuses_of_an_error(name):
    kind = getattr(errors, name)
    error = kind("x.", 1) if issubclass(kind, errors.InvalidRange) else kind("x.")
    at_url, at_point = ROWS[name]
    failure = access_point.failure_of(error)
    assert at_url in {"", str(serving.status_of(error))}
    assert at_point in {"", str(failure.status)}
    assert at_url or at_point
    assert failure.status in STATUSES
    assert re.fullmatch("[A-Z][a-zA-Z]+", failure.code)


def test_every_profile_has_its_row():
    assert set(re.findall(r"^\| `([a-z]\w*)` \| [^|]*\|$", TEXT, re.MULTILINE)) == set(profiles.shipped())


def test_numbers():
    for number, words in {
        memory_limits.MEMORY_BYTES: "decoding 400 MB",
        memory_limits.SCALED_JPEG_PIXELS: "256 megapixels",
        limits.MOST_BYTES: "at most 50 MB",
        function_url.MOST_BYTES: "At most 4 MB",
        PART_BYTES: "a part has 5 MiB",
        profiles.MOST_PIXELS_A_SIDE: "go to 2048",
    }.items():
        assert words in TEXT
        figure = int(re.findall(r"\d+", words)[0])
        assert number in {figure, figure * 10**6, figure * 2**20}


def test_the_signer_of_the_page_signs_as_the_door_does():
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "def signed(" in block)
    page: dict[str, Any] = {}
    exec(code, page)  # noqa: S102 - our own page
    parameters = {"profile": "free", "w": "40", "fit": "pad"}
    path, _, query = page["signed"]("secret", "photos/ü b.jpg", parameters).partition("?")
    assert path == "/photos/%C3%BC%20b.jpg"
    assert query == signatures.query_of({**parameters, "s": signatures.sign(b"secret", "photos/ü b.jpg", parameters)})
