"""Stems, synonyms, words without meaning, and the column that a phrase means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from local.services.bedrock.sql.prompt import Column, Table

_SYNONYMS = {
    "duration": "duration long length last take time",
    "distance": "distance far long length",
    "bike": "bike bicycle vehicle",
    "user": "user rider customer people who",
    "station": "station stop dock",
    "trip": "trip ride journey",
    "fare": "fare price cost",
    "amount": "amount value sum",
    "zone": "zone area district",
}
"""Words that are taken for a part of a column's or a table's name."""
_GENERIC = frozenset({"id", "name", "sec", "seconds", "of", "type", "number", "key", "the", "for", "all", "in"})
"""Parts of names that alone mean no column."""
_IDLE = """a about after all also altogether an and any are as at be been began begin between but by can come could
count data database did different distinct do does done driven drove during each end ended ending ever every
exactly few for found from get give given go going got had happen happened has have held hired hold how i if
in is it its just kind kinds know lake let like list long look made make many may me mean might more much my
need new now number occurred of off often on only or other our out over overall per please quantity question
ran record records rented ridden riding rode row rows run same see select she show shown so some start
started starting such table take taken tell than that the their them then there these they this those
through time times to together too took total traveled travelled unique until up us use used using value
values want was we went were what when where which while who whole why will with would you your"""
IDLE = frozenset(_IDLE.split())
"""Words that say nothing of the data, or that other rules have read already."""
_WORD = re.compile(r"[^\W_]+")


def stem(word: str) -> str:
    """The singular, as far as an ending shows it."""
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def stems(text: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(text.lower().replace("_", " "))]


def means(part: str, word: str) -> bool:
    """Whether a word of a question means a part of a name."""
    return part == word or word in _SYNONYMS.get(part, "").split()


def column(phrase: str, table: Table, fits: Callable[[Column], bool] = lambda _: True) -> tuple[Column, int] | None:
    """The column that the first words of a phrase mean, and how many words they are: the longest phrase that fits."""
    words = [stem(word) for word in _WORD.findall(phrase.lower())][:4]
    for length in range(len(words), 0, -1):
        scored = [(score, each) for each in table.columns if fits(each) and (score := _score(words[:length], each)) > 0]
        if scored:
            return max(scored, key=lambda pair: pair[0])[1], length
    return None


def _score(words: Sequence[str], column: Column) -> float:
    """0 where a word means no part of the name; more for a whole name, for a name over an id, a start over an end."""
    parts = stems(column.name)
    if not all(any(means(part, word) for part in parts) for word in words) or set(words) <= _GENERIC:
        return 0.0
    ends = any(part in {"end", "to", "dropoff"} for part in parts)
    exact = sum(part in words for part in parts)
    return 10 + 3 * exact - len(parts) - 2 * ("id" in parts) - 1.5 * ends - 0.5 * column.partition


def names_table(word: str, table: Table) -> bool:
    """Whether a word of a question means the rows of a table."""
    return any(means(part, stem(word)) for part in stems(table.name))
