"""JSON of which no two readers take two things."""

from __future__ import annotations

import pytest

from common import strict_json


def test_what_json_says_is_read():
    assert strict_json.read('{"a": [1, 2.5, null, {"b": "ä"}], "c": {"b": true}}') == {
        "a": [1, 2.5, None, {"b": "ä"}],
        "c": {"b": True},
    }


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"a": 1, "c": 2, "a": 3}}]', '{"a": 1, "\\u0061": 2}'])
def test_a_member_that_stands_there_twice_is_refused_at_any_depth(text):
    with pytest.raises(strict_json.Twice):
        strict_json.read(text)


@pytest.mark.parametrize("text", ["NaN", '{"a": Infinity}', "[-Infinity]", "{", ""])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own
        strict_json.read(text)
