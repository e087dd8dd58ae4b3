"""Passages of a Bedrock knowledge base that somebody has (KnowledgeBaseId), beside those of our own index.

Whoever sets the parameter says that everybody who may call the API may read all of that base: no access file rules over
it. So its passages are kept apart from ours by their form: they have no key, and carry the base's id instead. Whatever
a base says of itself (an address that is one of our inbox, a page, rights) is shown, and decides nothing.

A base that cannot be asked is somebody else's service: what our own documents answer is answered without it, and says
so; what they do not answer waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from common.content import language_guess, text_cuts
from common.errors import MillraceError
from common.objects import encode
from common.observability import count, logger
from knowledge.errors import BaseForbidden, BaseThrottled, BaseUnavailable
from knowledge.model import Hit
from services.knowledge_bases import Base, Retrieved

MOST_TEXT: Final = 2_000
"""Characters of a passage that are read: whoever made the base chose its pieces, and a few of them must not take all
the room of a prompt. What is cut off is counted."""
MOST_LOCATION: Final = 2_048
MOST_KIND: Final = 64
TROUBLES: Final = (BaseThrottled, BaseUnavailable, BaseForbidden)


@dataclass(slots=True)
class Asked:
    """``hits``: of each text that was asked, the nearest first. ``trouble``: why some of them are not there."""

    hits: list[list[Hit]] = field(default_factory=list)
    trouble: MillraceError | None = None


Ask = Callable[[str, int], list[Hit]]
"""A text and how many passages at most -> those of the base. Raises one of TROUBLES."""


def of(identifier: str) -> Ask | None:
    """What asks the base; None where the parameter is empty."""
    if not identifier:
        return None
    base = Base(identifier, throttled=BaseThrottled, unavailable=BaseUnavailable, refused=BaseForbidden)
    return lambda text, top: _asked(base, identifier, text, top)


def ask(base: Ask | None, texts: Sequence[str], top: int) -> Asked:
    """Each of ``texts`` asked of the base; the first trouble ends it, and is counted."""
    found = Asked()
    if base is None:
        return found
    try:
        for text in texts:
            found.hits.append(base(text, top))
    except TROUBLES as error:
        logger().warning(
            "the knowledge base was not asked", extra={"error": type(error).__name__, "reason": str(error)}
        )
        count("BaseNotAsked")
        found.trouble = error
    count("BasePassages", sum(map(len, found.hits)))
    return found


def _asked(base: Base, identifier: str, text: str, top: int) -> list[Hit]:
    results, unread = base.retrieve(text, top)
    count("BaseResultsLeftOut", unread)
    count("BasePassagesCut", sum(len(each.text) > MOST_TEXT for each in results))
    return [_hit(identifier, each) for each in results]


def _hit(identifier: str, found: Retrieved) -> Hit:
    text = text_cuts.head_by_characters(found.text, MOST_TEXT)
    kind, location = found.kind[:MOST_KIND], found.location[:MOST_LOCATION]
    made_of = {"base": identifier, "kind": kind, "location": location, "text": text}
    return Hit(
        key="",
        version=hashlib.sha256(encode(made_of)).hexdigest()[:16],
        page=0,
        n=0,
        text=text,
        first=0,
        last=0,
        score=found.score,
        language=language_guess.guess(text, ""),
        base=identifier,
        kind=kind,
        location=location,
    )
