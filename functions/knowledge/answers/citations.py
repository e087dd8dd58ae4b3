"""An answer's text with its citations: what rests on which passages, and where those stand on their page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from knowledge.answers import support
from knowledge.model import Hit, Sentence

Boxes = Callable[[Hit], list[list[float]]]
"""``[left, top, width, height]`` of each line of a passage, as shares of its page."""


def text_of(sentences: Sequence[Sentence]) -> str:
    """Sentences as one text."""
    return " ".join(sentence.text for sentence in sentences)


def of(sentences: Sequence[Sentence], hits: Sequence[Hit], boxes: Boxes) -> list[dict[str, Any]]:
    """``{text, span: {start, end}, references}`` per sentence; a span counts characters of ``text_of``, its end is
    behind the last one. ``hits``: as the model was shown them."""
    found, start = [], 0
    for sentence in sentences:
        end = start + len(sentence.text)
        references = [reference(hit, boxes(hit)) for hit in support.cited_by(sentence, hits)]
        found.append({"text": sentence.text, "span": {"start": start, "end": end}, "references": references})
        start = end + 1
    return found


def reference(hit: Hit, boxes: list[list[float]]) -> dict[str, Any]:
    """A passage as a caller sees it; ``version`` tells whether the document is still the one that was read. One of a
    knowledge base has the base's own word for where it stands instead of a key, a page and boxes."""
    if hit.base:
        location = {"type": hit.kind, "uri": hit.location}
        return {"location": location, "score": round(hit.score, 4), "text": hit.text}
    return {
        "key": hit.key,
        "version": hit.version,
        "page": hit.page,
        "boxes": boxes,
        "score": round(hit.score, 4),
        "text": hit.text,
    }
