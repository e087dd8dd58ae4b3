"""How well a passage's words are those of a question: BM25 over what was found, a few hundred passages.

Without a list of words to leave out: a word that most of the passages have counts next to nothing by itself. Scripts
that put no spaces between words (Chinese, Japanese, Thai) are compared by pairs of signs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from knowledge.passages import references

SATURATION: Final = 1.2
LENGTH: Final = 0.75
"""k1 and b of BM25 as they are usual (Robertson and Zaragoza 2009)."""


def scores(question: str, texts: Mapping[str, str]) -> dict[str, float]:
    """A number above 0 for each text that has any word of the question, by the texts' names."""
    wanted = set(words(question))
    found = {name: Counter(words(text)) for name, text in texts.items()}
    having = Counter(word for counts in found.values() for word in wanted & counts.keys())
    average = sum(counts.total() for counts in found.values()) / max(1, len(found))
    made = {}
    for name, counts in found.items():
        norm = SATURATION * (1 - LENGTH + LENGTH * counts.total() / average) if average else SATURATION
        score = sum(
            _weight(having[word], len(found)) * counts[word] * (SATURATION + 1) / (counts[word] + norm)
            for word in wanted & counts.keys()
        )
        if score > 0:
            made[name] = score
    return made


def words(text: str) -> Iterator[str]:
    """Words and numbers of a text, folded as references are."""
    for word in _pattern().findall(references.folded(references.normal(text))):
        if word.isascii() or unicodedata.category(word[0]) != "Lo" or len(word) == 1:
            yield word
        else:
            yield from (word[place : place + 2] for place in range(len(word) - 1))


def _weight(having: int, of: int) -> float:
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(r"[^\W_]+")
