"""The passages of an ask: those of its question, and of its question behind the last turn; the same of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from knowledge.retrieval import boxes, search
from knowledge.retrieval.filters import Filters
from knowledge.retrieval.world import SearchWorld

WORKERS: Final = 8
MOST_NAMED: Final = 5
"""Words of a refusal; a question may name many things that are not there."""


def passages(world: SearchWorld, ask: Ask, said: Sequence[Mapping[str, Any]]) -> list[Hit]:
    """What the model is to be shown, the best first. ``said``: the turns before, as who asks may read them now.

    Raises NothingFound, NotInDocuments, and what a search raises.
    """
    queries = [ask.question, *filter(None, [turns.follow_up(ask.question, said)])]
    try:
        found = [_searched(world, ask.reader, query, Filters(), MOST_PASSAGES) for query in queries]
    except InvalidRequest as error:
        raise NothingFound(str(error)) from error
    hits = _merged(found)[:MOST_PASSAGES]
    count("SearchesWithoutHit", int(not hits))
    if not hits:
        raise NothingFound("No passage that you may read is near this question. Ask for what your documents hold.")
    missing = known.missing(ask.question, hits, said)
    if missing:
        raise NotInDocuments(
            f"The documents that you may read do not say it: {', '.join(missing[:MOST_NAMED])} "
            f"{'stands' if len(missing) == 1 else 'stand'} nowhere in what was found."
        )
    return hits


def hits_of(
    world: SearchWorld, summaries: Bucket, reader: Reader, query: str, narrowed: Filters, top: int
) -> tuple[list[dict[str, Any]], bool]:
    """A search's hits as its caller sees them, and whether there may be more. Raises what a search raises."""
    found = _searched(world, reader, query, narrowed, top)
    count("SearchesWithoutHit", int(not found.hits))
    with ThreadPoolExecutor(WORKERS) as pool:
        places = pool.map(lambda hit: boxes.of(summaries, hit), found.hits)
        return [citations.reference(hit, place) for hit, place in zip(found.hits, places, strict=True)], found.cut


def _searched(world: SearchWorld, reader: Reader, query: str, narrowed: Filters, top: int) -> search.Found:
    found = search.search(world, reader, query, narrowed, top)
    count("RightsDenied", found.denied)
    count("StaleHits", found.stale)
    count("SetsLeftOut", found.left_out)
    return found


def _merged(found: Sequence[search.Found]) -> list[Hit]:
    """In turns, each passage once: neither query's best is behind the other's rest."""
    in_turns = chain.from_iterable(zip_longest(*(each.hits for each in found)))
    return list({(hit.key, hit.version, hit.n): hit for hit in in_turns if hit is not None}.values())
