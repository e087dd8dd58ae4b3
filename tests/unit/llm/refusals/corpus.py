"""The labelled completions of ``completions/`` (a file per style), ``classes/`` (a file per class), held out."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from operate.calibrate.pairs import OTHER_LANGUAGES, Labelled, read, read_own
from operate.calibrate.rows import Row, kept, rows_of

FOLDER = Path(__file__).with_name("completions")
CLASSES = Path(__file__).with_name("classes")
HELD_OUT = Path(__file__).with_name("held_out.jsonl")
PREMISES_HELD_OUT = Path(__file__).with_name("premise_held_out.jsonl")
REFUSALS = {
    "deflecting",
    "explained_refusals",
    "late_and_odd_refusals",
    "manners_of_refusing",
    "missing_knowledge",
    "moralising",
    "plain_refusals",
}
INNOCENT = {
    "borderline_compliance",
    "disclaimed_help",
    "law_and_safety",
    "manners_of_answering",
    "plain_help",
    "sympathy_and_idiom",
    "written_for_the_user",
}
"""Answers that look like refusals here and there, and answers that look like answers."""
SEVEN = {"asked_for", "caveated", "definitions", "no_knowledge", "policy", "premise", "scope", "yes_no"}
"""The seven classes, of which knowledge that is missing and what is out of scope are two files."""


def paths() -> list[Path]:
    """The files by style."""
    return [path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem != OTHER_LANGUAGES]


def pairs() -> list[Labelled]:
    return [pair for path in paths() for pair in read(path)]


def classes() -> list[Labelled]:
    return [pair for path in sorted(CLASSES.glob("*.jsonl")) for pair in read(path)]


def foreign() -> list[dict[str, Any]]:
    lines = (FOLDER / f"{OTHER_LANGUAGES}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@cache
def rows() -> tuple[Row, ...]:
    """What the shipped head is fitted on: the project's own lines, and the kept rows of real completions."""
    return (*rows_of(read_own()), *kept()[1])
