"""Settings of the head: what a file may hold, and what its errors say."""

from __future__ import annotations

import json

import pytest

from llm.errors import InvalidRefusalSettings
from llm.refusals import head as heads

GOOD = {
    "schema": 2,
    "refusals": {"bias": -1.0, "weights": {"inability": 2.0}},
    "gaps": {"bias": -2.0, "weights": {"no_info": 3.0}},
    "extra": {"fuzzy": 1.0},
    "unsure": [0.1, 0.9],
    "cut": 0.55,
    "doubt": [0.3, 0.7],
}


def test_a_file_is_read_as_it_was_written():
    head = heads.parse(GOOD)
    assert heads.parse(json.loads(heads.dump(head))) == head
    assert head.refusals.odds({"inability": 1.0, "unknown": 5.0}) == pytest.approx(1.0)


def never() -> dict[str, float]:
    raise AssertionError("not in need")


def test_the_higher_side_counts():
    head = heads.parse({**GOOD, "unsure": [0.0, 0.0]})
    assert head.chance({"inability": 1.0}, never) == (pytest.approx(heads.score(1.0)), "")
    assert head.chance({"no_info": 1.0}, never) == (pytest.approx(heads.score(1.0)), "gap")
    both = {"inability": 1.0, "no_info": 0.5}
    assert head.chance(both, never) == (pytest.approx(heads.score(1.0)), "")


def test_the_second_side_is_asked_only_where_something_is_missing():
    head = heads.parse({**GOOD, "unsure": [0.0, 0.0], "gaps": {"bias": 5.0, "weights": {}}})
    assert head.chance({"length": 1.0}, never)[1] == ""
    assert head.chance({"scope": 1.0}, never)[1] == "gap"


def test_phrases_are_asked_for_in_need():
    head = heads.parse(GOOD)
    assert head.chance({}, lambda: {"fuzzy": 2.0}) == (pytest.approx(heads.score(1.0)), "phrase")
    assert head.chance({"inability": 5.0}, never)[1] == ""


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.1, ("answered", False)),
        (0.3, ("answered", True)),
        (0.549, ("answered", True)),
        (0.55, ("refused", True)),
        (0.7, ("refused", True)),
        (0.71, ("refused", False)),
    ],
)
def test_doubt_lies_about_the_cut(chance, said):
    found = heads.parse(GOOD).said(chance)
    assert (found.outcome, found.doubt) == said
    assert found.score == chance


def test_a_file_of_the_schema_before_says_what_to_do():
    with pytest.raises(InvalidRefusalSettings, match="make calibrate"):
        heads.parse({"schema": 1, "bias": 0.0, "weights": {}})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema": 3}, "schema"),
        ({"refusals": {"bias": "-1", "weights": {}}}, "bias"),
        ({"refusals": {"bias": True, "weights": {}}}, "bias"),
        ({"gaps": {"bias": float("nan"), "weights": {}}}, "bias"),
        ({"refusals": {"bias": 1.0, "weights": {"inability": None}}}, "inability"),
        ({"refusals": {"bias": 1.0, "weights": []}}, "weights"),
        ({"gaps": []}, "gaps"),
        ({"gaps": {"bias": 1.0}}, "gaps"),
        ({"extra": None}, "extra"),
        ({"unsure": [0.1]}, "unsure"),
        ({"unsure": "low"}, "unsure"),
        ({"doubt": [0.3]}, "doubt"),
        ({"cut": 0.2}, "cut"),
        ({"doubt": [0.0, 0.7]}, "cut"),
        ({"cut": None}, "cut"),
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
