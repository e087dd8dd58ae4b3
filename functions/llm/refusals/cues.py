"""The cues of ``cues.toml``: forms of words, the words that set off a search for them, and single words by kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

LATE: Final = frozenset({"inability", "unwilling", "unwilling_bare", "policy", "blocked", "discourage"})
"""Families that count after the opening too."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One form of words, sought in a sentence. ``start``: only where the completion begins. ``words``: without one of
    them in the sentence no search; ``also``: nor without one of these, if there are any."""

    name: str
    family: str
    pattern: str
    words: frozenset[str]
    also: frozenset[str]
    start: bool = False

    def search(self, text: str, begin: int = 0) -> re.Match[str] | None:
        compiled = _compiled(self.pattern)
        return compiled.match(text, begin) if self.start else compiled.search(text, begin)

    def in_sentence(self, text: str, words: frozenset[str]) -> bool:
        """Whether a sentence, or for ``start`` a completion, has the cue and the words that set off the search."""
        wanted = not self.words or not self.words.isdisjoint(words)
        return wanted and (not self.also or not self.also.isdisjoint(words)) and self.search(text) is not None


@dataclass(frozen=True, slots=True)
class Triggers:
    """Cues in their order, and by each word that sets one off the places of those it may be."""

    cues: Sequence[Cue]
    words: frozenset[str]
    by_word: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Index:
    """All cues; those of the late families, and the words without which these aren't worth a look; starting ones."""

    all: Triggers
    late: Triggers
    late_words: frozenset[str]
    starting: tuple[Cue, ...]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a text first has its words: a cold start pays for the patterns that it needs."""
    return re.compile(pattern)


@cache
def tables() -> Mapping[str, Any]:
    """``cues.toml``, examples and all."""
    import tomllib  # late: importing a handler need not pay for it

    return tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))


@cache
def cues() -> tuple[Cue, ...]:
    """Every cue, in the file's order. Raises KeyError for what a cue lacks."""
    parts: Mapping[str, str] = tables()["parts"]
    groups = {name: frozenset(words.split()) for name, words in tables()["groups"].items()}
    return tuple(
        Cue(
            cue["name"],
            cue["family"],
            _whole(cue["pattern"], parts),
            frozenset(cue["words"]),
            groups[cue["also"]] if "also" in cue else frozenset(),
            cue.get("start", False),
        )
        for cue in tables()["cue"]
    )


@cache
def index() -> Index:
    """Limits of ability come first: they stand for refusals in the same words, which say more."""
    order = sorted(cues(), key=lambda cue: cue.family != "limits")
    late = _triggers([cue for cue in order if cue.family in LATE])
    # A word that half of all sentences have does not say that a late refusal is worth looking for.
    common = frozenset(tables()["groups"]["common"].split())
    return Index(_triggers(order), late, late.words - common, tuple(cue for cue in order if cue.start))


@cache
def lexicon() -> Mapping[str, frozenset[str]]:
    """Single words by kind: verdicts on conduct, virtues, crimes, people who help."""
    return {name: frozenset(words.split()) for name, words in tables()["lexicon"].items()}


def _triggers(order: Sequence[Cue]) -> Triggers:
    places: dict[str, set[int]] = {}
    for number, cue in enumerate(order):
        for word in cue.words:
            places.setdefault(word, set()).add(number)
    return Triggers(order, frozenset(places), {word: frozenset(found) for word, found in places.items()})


def _whole(pattern: str, parts: Mapping[str, str]) -> str:
    for name, part in parts.items():
        pattern = pattern.replace("{" + name + "}", part)
    return pattern
