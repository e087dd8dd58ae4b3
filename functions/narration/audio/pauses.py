"""How long the silence between two items is, where a publisher or an ornament asks for another than usual. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from narration.audio import timeline
from narration.model import SAMPLE_RATE, Item, Paragraph

ORNAMENT = 1_200
"""Milliseconds of an ornament or a thematic break: longer than in front of a heading, as a reader would take breath."""


def asked_for(items: Sequence[Item], paragraphs: Sequence[Paragraph], pauses: Mapping[str, int]) -> tuple[Item, ...]:
    """``items`` with the pause behind each that ``pauses`` (milliseconds by kind) or a pause paragraph asks for.

    Where neither does, an item's pause stays None: the usual one holds, and nothing about the audio changes.
    """
    behind = [_behind(before, after, paragraphs, pauses) for before, after in pairwise(items)]
    return tuple(replace(item, pause=pause) for item, pause in zip(items, [*behind, None][: len(items)], strict=True))


def _behind(before: Item, after: Item, paragraphs: Sequence[Paragraph], pauses: Mapping[str, int]) -> int | None:
    between = _between(before, after, paragraphs, pauses)
    usual = _usual(before, after, pauses)
    return between if usual is None else max(between or 0, usual)


def _between(before: Item, after: Item, paragraphs: Sequence[Paragraph], pauses: Mapping[str, int]) -> int | None:
    """Of the pause paragraphs that stand between the two, the longest."""
    if after.paragraph is None:
        return None
    first = 0 if before.paragraph is None else before.paragraph + 1
    asked = [
        pauses.get("ornament", ORNAMENT) if one.pause is None else one.pause
        for one in paragraphs[first : after.paragraph]
        if one.kind == "pause"
    ]
    return max(asked, default=None)


def _usual(before: Item, after: Item, pauses: Mapping[str, int]) -> int | None:
    """The pause by kind as a publisher has set it; None where he has set none that matters here."""
    if "sound" in (before.kind, after.kind):
        return pauses.get("sound")
    if (before.kind, before.paragraph) == (after.kind, after.paragraph):
        return pauses.get("within")
    if before.kind not in pauses and after.kind not in pauses:
        return None
    return max(_of(before, pauses), _of(after, pauses))


def _of(item: Item, pauses: Mapping[str, int]) -> int:
    return pauses.get(item.kind, timeline.PAUSE[item.kind] * 1000 // SAMPLE_RATE)
