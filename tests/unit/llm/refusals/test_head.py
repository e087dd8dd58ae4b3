"""Settings of the head: what a file may hold, and what its errors say."""

from __future__ import annotations

import json

import pytest

from llm.errors import InvalidRefusalSettings
from llm.refusals import head as heads

GOOD = {
    "schema": 1,
    "bias": -1.0,
    "weights": {"inability": 2.0},
    "extra": {"fuzzy": 1.0},
    "unsure": [0.1, 0.9],
    "answered_below": 0.4,
    "refused_from": 0.6,
}


def test_a_file_is_read_as_it_was_written():
    head = heads.parse(GOOD)
    assert heads.parse(json.loads(heads.dump(head))) == head
    assert head.odds({"inability": 1.0, "unknown": 5.0}) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema": 2}, "schema"),
        ({"bias": "-1"}, "bias"),
        ({"bias": True}, "bias"),
        ({"bias": float("nan")}, "bias"),
        ({"weights": {"inability": None}}, "inability"),
        ({"weights": []}, "weights"),
        ({"extra": None}, "extra"),
        ({"unsure": [0.1]}, "unsure"),
        ({"unsure": "low"}, "unsure"),
        ({"answered_below": 0.7}, "answered_below"),
        ({"refused_from": 1.0}, "refused_from"),
    ],
)
def test_what_is_wrong_is_named(change, named):
    with pytest.raises(InvalidRefusalSettings, match=named):
        heads.parse({**GOOD, **change})


@pytest.mark.parametrize("name", [name for name in GOOD if name != "schema"])
def test_what_is_missing_is_named(name):
    with pytest.raises(InvalidRefusalSettings, match=name):
        heads.parse({key: value for key, value in GOOD.items() if key != name})


def test_no_json_at_all(tmp_path):
    path = tmp_path / "weights.json"
    path.write_text("{")
    with pytest.raises(InvalidRefusalSettings, match="line 1"):
        heads.load(path)


@pytest.mark.parametrize("odds", [-1e9, -800.0, 0.0, 800.0, 1e9])
def test_scores_stay_within_0_and_1(odds):
    assert 0.0 <= heads.score(odds) <= 1.0
