"""Where everything stands in the merged audio, computed from lengths alone: no audio is touched here.

The engine's own silence at the edges of each fragment is trimmed, and deliberate pauses stand between items
instead: otherwise the silence at every fragment's two ends (about 0.35 s with Polly, plus 46 ms of encoder
delay) adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from narration.audio.codecs.mp3 import SAMPLES_PER_FRAME
from narration.model import SAMPLE_RATE, Chapter, Clip, Item, ItemKind, Span, Timeline, TimelineItem


def _milliseconds(value: int) -> int:
    return value * SAMPLE_RATE // 1000


PAUSE: Mapping[ItemKind, int] = {
    "title": _milliseconds(700),
    "heading": _milliseconds(700),
    "quote": _milliseconds(600),
    "note": _milliseconds(600),
    "text": _milliseconds(450),
    "sound": _milliseconds(300),
}
"""Samples of silence around an item, by its kind; between two items the longer one holds. A sound brings its
own fades, so around a sound its short pause always holds."""

PAUSE_WITHIN = _milliseconds(250)
"""Samples between two fragments of one paragraph: about what an engine leaves between two sentences."""

LEAD_GUARD = _milliseconds(25)
TAIL_GUARD = _milliseconds(60)
"""Samples of a fragment's own silence that stay: soft onsets and the decay of the last sound are below the
threshold of silence, but they are heard when they are missing."""


@dataclass(frozen=True, slots=True)
class Placement:
    """An item of the timeline and the stretch ``[first, last)`` of its clip that is heard, in samples."""

    item: Item
    clip: Clip
    first: int
    last: int
    start: int
    """Where ``first`` stands in the merged audio."""

    @property
    def end(self) -> int:
        return self.start + self.last - self.first


def build(items: Sequence[Item], clips: Mapping[str, Clip], title: str = "") -> Timeline:
    """The timeline of ``items`` in order, with their pauses; ``clips`` by fragment hash or by a sound's key.

    Items without a clip, or with an empty one, are left out. The length is rounded up to whole MP3 frames by a
    closing pause (see ``whole_frames``). ``title`` names the first chapter unless a heading opens the audio.
    """
    return of(place(items, clips), title)


def of(placements: Sequence[Placement], title: str = "", samples: int | None = None) -> Timeline:
    """The timeline of what has a place already; ``samples``: its whole length where that is known."""
    entries: list[TimelineItem] = []
    position = 0
    for placed in placements:
        if placed.start > position:
            entries.append(TimelineItem("pause", None, position, placed.start))
        item, position = placed.item, placed.end
        entries.append(TimelineItem(item.kind, item.paragraph, placed.start, position, item.fragment, item.text))
    whole = whole_frames(position) if samples is None else samples
    if whole > position:
        entries.append(TimelineItem("pause", None, position, whole))
    return Timeline(SAMPLE_RATE, whole, tuple(entries), chapters(entries, title))


def place(items: Iterable[Item], clips: Mapping[str, Clip]) -> list[Placement]:
    """Each audible item with the part of its clip that is heard and where; the gaps between are pauses."""
    placements: list[Placement] = []
    for item, clip in audible(items, clips):
        first, last = heard(clip)
        start = 0
        if placements:
            start = placements[-1].end + pause_between(placements[-1].item, item)
        placements.append(Placement(item, clip, first, last, start))
    return placements


def audible(items: Iterable[Item], clips: Mapping[str, Clip]) -> Iterator[tuple[Item, Clip]]:
    """Each item that has something to be heard, with its clip."""
    for item in items:
        clip = clips.get(item.fragment or item.sound or "")
        if clip is not None and clip.samples > 0:
            yield item, clip


def heard(clip: Clip) -> tuple[int, int]:
    """The stretch ``[first, last)`` of a clip without its edge silence but for the guards; never empty."""
    lead = min(max(clip.lead_silence, 0), clip.samples)
    tail = min(max(clip.tail_silence, 0), clip.samples - lead)
    first = min(max(0, lead - LEAD_GUARD), clip.samples - 1)
    last = min(clip.samples, clip.samples - tail + TAIL_GUARD)
    return first, max(last, first + 1)


def pause_between(before: Item, after: Item) -> int:
    """Samples of silence between two neighbours: what the first asks for, else the longer one of their kinds'."""
    if before.pause is not None:
        return _milliseconds(before.pause)
    if "sound" in (before.kind, after.kind):
        return PAUSE["sound"]
    if (before.kind, before.paragraph) == (after.kind, after.paragraph):
        return PAUSE_WITHIN
    return max(PAUSE[before.kind], PAUSE[after.kind])


def whole_frames(samples: int) -> int:
    """``samples`` rounded up to whole MP3 frames.

    FFmpeg's mp3 muxer announces the padding behind the last sample so that players can drop it, but it is wrong
    by up to 46 samples where the last frame holds 1 to 46 samples (seen with FFmpeg 7.0.2); whole frames are
    exact.
    """
    return -(-samples // SAMPLES_PER_FRAME) * SAMPLES_PER_FRAME


def chapters(entries: Iterable[TimelineItem], title: str = "") -> tuple[Chapter, ...]:
    """One chapter per heading, whose fragments' texts are joined; ``title`` opens if no heading starts at 0.

    A heading without text takes the title too. With a title there is always a chapter at 0.
    """
    titled: list[Chapter] = []
    heading: int | None = None
    for entry in entries:
        if entry.kind == "heading":
            text = entry.text.strip()
            if titled and heading is not None and heading == entry.paragraph:
                titled[-1] = Chapter(f"{titled[-1].title} {text}".strip(), titled[-1].start)
            else:
                titled.append(Chapter(text, entry.start))
            heading = entry.paragraph
        elif entry.kind != "pause":
            heading = None
    named = [Chapter(one.title or title, one.start) for one in titled if one.title or title]
    if title and not (named and named[0].start == 0):
        named.insert(0, Chapter(title, 0))
    return tuple(named)


def retitle(timeline: Timeline, title: str) -> Timeline:
    """The same audio under another article title: only the chapters can change."""
    return Timeline(timeline.sample_rate, timeline.samples, timeline.items, chapters(timeline.items, title))


def to_members(timeline: Timeline) -> dict[str, Any]:
    """The members of ``timeline.json`` that a timeline knows; all positions in samples."""
    return {
        "sample_rate": timeline.sample_rate,
        "samples": timeline.samples,
        "items": [_item_members(item) for item in timeline.items],
        "chapters": [{"title": chapter.title, "start": chapter.start} for chapter in timeline.chapters],
    }


def _item_members(item: TimelineItem) -> dict[str, Any]:
    members: dict[str, Any] = {
        "kind": item.kind,
        "paragraph": item.paragraph,
        "start": item.start,
        "end": item.end,
        "fragment": item.fragment,
        "text": item.text,
    }
    for name, spans in (("sentences", item.sentences), ("words", item.words)):
        if spans:
            members[name] = [{"start": span.start, "end": span.end, "text": span.text} for span in spans]
    return members


def from_members(members: Mapping[str, Any]) -> Timeline:
    """The timeline in a ``timeline.json`` that this application wrote; the inverse of ``to_members``."""
    items = tuple(
        TimelineItem(
            one["kind"],
            one["paragraph"],
            one["start"],
            one["end"],
            one["fragment"],
            one["text"],
            *(tuple(Span(**span) for span in one.get(name, ())) for name in ("sentences", "words")),
        )
        for one in members["items"]
    )
    found = tuple(Chapter(one["title"], one["start"]) for one in members["chapters"])
    return Timeline(members["sample_rate"], members["samples"], items, found)
