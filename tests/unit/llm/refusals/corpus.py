"""The labelled completions of ``completions/``, one file a style, and those that were held out of every fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from operate.calibrate import Labelled, read

FOLDER = Path(__file__).with_name("completions")
HELD_OUT = Path(__file__).with_name("held_out.jsonl")
OTHER_LANGUAGES = "other_languages"
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


def paths() -> list[Path]:
    """The files that heads are fitted on."""
    return [path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem != OTHER_LANGUAGES]


def pairs() -> list[Labelled]:
    return [pair for path in paths() for pair in read(path)]


def foreign() -> list[dict[str, Any]]:
    lines = (FOLDER / f"{OTHER_LANGUAGES}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
