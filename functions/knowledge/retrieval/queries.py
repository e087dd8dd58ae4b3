"""All that may be a hit: the reader's access sets in portions, and for each portion the nearest passages.

A filter takes 100 values, so a reader of more sets is several queries, a few at a time. Each portion is asked twice:
for what is near, and for what is near and holds a number, a code or a name of the question. Vectors know little of
names that were made up: of such questions a model of sentences alone misses half (the bench prints it).

Where a portion has 100 passages or more with any of the references, the rare one among them may hide behind a frequent
one (an invoice's number behind its company's name); then it is asked for each reference by itself, and for all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from knowledge.retrieval import filters
from knowledge.retrieval.filters import Filters
from knowledge.retrieval.world import Near, Searched, Vector
from services.s3vectors import MOST_CONSTRAINTS

Mention = tuple[str, ...]
"""Forms of one number, code or name, of which any one stands for it (``passages.references``)."""
Condition = dict[str, Any]

NEAREST: Final = 100
"""Passages of a query: a page of S3 Vectors' answers. Each hundred more is another request, one behind the other, for
every portion; and what is not among the first hundred is not what a reader looks for (the bench prints it)."""
MOST_MENTIONS, MOST_FORMS = 8, 24
"""Of a question that are asked for, and their forms: they take room from the sets in a filter."""
MOST_PORTIONS: Final = 50
"""A reader of more sets is told that sets were left out."""
WORKERS: Final = 16


@dataclass(slots=True)
class Gathered:
    """``near`` and ``named``: by nearness alone, by the question's mentions too; each passage once, nearest first.

    ``portions``: of sets that were asked for; ``left_out``: sets that were not.
    """

    near: list[Near] = field(default_factory=list)
    named: list[Near] = field(default_factory=list)
    portions: int = 0
    left_out: int = 0


def gather(
    index: Searched, vector: Vector, sets: Sequence[str], narrowed: Filters, mentions: Sequence[Mention]
) -> Gathered:
    """What the passages of these sets have that is near ``vector``, or holds one of ``mentions``.

    Raises VectorsThrottled, VectorsUnavailable, and what else the index says.
    """
    conditions, asked = filters.conditions(narrowed), bounded(mentions)
    size = MOST_CONSTRAINTS - len(conditions) - sum(map(len, asked))
    portions = [sets[start : start + size] for start in range(0, len(sets), size)]
    kept = portions[:MOST_PORTIONS]

    def query(portion: Sequence[str], extra: Sequence[Condition]) -> list[Near]:
        return list(index.query(vector, NEAREST, filters.where(portion, [*conditions, *extra])))

    with ThreadPoolExecutor(WORKERS) as pool:
        near = pool.map(lambda portion: query(portion, []), kept)
        named = pool.map(lambda portion: _named(query, portion, asked), kept) if asked else iter(())
        found = Gathered(_once(near), _once(named), len(kept))
    found.left_out = len(sets) - sum(map(len, kept))
    return found


def bounded(mentions: Sequence[Mention]) -> list[Mention]:
    """The first of a question's mentions, which tell most, as many as there is room for."""
    found: list[Mention] = []
    room = MOST_FORMS
    for mention in mentions[:MOST_MENTIONS]:
        forms = mention[:room]
        if forms:
            found.append(forms)
        room -= len(forms)
    return found


def _named(
    query: Callable[[Sequence[str], Sequence[Condition]], list[Near]], portion: Sequence[str], mentions: list[Mention]
) -> list[Near]:
    any_ = query(portion, [_holds(*(form for mention in mentions for form in mention))])
    if len(any_) < NEAREST or len(mentions) == 1:
        return any_
    each = [found for mention in mentions for found in query(portion, [_holds(*mention)])]
    return [*any_, *each, *query(portion, [_holds(*mention) for mention in mentions])]


def _holds(*forms: str) -> Condition:
    """A list in a vector's metadata is met by any of its members (S3 user guide, "Metadata filtering")."""
    return {"refs": {"$in": list(forms)}}


def _once(answers: Iterator[list[Near]]) -> list[Near]:
    """Several answers in one order: distances from one question can be compared. Two of a distance keep one order."""
    found: Mapping[str, Near] = {near.key: near for answer in answers for near in answer}
    return sorted(found.values(), key=lambda near: (near.distance, near.key))
