"""Speech marks: which sentence and which word is heard when. Pure.

Polly gives marks for a second request, billed like the first (Polly developer guide, "Speech marks"), so its answer is
kept as it came, beside the fragment's audio. A mark's time is in milliseconds of the speech before it was encoded; the
MP3 is later by the encoder's delay, and in the merged audio a fragment begins without most of its silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from narration.audio.codecs.mp3 import ENCODER_DELAY
from narration.audio.timeline import Placement
from narration.model import SCHEMA, Fragment, Span, Timeline

TYPES = ("sentence", "word")
"""Always asked for together: Polly bills the characters of a request, not the marks of its answer."""

ENGINES = frozenset({"standard", "neural", "long-form"})
"""Those that give speech marks (Polly developer guide, "Speech marks"); generative voices give none."""

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a sentence or a word begins, in milliseconds of the fragment's speech, and its text without markup."""

    kind: str
    time: int
    text: str


def wanted(marks: str, fragment: Fragment) -> bool:
    """Whether a plan with the option ``marks`` needs those of ``fragment``."""
    return marks != "none" and fragment.engine in ENGINES


def document(answer: bytes, fragment: Fragment) -> dict[str, Any]:
    """``fragments/<hash>.marks.json``: Polly's answer, one JSON object per line, with the characters billed for it.

    Raises ValueError where it is none.
    """
    rows = [json.loads(line) for line in answer.decode().split("\n") if line.strip()]
    found = {"schema": SCHEMA, "characters": fragment.characters, "marks": rows}
    read(found)
    return found


def read(found: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks of sentences and words in a ``.marks.json``, in the order of their time.

    Polly marks text as it stands in the request, so tags are taken out and escapes resolved.
    """
    try:
        marks = [
            Mark(row["type"], int(row["time"]), _plain(row["value"])) for row in found["marks"] if row["type"] in TYPES
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"Speech marks without time, type or value: {error}.") from error
    return tuple(sorted((mark for mark in marks if mark.text), key=lambda mark: mark.time))


def _plain(value: str) -> str:
    """The text behind what ``ssml.to_xml`` has made of it."""
    return _TAG.sub("", value).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def timed(
    timeline: Timeline, placements: Sequence[Placement], marks: Mapping[str, Sequence[Mark]], *, words: bool
) -> Timeline:
    """``timeline`` with the sentences of every item whose fragment has ``marks``; with its words too if asked.

    ``placements`` belong to the timeline's items without pauses, in order.
    """
    places = iter(placements)
    items = []
    for item in timeline.items:
        placed = next(places) if item.kind != "pause" else None
        own = marks.get(item.fragment or "", ())
        if placed is not None and own:
            item = replace(  # noqa: PLW2901
                item,
                sentences=spans(placed, (m for m in own if m.kind == "sentence"), timeline.sample_rate),
                words=spans(placed, (m for m in own if m.kind == "word"), timeline.sample_rate) if words else (),
            )
        items.append(item)
    return replace(timeline, items=tuple(items))


def spans(placed: Placement, marks: Iterable[Mark], sample_rate: int) -> tuple[Span, ...]:
    """Each mark from its beginning to that of the next one, the last to the end of its item.

    For any times of Polly's, spans are in order, never empty, and inside the item; texts that would begin together
    share one.
    """
    starts: list[tuple[int, str]] = []
    for mark in marks:
        inside = mark.time * sample_rate // 1000 + ENCODER_DELAY - placed.first
        start = placed.start + min(max(inside, 0), placed.last - placed.first - 1)
        if starts and start <= starts[-1][0]:
            starts[-1] = (starts[-1][0], f"{starts[-1][1]} {mark.text}")
        else:
            starts.append((start, mark.text))
    if not starts:
        return ()
    ends = [start for start, _ in starts[1:]] + [placed.end]
    return tuple(Span(start, end, text) for (start, text), end in zip(starts, ends, strict=True))
