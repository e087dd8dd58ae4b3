"""Polly's voices and languages, from ``voices.toml``, and the eSpeak NG voice that stands in for each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Voice:
    """One of Polly's voices (the ``Voice`` shape of DescribeVoices), and how eSpeak NG is to sound for it."""

    id: str
    name: str
    gender: str
    language: str
    also: tuple[str, ...]
    """Further languages the voice speaks natively (``AdditionalLanguageCodes``)."""
    engines: tuple[str, ...]
    variant: str
    """eSpeak NG voice variant: f1 to f5, m1 to m8."""
    pitch: int
    """eSpeak NG base pitch, 0 to 99."""
    lufs: float
    """How loud that is by itself, in a row of numbers."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language code of Polly, its English name there, and the eSpeak NG voice file that speaks it."""

    code: str
    name: str
    espeak: str


@cache
def _table() -> dict[str, Any]:
    with Path(__file__).with_name("voices.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def languages() -> Mapping[str, Language]:
    """Every language code Polly knows."""
    return {code: Language(code, row["name"], row["espeak"]) for code, row in _table()["languages"].items()}


@cache
def voices() -> Mapping[str, Voice]:
    """Every voice by its id, in alphabetical order."""
    return {identifier: _voice(identifier, row) for identifier, row in sorted(_table()["voices"].items())}


def _voice(identifier: str, row: Mapping[str, Any]) -> Voice:
    variant, pitch = row["sound"].split("/")
    return Voice(
        id=identifier,
        name=row.get("name", identifier),
        gender=row["gender"],
        language=row["language"],
        also=tuple(row.get("also", ())),
        engines=tuple(row["engines"]),
        variant=variant,
        pitch=int(pitch),
        lufs=row["lufs"],
    )
