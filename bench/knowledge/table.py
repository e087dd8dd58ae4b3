"""``python -m bench knowledge``: planted facts found by ours and by substrings, tokens per answer, time per search.

Ours is ``knowledge.retrieval`` over the local S3 Vectors without its wire, with the rights of a reader who may read one
set of two hundred in the timed part. The vectors are the stand-in's, which knows no words that mean the same: the
figures for paraphrased questions say how far words go, and nothing of Titan.
"""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from bench.knowledge import substring

TOP, RANKED = 5, 10
"""Hits among which a fact counts as found, and those whose order counts."""
SIZES = (1_000, 20_000)
SEARCHES = 40
SETS = 200
CHARACTERS_PER_TOKEN = 4
"""About what a model counts for English; the same for both sides."""


@dataclass
class Side:
    """``ranks``: of each fact, from 0; None where it is not among RANKED hits."""

    ranks: list[int | None] = field(default_factory=list)

    def recall(self) -> float:
        return sum(rank is not None and rank < TOP for rank in self.ranks) / len(self.ranks)

    def gain(self) -> float:
        """nDCG@10: one passage is right, so the best is 1."""
        return statistics.mean(0.0 if rank is None else 1 / math.log2(rank + 2) for rank in self.ranks)


@dataclass(frozen=True)
class Tokens:
    """Of one question's prompt, medians: with passages; with the whole documents that they are from; with all."""

    passages: float
    documents: float
    everything: float


def run(sizes: Sequence[int] = SIZES) -> None:
    quality, tokens = found()
    for kind, sides in quality.items():
        print(f"{len(sides['ours'].ranks)} facts in a hundred documents, {kind} questions:")
        for name, side in sides.items():
            print(f"  {name:<11} recall@{TOP} {side.recall():.2f}  nDCG@{RANKED} {side.gain():.2f}")
    print(
        f"tokens of a prompt (median): {tokens.passages:,.0f} with passages; {tokens.documents:,.0f} with the whole"
        f" documents that they are from, {tokens.documents / tokens.passages:.1f} x;"
        f" {tokens.everything:,.0f} with every document, {tokens.everything / tokens.passages:.0f} x"
    )
    for size in sizes:
        ours, theirs = timed(size)
        print(
            f"{size:,} passages, {SETS} sets of readers: {1000 * ours:.1f} ms for a search of ours (median),"
            f" {1000 * theirs:.1f} ms for substrings without any rights: {ours / theirs:.2f} x"
        )


def found(most: int | None = None) -> tuple[dict[str, dict[str, Side]], Tokens]:
    """Sides by the kind of questions, and the tokens of our prompts. ``most``: so many documents, with the facts that
    are in them; None takes all."""
    from knowledge.model import Access
    from knowledge.retrieval import search
    from knowledge.retrieval.filters import Filters
    from tests.unit.knowledge.retrieval import planted

    fakes = _fakes()
    documents, facts = planted.planted()
    documents = {key: documents[key] for key in list(documents)[:most]}
    facts = [fact for fact in facts if fact.key in documents]
    world = fakes.World(default=Access(everyone=True))
    for key, pages in documents.items():
        world.document(key, pages)
    texts = _texts(world)
    lowered = [text.lower() for text in texts]
    quality: dict[str, dict[str, Side]] = {}
    prompts: list[tuple[int, int]] = []
    for kind in ("named", "paraphrased"):
        sides = quality[kind] = {"ours": Side(), "substrings": Side()}
        for fact in facts:
            question = getattr(fact, kind)
            hits = search.search(world.search(), fakes.reader("somebody"), question, Filters(), RANKED).hits
            theirs = [texts[place] for place in substring.nearest(question, lowered, RANKED)]
            sides["ours"].ranks.append(_rank(fact.sentence, [hit.text for hit in hits]))
            sides["substrings"].ranks.append(_rank(fact.sentence, theirs))
            whole = sum(_length(documents[key]) for key in {hit.key for hit in hits})
            prompts.append((_prompt(question, hits), whole))
    everything = sum(_length(pages) for pages in documents.values())
    passages, whole = (statistics.median(each) for each in zip(*prompts, strict=True))
    return quality, Tokens(*(number / CHARACTERS_PER_TOKEN for number in (passages, whole, everything)))


def timed(size: int, searches: int = SEARCHES) -> tuple[float, float]:
    """Median seconds of a search, ours and for substrings, in ``size`` passages of SETS sets of readers."""
    from knowledge.model import Access, Document, Passage
    from knowledge.passages import references
    from knowledge.retrieval import search
    from knowledge.retrieval.filters import Filters

    fakes = _fakes()
    world, passages, chance = fakes.World(), list(_passages(size)), random.Random(5)
    for number in range(SETS):
        world.access(f"{number}/access.json", Access(users=frozenset({f"reader {number}"})))
    per_set = -(-size // SETS)
    for number in range(SETS):
        held = passages[number * per_set : (number + 1) * per_set]
        cut = [Passage(1, n, text, n, n, references.of(text)) for n, text in enumerate(held)]
        world.passages(Document(f"{number}/one.txt", "0" * 16, "1"), cut)
    lowered = [text.lower() for text in passages]
    questions = [chance.choice(passages).partition(".")[0] for _ in range(searches)]
    who = [fakes.reader(f"reader {chance.randrange(SETS)}") for _ in questions]
    ours = [
        _seconds(lambda q=question, r=one: search.search(world.search(), r, q, Filters(), RANKED))  # type: ignore[misc]
        for question, one in zip(questions, who, strict=True)
    ]
    theirs = [_seconds(lambda q=question: substring.nearest(q, lowered, RANKED)) for question in questions]  # type: ignore[misc]
    return statistics.median(ours), statistics.median(theirs)


def _passages(size: int) -> Iterator[str]:
    """So many passages of the planted facts' kind, all different."""
    from knowledge.passages import cutting
    from tests.unit.knowledge.retrieval import planted

    seed, left = 100, size
    while left:
        documents, _ = planted.planted(seed)
        for pages in documents.values():
            for passage in cutting.cut(list(enumerate(pages, 1))):
                yield passage.text
                left -= 1
                if not left:
                    return
        seed += 1


def _fakes() -> Any:
    """The tests' world of documents in memory, whose types are not checked as strictly."""
    return import_module("tests.unit.knowledge.retrieval.fakes")


def _texts(world: Any) -> list[str]:
    vectors = world.index.vectors
    return [str(record.metadata["text"]) for record in vectors.get(vectors.sorted_keys())]


def _rank(sentence: str, texts: Sequence[str]) -> int | None:
    return next((place for place, text in enumerate(texts) if sentence in text.replace("\n", " ")), None)


def _length(pages: Sequence[Sequence[str]]) -> int:
    return sum(len(line) + 1 for page in pages for line in page)


def _prompt(question: str, hits: Sequence[Any]) -> int:
    """Characters of the whole request."""
    from knowledge.answers import prompts

    asked = prompts.request("a-model", question, hits)
    parts = [*asked["system"], *asked["messages"][0]["content"]]
    return sum(len(part["text"]) for part in parts)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
