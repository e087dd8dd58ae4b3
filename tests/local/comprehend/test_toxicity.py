"""The stand-in's toxicity on labelled comments (``comments/LABELS.md``), beside plain VADER."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from local.services.comprehend.toxicity import judge, unkindness

FOLDER = Path(__file__).with_name("comments")
LABELS = {
    "insult": "INSULT",
    "profanity": "PROFANITY",
    "threat": "VIOLENCE_OR_THREAT",
    "hate": "HATE_SPEECH",
    "harassment": "HARASSMENT_OR_ABUSE",
    "sexual": "SEXUAL",
    "graphic": "GRAPHIC",
}
CLEAN = {"polite", "everyday", "angry", "reporting", "medical", "quoting", "idiom"}


@cache
def comments(name: str) -> tuple[tuple[str, str], ...]:
    """Kind and text of each."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple((row["kind"], row["text"]) for row in map(json.loads, lines))


def area(name: str, score: Callable[[str], float], *clean: str) -> float:
    """The chance that a toxic comment has a higher score than one that is not (AUC); ``clean``: of these kinds only."""
    toxic = [score(text) for kind, text in comments(name) if kind in LABELS]
    others = [score(text) for kind, text in comments(name) if kind in (clean or CLEAN)]
    won = sum((one > other) + 0.5 * (one == other) for one in toxic for other in others)
    return won / len(toxic) / len(others)


def toxicity(text: str) -> float:
    return judge(text).toxicity


def test_comments_are_of_known_kinds_and_none_stands_twice():
    everything = [*comments("known"), *comments("held_out")]
    assert {kind for kind, _ in everything} == LABELS.keys() | CLEAN
    assert len({text.casefold() for _, text in everything}) == len(everything) >= 290


@pytest.mark.parametrize(("name", "least"), [("known", 0.95), ("held_out", 0.78)])
def test_it_is_no_worse_than_plain_vader(name, least):
    found = area(name, toxicity)
    assert found >= area(name, unkindness)
    assert found >= least


@pytest.mark.parametrize("name", ["known", "held_out"])
def test_nor_beside_comments_as_most_are(name):
    """Where VADER is at its best: without anger, crimes and quotations on the other side."""
    assert area(name, toxicity, "polite", "everyday") > area(name, unkindness, "polite", "everyday")


@pytest.mark.parametrize(("name", "found", "wrong"), [("known", 0.9, 0.06), ("held_out", 0.6, 0.1)])
def test_the_threshold_of_half_divides_them(name, found, wrong):
    over = {kind: [] for kind in LABELS.keys() | CLEAN}
    for kind, text in comments(name):
        over[kind].append(toxicity(text) >= 0.5)
    toxic = [hit for kind in LABELS for hit in over[kind]]
    clean = [hit for kind in CLEAN for hit in over[kind]]
    assert sum(toxic) / len(toxic) >= found
    assert sum(clean) / len(clean) <= wrong


def test_labels_are_those_of_the_kind():
    right = [judge(text).labels[LABELS[kind]] >= 0.5 for kind, text in comments("known") if kind in LABELS]
    assert sum(right) / len(right) >= 0.8
