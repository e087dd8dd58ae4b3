"""The passages of an ask: those of its question, and of its question behind the last turn; the same of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, Final

from common.doors.errors import InvalidRequest
from common.objects import Bucket
from common.observability import count
from knowledge.answers import citations, known, turns
from knowledge.answers.asked import Ask
from knowledge.answers.prompts import MOST_PASSAGES
from knowledge.errors import NothingFound, NotInDocuments
from knowledge.model import Hit, Reader
from knowledge.retrieval import bases, boxes, search
from knowledge.retrieval.filters import Filters
from knowledge.retrieval.world import SearchWorld

WORKERS: Final = 8
MOST_NAMED: Final = 5
"""Words of a refusal; a question may name many things that are not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """``hits``: what the model is to be shown, the best first. ``without_base``: the base could not be asked."""

    hits: list[Hit]
    without_base: bool


def passages(world: SearchWorld, ask: Ask, said: Sequence[Mapping[str, Any]]) -> Found:
    """``said``: the turns before, as who asks may read them now.

    Raises NothingFound, NotInDocuments, and what a search raises; where the knowledge base might have had what is
    missing and could not be asked, its trouble instead: BaseThrottled, BaseUnavailable, BaseForbidden.
    """
    queries = [ask.question, *filter(None, [turns.follow_up(ask.question, said)])]
    try:
        found = [_searched(world, ask.reader, query, Filters(), MOST_PASSAGES) for query in queries]
    except InvalidRequest as error:
        raise NothingFound(str(error)) from error
    base = bases.ask(world.ask_base, queries, MOST_PASSAGES)
    hits = _merged([*(each.hits for each in found), *base.hits])[:MOST_PASSAGES]
    count("SearchesWithoutHit", int(not hits))
    missing = known.missing(ask.question, hits, said) if hits else []
    if base.trouble is not None and (missing or not hits):
        raise base.trouble
    if not hits:
        raise NothingFound("No passage that you may read is near this question. Ask for what your documents hold.")
    if missing:
        raise NotInDocuments(
            f"The documents that you may read do not say it: {', '.join(missing[:MOST_NAMED])} "
            f"{'stands' if len(missing) == 1 else 'stand'} nowhere in what was found."
        )
    return Found(hits, base.trouble is not None)


@dataclass(frozen=True, slots=True)
class Listed:
    """A search's hits as its caller sees them. ``more``: there may be others; ``without_base``: as of ``Found``."""

    hits: list[dict[str, Any]]
    more: bool
    without_base: bool


def hits_of(world: SearchWorld, summaries: Bucket, reader: Reader, query: str, narrowed: Filters, top: int) -> Listed:
    """The knowledge base is asked where nothing narrows the search: of a base nobody knows types, days or folders.

    Raises what a search raises.
    """
    found = _searched(world, reader, query, narrowed, top)
    base = bases.ask(world.ask_base if narrowed == Filters() else None, [query], top)
    hits = _merged([found.hits, *base.hits])[:top]
    count("SearchesWithoutHit", int(not hits))
    with ThreadPoolExecutor(WORKERS) as pool:
        places = pool.map(lambda hit: boxes.of(summaries, hit), hits)
        listed = [citations.reference(hit, place) for hit, place in zip(hits, places, strict=True)]
    return Listed(listed, found.cut, base.trouble is not None)


def _searched(world: SearchWorld, reader: Reader, query: str, narrowed: Filters, top: int) -> search.Found:
    found = search.search(world, reader, query, narrowed, top)
    count("RightsDenied", found.denied)
    count("StaleHits", found.stale)
    count("SetsLeftOut", found.left_out)
    return found


def _merged(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """In turns, each passage once: neither query's best, nor a base's, is behind another's rest. Scores of two stores
    cannot be compared."""
    in_turns = chain.from_iterable(zip_longest(*found))
    return list({(hit.key, hit.version, hit.n): hit for hit in in_turns if hit is not None}.values())
