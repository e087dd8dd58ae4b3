"""The cues of ``cues.toml``: forms of words, the words that set off a search for them, and single words by kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

LATE: Final = frozenset({"inability", "unwilling", "unwilling_bare", "policy", "blocked", "discourage"})
"""Families that count after the opening too."""


@dataclass(frozen=True)
class Cue:
    """One form of words, sought in a sentence. ``start``: only where the completion begins. ``words``: without one of
    them in the sentence no search; ``also``: nor without one of each of these groups. ``opens``: only where a sentence
    begins."""

    name: str
    family: str
    pattern: str
    words: frozenset[str]
    also: tuple[frozenset[str], ...]
    start: bool = False
    opens: bool = False

    @cached_property
    def search(self) -> Callable[..., re.Match[str] | None]:
        """The search in a text, from a place on."""
        return searching(self.pattern, self.start or self.opens)

    def worth(self, words: frozenset[str]) -> bool:
        """Whether a sentence with one of ``words`` of its own has the second words too."""
        for group in self.also:  # noqa: SIM110 - a generator takes three times as long
            if group.isdisjoint(words):
                return False
        return True

    def in_sentence(self, text: str, words: frozenset[str]) -> bool:
        """Whether a sentence, or for ``start`` a completion, has the cue and the words that set off the search."""
        wanted = not self.words or not self.words.isdisjoint(words)
        return wanted and self.worth(words) and self.search(text) is not None


@dataclass(frozen=True, slots=True)
class Triggers:
    """Cues in their order, and by each word that sets one off the places of those it may be."""

    cues: Sequence[Cue]
    words: frozenset[str]
    by_word: Mapping[str, tuple[int, ...]]

    def numbers(self, hits: frozenset[str]) -> Sequence[int]:
        """The places of the cues that the words ``hits`` may be, in order."""
        by_word = self.by_word
        if len(hits) == 1:
            (word,) = hits
            return by_word[word]
        return sorted({number for word in hits for number in by_word[word]})


@dataclass(frozen=True, slots=True)
class Index:
    """All cues; those of the late families, and the words without which these aren't worth a look; starting ones."""

    all: Triggers
    late: Triggers
    late_words: frozenset[str]
    starting: tuple[Cue, ...]


@cache
def searching(pattern: str, at_start: bool) -> Callable[..., re.Match[str] | None]:
    """The search for a pattern, compiled when a text first has its words: a cold start pays for what it needs. What
    stands ``at_start`` is looked for there alone, and not at each letter."""
    compiled = re.compile(pattern)
    return compiled.match if at_start else compiled.search


def groups_of(table: Mapping[str, Any], groups: Mapping[str, frozenset[str]]) -> tuple[frozenset[str], ...]:
    """What ``also`` names in a table of a cue or of a form: one group, or a list of them."""
    also = table.get("also", [])
    return tuple(groups[name] for name in ([also] if isinstance(also, str) else also))


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
            groups_of(cue, groups),
            cue.get("start", False),
            cue.get("opens", False),
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


@cache
def gate() -> frozenset[str]:
    """The words without one of which a completion needs no reading."""
    own = frozenset().union(*(frozenset(words.split()) for words in tables()["gate"].values()))
    return own | condemning()


@cache
def faint() -> frozenset[str]:
    """Words of the gate of which one alone, in a long completion, is no reason to read it."""
    return condemning() | frozenset(tables()["groups"]["faint"].split())


@cache
def speakers() -> frozenset[str]:
    """Words of the gate with which a writer speaks of itself."""
    return frozenset(tables()["gate"]["first_person"].split())


@cache
def condemning() -> frozenset[str]:
    """Words that judge what somebody does."""
    return lexicon()["judgement"] | lexicon()["crime"] | lexicon()["condemning"]


def _triggers(order: Sequence[Cue]) -> Triggers:
    places: dict[str, set[int]] = {}
    for number, cue in enumerate(order):
        for word in cue.words:
            places.setdefault(word, set()).add(number)
    return Triggers(order, frozenset(places), {word: tuple(sorted(found)) for word, found in places.items()})


def _whole(pattern: str, parts: Mapping[str, str]) -> str:
    for name, part in parts.items():
        pattern = pattern.replace("{" + name + "}", part)
    return pattern
