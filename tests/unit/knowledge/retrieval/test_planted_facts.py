"""A hundred facts in four hundred pages: how many of a search's first five hits have the one that was asked for.

The vectors are the local stand-in's, which knows nothing of words that mean the same: what it finds of paraphrased
questions says how far words go, not how good Titan is.
"""

from __future__ import annotations

import pytest

from knowledge.model import Access
from knowledge.retrieval import search
from knowledge.retrieval.filters import Filters
from tests.unit.knowledge.retrieval import planted
from tests.unit.knowledge.retrieval.fakes import World, reader

LEAST_NAMED, LEAST_BY_VECTORS = 0.97, 0.9


@pytest.mark.parametrize("seed", [7, 8])
def test_what_is_asked_by_name_is_found(seed: int, record_property, capsys):
    documents, facts = planted.planted(seed)
    world = World(default=Access(everyone=True))
    for key, pages in documents.items():
        world.document(key, pages)
    found = {"named": 0, "paraphrased": 0, "named, by vectors alone": 0}
    for fact in facts:
        for kind, question in (("named", fact.named), ("paraphrased", fact.paraphrased)):
            hits = search.search(world.search(), reader("u"), question, Filters(), 5).hits
            found[kind] += any(has(hit.text, fact) for hit in hits)
        nearest = world.index.query(world.embed(fact.named), 5, {"page": {"$gt": 0}})
        found["named, by vectors alone"] += any(has(near.metadata["text"], fact) for near in nearest)
    for kind, number in found.items():
        record_property(kind, number / len(facts))
    with capsys.disabled():
        print(f"\nrecall@5 of {len(facts)} facts in {len(world.index.vectors):,} passages: {found}")  # noqa: T201
    assert found["named"] >= LEAST_NAMED * len(facts)
    assert found["named, by vectors alone"] < LEAST_BY_VECTORS * len(facts), "then the second query is of no use"


def has(text: str, fact: planted.Fact) -> bool:
    return fact.sentence in text.replace("\n", " ")
