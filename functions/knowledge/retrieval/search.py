"""A search: what its reader may read, the best first. Whoever may read nothing costs nothing: no set, no call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.model import Hit, Reader
from knowledge.passages import references
from knowledge.retrieval import checks, filters, queries, ranking
from knowledge.retrieval.filters import Filters
from knowledge.retrieval.world import SearchWorld
from knowledge.rights import sets

MOST_TOP, TOP = 50, 10
"""Hits of a search at most, and where nobody says how many."""
MOST_LOOKED: Final = 300
"""Passages that are looked at again: where more were found and all of them taken away, it ends with fewer hits."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. The numbers are for metrics and operators: they tell of what the reader may not read.

    ``denied`` and ``stale``: passages that were taken away, by their access file and since another version counts;
    ``portions``: in which sets were asked for; ``left_out``: sets that were not, since there are too many.
    ``cut``: there may be more hits than were looked at, in a folder or behind what was taken away.
    """

    hits: list[Hit]
    denied: int = 0
    stale: int = 0
    portions: int = 0
    left_out: int = 0
    cut: bool = False


def search(world: SearchWorld, reader: Reader, query: str, narrowed: Filters, top: int = TOP) -> Found:
    """``query``: a question or words, of MOST_QUESTION characters. ``top``: 1 to MOST_TOP hits.

    Raises InvalidRequest, CeilingReached, PipelinePaused, ModelThrottled, ModelUnavailable, StorageUnavailable,
    VectorsThrottled, VectorsUnavailable.
    """
    readable = sets.readable(world.table, reader)
    if not readable:
        return Found([])
    mentions = queries.bounded(mentioned(query))
    gathered = queries.gather(world.index, world.embed(query), readable, narrowed, mentions)
    hits = [hit for hit in ranking.ranked(gathered, query, mentions) if filters.lets_through(narrowed, hit.key)]
    kept, looked, behind = _readable(world, reader, hits, top)
    full = any(len(each) >= queries.NEAREST for each in (gathered.near, gathered.named))
    cut = len(kept) < top and (behind > 0 or (bool(narrowed.folder) and full))
    return Found(kept, looked.denied, looked.stale, gathered.portions, gathered.left_out, cut)


def mentioned(query: str) -> list[queries.Mention]:
    """Numbers, codes and names of a question. In one without a capital any word may be a name."""
    written = query if any(sign.isupper() for sign in query) else query.title()
    return list(references.mentions(written))


def _readable(
    world: SearchWorld, reader: Reader, hits: Sequence[Hit], top: int
) -> tuple[list[Hit], checks.Looked, int]:
    """The first ``top`` hits that may be told, and how many were not looked at for want of time.

    A text that stands in several documents is told once before it is told again: of copies that are taken away the next
    one counts.
    """
    kept: list[Hit] = []
    again: list[Hit] = []
    texts: set[str] = set()
    looked = checks.Looked()
    most = hits[:MOST_LOOKED]
    for start in range(0, len(most), top):
        for hit in checks.look(world, reader, most[start : start + top], looked):
            (again if hit.text in texts else kept).append(hit)
            texts.add(hit.text)
        if len(kept) >= top:
            return kept[:top], looked, 0
    return [*kept, *again][:top], looked, len(hits) - len(most)
