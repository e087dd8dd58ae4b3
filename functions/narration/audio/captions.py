"""Chapters and captions as WebVTT (W3C), the form that browsers and players read, and chapters as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from narration.model import Span, Timeline


def chapters_vtt(timeline: Timeline) -> str:
    """One cue per chapter, from its start to the next one's; no cues where there are no chapters."""
    ends = [chapter.start for chapter in timeline.chapters[1:]] + [timeline.samples]
    cues = ["WEBVTT\n"]
    for number, (chapter, end) in enumerate(zip(timeline.chapters, ends, strict=False), start=1):
        start_ms = _milliseconds(chapter.start, timeline.sample_rate)
        # A cue must end after it starts, also where two chapters share a millisecond.
        end_ms = max(_milliseconds(end, timeline.sample_rate), start_ms + 1)
        cues.append(f"{number}\n{timestamp(start_ms)} --> {timestamp(end_ms)}\n{cue_text(chapter.title)}\n")
    return "\n".join(cues)


def chapters_json(timeline: Timeline) -> bytes:
    """``chapters.json``: the chapters as JSON chapters 1.2 of the podcast namespace; times in seconds."""
    chapters = [
        {"startTime": round(chapter.start / timeline.sample_rate, 3), "title": chapter.title}
        for chapter in timeline.chapters
    ]
    return json.dumps({"version": "1.2.0", "chapters": chapters}, ensure_ascii=False).encode("utf-8", "replace")


def captions_vtt(timeline: Timeline) -> str:
    """``captions.vtt``: the spoken text, one cue per sentence where the timeline knows them, else one per item.

    Cues follow one another without overlaps; what lasts less than the millisecond that WebVTT can tell is not shown.
    """
    cues = ["WEBVTT\n"]
    reached = 0
    for span in _spoken(timeline):
        text = cue_text(span.text)
        start = max(reached, _milliseconds(span.start, timeline.sample_rate))
        end = _milliseconds(span.end, timeline.sample_rate)
        if text and start < end:
            cues.append(f"{len(cues)}\n{timestamp(start)} --> {timestamp(end)}\n{text}\n")
            reached = end
    return "\n".join(cues)


def _spoken(timeline: Timeline) -> Iterator[Span]:
    for item in timeline.items:
        if item.fragment:
            yield from item.sentences or (Span(item.start, item.end, item.text),)


def timestamp(milliseconds: int) -> str:
    """``HH:MM:SS.mmm``; hours may have more than two digits."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def cue_text(text: str) -> str:
    """``text`` on one line, special characters escaped, so that it can neither end a cue nor open one."""
    line = " ".join(text.replace("\0", " ").split())
    line = line.encode("utf-8", "replace").decode("utf-8")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _milliseconds(samples: int, sample_rate: int) -> int:
    return samples * 1000 // sample_rate
