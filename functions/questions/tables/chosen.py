"""The tables that fit a question, where there are more than a model is shown: those that it names, then by likeness."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from common.errors import ServiceUnavailable, SpendingStopped, StorageUnavailable
from common.observability import count, logger
from questions.model import Table
from questions.tables.embeddings import Vector, Vectors

MOST_TEXT: Final = 2_000
"""Characters of a table that are embedded: its name, its comment and its columns."""
_WORD = re.compile(r"[^\W_]+")
_WORDS = """a an all and any are as at be been by did do does each every for from had has have how i in is it its many
me much of on one or our per show tell than that the their them there these they this to was we were what when where
which who why with you"""
_EMPTY = frozenset(_WORDS.split())
"""Words that every comment holds, and no question is about."""
_WEIGHTS = {"name": 3.0, "column": 1.0, "comment": 1.0}


def fitting(
    question: str, tables: Sequence[Table], most: int, embedder: Vectors | None, said: Sequence[str] = ()
) -> list[Table]:
    """At most ``most`` tables, the fitting ones first; all of them, as they come, where they are no more.

    ``said``: earlier questions and statements of the session: a table that they or the question name is always among
    them. Without ``embedder``, and while it can buy nothing, words decide (then counted as ChosenByWords).
    """
    if len(tables) <= most:
        return list(tables)
    named = [table for table in tables if any(_names(text, table) for text in (question, *said))]
    rest = [table for table in tables if table not in named]
    scores = _alike(question, rest, embedder) if embedder else None
    if scores is None:
        scores = _by_words(" ".join((question, *said)), rest)
    order = sorted(range(len(rest)), key=lambda index: (-scores[index], rest[index].name))
    return [*named, *(rest[index] for index in order)][:most]


def described(table: Table) -> str:
    """What is embedded of a table. No samples: they change every day."""
    columns = ", ".join(f"{column.name} {column.comment}".strip() for column in table.columns)
    return f"{table.name.replace('_', ' ')}: {table.comment} {columns}"[:MOST_TEXT]


def _names(text: str, table: Table) -> bool:
    """Whether a text has the table's whole name, with blanks or underscores, in the singular or the plural."""
    words = [_stem(word) for word in _WORD.findall(text.lower())]
    name = [_stem(word) for word in _WORD.findall(table.name.lower())]
    return bool(name) and any(words[at : at + len(name)] == name for at in range(len(words) - len(name) + 1))


def _alike(question: str, tables: Sequence[Table], embedder: Vectors) -> list[float] | None:
    from botocore.exceptions import BotoCoreError, ClientError

    texts = [described(table) for table in tables]
    try:
        vectors = embedder(texts, [question])
    except (ServiceUnavailable, StorageUnavailable, SpendingStopped, ClientError, BotoCoreError) as error:
        # Choosing worse is better than not answering; Generate waits for the same money by itself.
        logger().warning("tables chosen by words", extra={"reason": type(error).__name__})
        count("ChosenByWords")
        return None
    if question not in vectors:
        count("ChosenByWords")
        return None
    count("ChosenByWords", 0)
    return [_cosine(vectors[question], vectors[text]) if text in vectors else 0.0 for text in texts]


def _cosine(one: Vector, other: Vector) -> float:
    lengths = math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in other))
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


def _by_words(text: str, tables: Sequence[Table]) -> list[float]:
    """Shared words, the rarer the more they tell, and more in a table's name."""
    wanted = {_stem(word) for word in _WORD.findall(text.lower()) if word not in _EMPTY}
    weighed = [_weighed(table) for table in tables]
    holders = Counter(word for words in weighed for word in words)
    return [
        sum(weight * math.log(1 + len(tables) / holders[word]) for word, weight in words.items() if word in wanted)
        for words in weighed
    ]


def _weighed(table: Table) -> dict[str, float]:
    texts = [(table.name, "name"), (table.comment, "comment")]
    texts += [(f"{column.name} {column.comment} {' '.join(column.samples)}", "column") for column in table.columns]
    found: dict[str, float] = {}
    for text, kind in texts:
        for word in _WORD.findall(text.lower().replace("_", " ")):
            found[_stem(word)] = max(found.get(_stem(word), 0.0), _WEIGHTS[kind])
    return found


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
