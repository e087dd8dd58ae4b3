"""Toxicity by a lexicon that sees through common spellings: ``1d10t``, ``id*ot``, ``i d i o t``, ``idiooot``.

A word or phrase makes its label so sure as its weight; several add up as independent evidence does. Nothing is
understood: a quotation and a threat are one to it.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LABELS = (
    "GRAPHIC",
    "HARASSMENT_OR_ABUSE",
    "HATE_SPEECH",
    "INSULT",
    "PROFANITY",
    "SEXUAL",
    "VIOLENCE_OR_THREAT",
)
_QUIET = 0.02
"""The score of a label of which nothing is found: a model is never quite sure."""
_LEET = str.maketrans("013457@$!+|", "oieastasitl")
_TOKEN = re.compile(r"[\w@$!+|*'-]+")
_SPACED = re.compile(r"\b(?:\w([ .\-_]))(?:\w\1){2,}\w\b")
_AIMED = re.compile(r"\b(?:you|your|you're|youre|ur|u|yourself)\b")
_ENDINGS = ("", "s", "es", "ed", "d", "ing", "er", "ers", "y")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score for every label, and for the text as a whole, each 0 to 1."""

    labels: dict[str, float]
    toxicity: float


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    weight: float
    aimed: bool


def judge(text: str) -> Judgement:
    """The toxicity of one segment of English text."""
    plain = _plain(text)
    aimed = _AIMED.search(plain) is not None
    doubts = dict.fromkeys(LABELS, 1.0)
    for entry in _hits(plain):
        doubts[entry.label] *= 1 - (entry.weight if aimed or not entry.aimed else entry.weight / 2)
    labels = {label: min(0.99, max(_QUIET, 1 - doubt)) for label, doubt in doubts.items()}
    toxicity = min(0.99, max(2 * _QUIET, 1 - math.prod(doubts.values())))
    return Judgement(labels, toxicity)


def _plain(text: str) -> str:
    """Lower case, compatibility forms and accents resolved, invisible signs gone, spaced-out words joined."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()  # noqa: RUF001
    seen = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Mn", "Cf"})
    return _SPACED.sub(lambda match: re.sub(r"[ .\-_]", "", match[0]), seen)


def _hits(plain: str) -> Iterator[_Entry]:
    """One entry a different word and phrase: to say it twice makes it no surer."""
    words, phrases = _lexicon()
    found: set[str] = set()
    for token in set(_TOKEN.findall(plain)):
        found.update(word for word in _readings(token) if word in words)
    for word in sorted(found):
        yield from words[word]
    for pattern, entry in phrases:
        if pattern.search(plain):
            yield entry


def _readings(token: str) -> set[str]:
    """What a token may have been meant to be: as it is, with look-alike signs read, without repetitions."""
    token = token.strip("'-!+|")
    readings = {token, token.split("'")[0]}
    if any(sign.isalpha() for sign in token):
        readings.add(token.translate(_LEET))
    for reading in list(readings):
        readings |= {re.sub(r"(.)\1{2,}", r"\1", reading), re.sub(r"(.)\1{2,}", r"\1\1", reading)}
    for reading in list(readings):
        if "*" in reading and re.search(r"[a-z]", reading):
            readings |= {word for word in _masked_words(len(reading)) if _masks(reading, word)}
    return readings


def _masks(masked: str, word: str) -> bool:
    return all(sign in ("*", letter) for sign, letter in zip(masked, word, strict=True))


@cache
def _masked_words(length: int) -> tuple[str, ...]:
    """Words of this length that are surely meant when letters are hidden; mild ones are not worth hiding."""
    words, _ = _lexicon()
    return tuple(w for w, entries in words.items() if len(w) == length and max(e.weight for e in entries) > 0.8)


@cache
def _lexicon() -> tuple[dict[str, list[_Entry]], list[tuple[re.Pattern[str], _Entry]]]:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        lists = tomllib.load(file)
    words: dict[str, list[_Entry]] = {}
    for group in lists["words"]:
        entry = _Entry(group["label"], group["weight"], group.get("aimed", False))
        for form in {word + ending for word in group["list"].split() for ending in _ENDINGS}:
            words.setdefault(form, []).append(entry)
    phrases = [
        (re.compile(phrase), _Entry(group["label"], group["weight"], False))
        for group in lists["phrases"]
        for phrase in group["list"]
    ]
    return words, phrases
