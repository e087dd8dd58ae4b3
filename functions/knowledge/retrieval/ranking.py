"""What was found, in one order.

1. Passages that hold numbers, codes or names of the question stand first, those that hold more of them before those
   that hold fewer. What many of the passages hold tells little: a mention that is in more than ``RARE`` of them counts
   only by the second rule.
2. Else by reciprocal rank (Cormack, Clarke, Buettcher 2009): of nearness, of nearness among those that hold a mention,
   and of the question's words, which count three times. Vectors find what is said in other words; among what they and
   the mentions found, the words know better which one it is.

The figures are kept by tests/unit/knowledge/retrieval/test_planted_facts.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knowledge.model import Hit
from knowledge.retrieval import lexical
from knowledge.retrieval.queries import Gathered, Mention
from knowledge.retrieval.world import Near

RARE: Final = 20
CONSTANT: Final = 60
NEAR, NAMED, WORDS = 1.0, 1.0, 3.0


def ranked(gathered: Gathered, question: str, mentions: Sequence[Mention]) -> list[Hit]:
    """Each passage once, the best first; ``exact`` where it holds a mention."""
    found = {near.key: near for near in (*gathered.near, *gathered.named)}
    held = {key: _held(near, mentions) for key, near in found.items()}
    spread = Counter(number for numbers in held.values() for number in numbers)
    said = lexical.scores(question, {key: str(near.metadata["text"]) for key, near in found.items()})
    ranks = _ranks(
        (NEAR, [near.key for near in gathered.near]),
        (NAMED, [near.key for near in gathered.named]),
        (WORDS, sorted(said, key=lambda key: (-said[key], key))),
    )

    def order(key: str) -> tuple[int, float, str]:
        return (-sum(spread[number] <= RARE for number in held[key]), -ranks[key], key)

    return [hit_of(found[key], bool(held[key])) for key in sorted(found, key=order)]


def _ranks(*rankings: tuple[float, Sequence[str]]) -> Counter[str]:
    """Weighted reciprocal ranks, added up."""
    found: Counter[str] = Counter()
    for weight, keys in rankings:
        for place, key in enumerate(keys):
            found[key] += weight / (CONSTANT + place)  # type: ignore[assignment]
    return found


def _held(near: Near, mentions: Sequence[Mention]) -> list[int]:
    """The numbers of the mentions of which a passage holds any form."""
    refs = frozenset(near.metadata.get("refs") or ())
    return [number for number, forms in enumerate(mentions) if not refs.isdisjoint(forms)]


def hit_of(near: Near, exact: bool) -> Hit:
    """A passage as its vector's metadata has it (``indexing.vectors``)."""
    metadata: Mapping[str, Any] = near.metadata
    first, _, last = str(metadata["lines"]).partition("-")
    return Hit(
        str(metadata["key"]),
        str(metadata["version"]),
        int(metadata["page"]),
        int(metadata["n"]),
        str(metadata["text"]),
        int(first),
        int(last or first),
        # Of a cosine: 1 for the same direction. S3 Vectors rounds, so it may pass either end a little.
        round(min(1.0, max(0.0, 1 - near.distance)), 6),
        exact,
        str(metadata.get("type") or ""),
        int(metadata.get("date") or 0),
        str(metadata.get("language") or ""),
    )
