"""Toxicity by a lexicon that sees through common spellings: ``1d10t``, ``id*ot``, ``i d i o t``, ``idiooot``.

A word or phrase makes its label so sure as its weight; several add up as independent evidence does. What stands in
quotation marks, is told of others (a court, a novel, a patient) and addresses nobody counts less. Words that only VADER
has count where they are said to somebody or of a group. Where no word is known VADER's sentiment of the text ranks it,
below every threshold: bad words that no list has are still worse than kind ones.
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
from typing import Any

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
_QUOTED = re.compile(r"[\"\u201c][^\"\u201d]*[\"\u201d]")
_TOLD = re.compile(
    r"\b(?:said|says|told|wrote|according|reports?|reported|police|court|trial|accused|charged|convicted|sentenced|guilty"
    r"|arrested|documents?|stud(?:y|ies)|researchers|survey|novel|film|movie|book|play|song|war|rebels|soldiers|massacre"
    r"|victims?|word|term|phrase|idiom|slurs?|translate|complaint|moderators?|denied|fined|violence|abuse|crimes?)\b"
)
_CLINICAL = re.compile(
    r"\b(?:patients?|doctors?|nurses?|surgeons?|surgery|surgical|wounds?|symptoms?|cancer|pregnan\w+|treat(?:ed|ment)|heal\w*"
    r"|disease\w*|infection\w*|autopsy|stitches|tissue|gauze|bandage|mammogram|dose|mg|clinic\w*|hospital|condoms?"
    r"|passing water|soap|exam\w*)\b"
)
_TO_SOMEBODY = re.compile(
    r"\b(?:you(?:'re|'ve|'ll|'d)?|youre|ur|u"
    r"|(?:he|she|they|(?:that|this) (?:man|woman|guy|girl|boy|kid))(?:'s|'re| is| are))((?:\W+[\w'-]+){1,7})"
)
_EXCLAIMED = re.compile(r"\bwhat an? ((?:[\w-]+,? ){0,5})(?:man|woman|guy|girl|boy|person|people|kid|author)\b")
_BODILY = frozenset({"SEXUAL", "GRAPHIC"})
_ASIDE = 0.45
"""What is left of a weight where something is quoted, told of others, or clinical."""
_BAD, _BAD_TO_SOMEBODY, _BAD_OF_A_GROUP = -1.5, 0.55, 0.65
"""VADER's valence (-4 to 4) from which on a word is bad, and how sure one makes its label."""
_UNKNOWN = 0.3
"""At most, of a text without a word of the lists: as bad as VADER finds it."""
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
    own = _QUOTED.sub(" ", plain)
    doubts = _doubts(own, 1.0)
    if own != plain:
        quoted = _doubts(plain, _ASIDE)
        doubts = {label: min(doubt, max(quoted[label], 1 - _ASIDE)) for label, doubt in doubts.items()}
    labels = {label: min(0.99, max(_QUIET, 1 - doubt)) for label, doubt in doubts.items()}
    found = 1 - math.prod(doubts.values())
    return Judgement(labels, min(0.99, max(2 * _QUIET, found or _UNKNOWN * unkindness(text))))


def _doubts(plain: str, share: float) -> dict[str, float]:
    """By label, how much doubt is left of 1; ``share`` of each weight counts."""
    aimed = _AIMED.search(plain) is not None
    told = not aimed and _TOLD.search(plain) is not None
    clinical = _CLINICAL.search(plain) is not None
    doubts = dict.fromkeys(LABELS, 1.0)
    for entry in (*_hits(plain), *_unkind(plain)):
        weight = entry.weight * share
        if entry.aimed and not aimed:
            weight /= 2
        if told or (clinical and entry.label in _BODILY):
            weight *= _ASIDE
        doubts[entry.label] *= 1 - weight
    return doubts


def _unkind(plain: str) -> Iterator[_Entry]:
    """What is said to somebody, or of a group of people, with a word that VADER finds bad."""
    bad = _bad_words()
    told = [match[1] for pattern in (_TO_SOMEBODY, _EXCLAIMED) for match in pattern.finditer(plain)]
    if any(not bad.isdisjoint(_TOKEN.findall(words)) for words in told):
        yield _Entry("INSULT", _BAD_TO_SOMEBODY, False)
    if any(not bad.isdisjoint(_TOKEN.findall(match[1])) for match in _of_group().finditer(plain)):
        yield _Entry("HATE_SPEECH", _BAD_OF_A_GROUP, False)


@cache
def _of_group() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_lists()['group']})\b,?(?: they)?(?: are|'re| is| were always)((?:\W+[\w'-]+){{1,6}})")


@cache
def _bad_words() -> frozenset[str]:
    """VADER's words that are bad enough, but for those that say how somebody is or what befell him."""
    from local.services.comprehend.sentiment import lexicon

    states = frozenset(_lists()["states"].split())
    return frozenset(word for word, value in lexicon().items() if value <= _BAD and word.isalpha()) - states


def unkindness(text: str) -> float:
    """How negative VADER finds a text, 0 to 1."""
    from local.services.comprehend.sentiment import compound

    return max(0.0, -compound(text, "en"))


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
def _lists() -> dict[str, Any]:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _lexicon() -> tuple[dict[str, list[_Entry]], list[tuple[re.Pattern[str], _Entry]]]:
    lists = _lists()
    words: dict[str, list[_Entry]] = {}
    for group in lists["words"]:
        entry = _Entry(group["label"], group["weight"], group.get("aimed", False))
        for form in {word + ending for word in group["list"].split() for ending in _ENDINGS}:
            words.setdefault(form, []).append(entry)
    parts = {"{group}": lists["group"], "{ill}": lists["ill"]}
    phrases = [
        (re.compile(_filled(phrase, parts)), _Entry(group["label"], group["weight"], False))
        for group in lists["phrases"]
        for phrase in group["list"]
    ]
    return words, phrases


def _filled(phrase: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        phrase = phrase.replace(name, part)
    return phrase
