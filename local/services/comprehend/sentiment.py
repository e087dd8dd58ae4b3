"""Sentiment by VADER, clause by clause, in Comprehend's four scores.

VADER knows English and emoji; for the other languages of Comprehend its lexicon is replaced by a few dozen plain
words of each (``sentiment.toml``), which makes a stand-in that leans to NEUTRAL.
"""

from __future__ import annotations

import re
import threading
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_CLAUSE = re.compile(
    r"(?<=[.!?\u3002\uff01\uff1f\u0964])\s*|[;\n]+|,?\s+(?:but|however|although|pero|mais|aber|ma|mas)\s+",
    re.IGNORECASE,
)
_UNSPACED = frozenset({"ja", "zh", "zh-TW"})
_lock = threading.Lock()


def scores(text: str, language: str) -> dict[str, float]:
    """Positive, Negative, Neutral and Mixed, together 1.

    ``p`` and ``n`` are how positive and how negative the text is, each 0 to 1 and independent of the other: the mean
    over its clauses by length, drawn towards its strongest clause. What is both is mixed, what is neither neutral.
    """
    p, n = _strengths(text, language)
    return {"Positive": p * (1 - n), "Negative": n * (1 - p), "Neutral": (1 - p) * (1 - n), "Mixed": p * n}


def _strengths(text: str, language: str) -> tuple[float, float]:
    clauses = [clause for clause in _CLAUSE.split(text) if clause and clause.strip()]
    total = sum(len(clause) for clause in clauses)
    strengths = []
    for sign in (1, -1):
        found = [(max(0.0, sign * compound(clause, language)), len(clause)) for clause in clauses]
        mean = sum(value * size for value, size in found) / total if total else 0.0
        strongest = max((value for value, _ in found), default=0.0)
        strengths.append(1 - (1 - strongest**0.75 * mean**0.25) ** 2)
    return strengths[0], strengths[1]


def compound(clause: str, language: str) -> float:
    """VADER's compound score, -1 to 1."""
    if language in _UNSPACED:
        # VADER splits at spaces, and these languages have none.
        for word in _words(language):
            clause = clause.replace(word, f" {word} ")
    with _lock:  # VADER keeps nothing between calls, but makes no promise about threads
        return float(_analyzer(language).polarity_scores(clause)["compound"])


def lexicon() -> dict[str, float]:
    """VADER's English words and their valence, -4 to 4."""
    return dict(_analyzer("en").lexicon)


@cache
def _analyzer(language: str) -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    if language != "en":
        analyzer.lexicon = {**{k: v for k, v in analyzer.lexicon.items() if not k.isalpha()}, **_words(language)}
    return analyzer


@cache
def _words(language: str) -> dict[str, float]:
    """A word and its valence on VADER's scale of -4 to 4."""
    with Path(__file__).with_name("sentiment.toml").open("rb") as file:
        lists = tomllib.load(file).get(language.partition("-")[0], {})
    return {word: value for side, value in (("good", 2.4), ("bad", -2.4)) for word in lists.get(side, "").split()}
