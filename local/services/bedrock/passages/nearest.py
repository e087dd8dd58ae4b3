"""Which sentences of the passages answer a question, by the words that they share with it.

Names, numbers and codes of the question count most: a sentence without one of them is taken only where its passage has
it. What is shared with many passages counts little.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from local.services import extractive
from local.services.bedrock.passages.prompt import Asked

LEAST = 0.5
"""Of the weight of a question's words that a sentence, with its passage, has to have."""
LEAST_PLAIN = 0.3
"""Of the words that name nothing, that have to stand in the sentence itself."""
NEAR = 0.85
"""Of the best one's share, from which others are told too."""
MOST = 3
_STEM = 5
_NAMED = 3.0
_IDLE = """
    a about all also an and any are as at be been but by can could did do does deep far for from get give had has
    have high how i if in is it its large list long many me more much my name of old on one or our say says she
    should show tell than that the their them then there these they this those to up us was we were what when where
    which who whom whose why will with would you your please document documents
"""
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|last) (?:one|of them)\b|^\W*and\b|\b(?:it|they|them|that|this)\b", re.I
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}


@dataclass(frozen=True)
class Told:
    """``number``: of the passage that the sentence stands in."""

    text: str
    number: int


def answer(asked: Asked) -> tuple[list[Told], list[str]]:
    """The sentences that answer, the nearest first; and the words of the question that nothing has, where none does."""
    found, missing = _answer(asked.question, asked.passages)
    if (found and not _ORDINAL.search(asked.question)) or not asked.turns:
        return found, missing
    followed, _ = _answer(asked.question, asked.passages, _before(asked))
    return followed or found, missing


def _answer(question: str, passages: Mapping[int, str], before: str = "") -> tuple[list[Told], list[str]]:
    """``before``: what the session was about. It says whom the question is about, and what, where that says nothing."""
    own_words = _ORDINAL.sub(" ", question) if before else question
    named = _named(f"{own_words} \u2013 {before}")
    asked = own_words if {_stem(word) for word in _words(own_words)} - named or not before else before
    wanted = _weights(asked, passages, named)
    if not wanted:
        return [], [question]
    plain = {stem: weight for stem, weight in wanted.items() if stem not in named}
    scored: list[tuple[float, Told]] = []
    for number, text in passages.items():
        around = named & _stems(text)
        for sentence in extractive.sentences(text):
            own = _stems(sentence)
            # Whom it is about may stand beside it; what is asked of him has to stand in it.
            if (own | around) & wanted.keys() and _share(plain, own) >= LEAST_PLAIN:
                scored.append(((3 * _share(wanted, own | around) + _share(wanted, own)) / 4, Told(sentence, number)))
    scored.sort(key=lambda each: (-each[0], each[1].number))
    if not scored or scored[0][0] < LEAST:
        everything = set().union(*map(_stems, passages.values()))
        return [], [word for word in _words(question) if _stem(word) not in everything] or _words(question)
    best = scored[0][0]
    return [told for score, told in scored if score >= max(LEAST, NEAR * best)][:MOST], []


def _before(asked: Asked) -> str:
    """What the session was about: the sentence of the last answer that is meant, or its question."""
    question, said = asked.turns[-1]
    found = re.search(r"\b(first|second|third|fourth|last)\b", asked.question, re.IGNORECASE)
    sentences = extractive.sentences(said)
    if found and sentences:
        place = _PLACES[found[1].lower()]
        return sentences[place] if place < len(sentences) else sentences[-1]
    return question


def _weights(question: str, passages: Mapping[int, str], named: set[str]) -> dict[str, float]:
    held = [_stems(text) for text in passages.values()]
    found = {}
    for stem in dict.fromkeys([*map(_stem, _words(question)), *sorted(named)]):
        having = sum(stem in stems for stems in held)
        rarity = math.log(1 + (1 + len(held)) / (1 + having))
        found[stem] = rarity * (_NAMED if stem in named else 1.0)
    return found


def _share(wanted: Mapping[str, float], stems: set[str]) -> float:
    """Of the weight of all that is wanted; all of it where nothing is."""
    return (
        sum(weight for stem, weight in wanted.items() if stem in stems) / (sum(wanted.values()) or 1) if wanted else 1
    )


def _named(text: str) -> set[str]:
    """Stems of names, numbers and codes."""
    names = re.findall(r"(?<!^)(?<![.!?] )\b[A-Z\u00c0-\u00de][\w'-]+", text)
    return {_stem(word) for name in [*names, *re.findall(r"\S*\d\S*", text)] for word in _words(name)}


def _words(text: str) -> list[str]:
    found = re.findall(r"\w+", _folded(re.sub(r"['\u2019]s\b", "", text)))
    return [word for word in dict.fromkeys(found) if word not in _IDLE.split() and (len(word) > 1 or word.isdigit())]


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"\w+", _folded(text))}


def _stem(word: str) -> str:
    return word if any(sign.isdigit() for sign in word) else word[:_STEM]


def _folded(text: str) -> str:
    return "".join(s for s in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(s))
