"""Chapters and captions as WebVTT (W3C), the form that browsers and players read, and chapters as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate
from unicodedata import east_asian_width

from narration.model import Span, Timeline
from narration.speech import sentences

LINE = 42
"""Columns of a line; an ideograph or a syllable of East Asian scripts takes two (Netflix, "Timed Text Style Guide")."""
LINES = 2
MOST_MS = 7_000
"""Milliseconds a cue is shown at most (same source)."""


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
    """``captions.vtt``: the spoken text in cues of at most two lines and seven seconds.

    A cue is a sentence where the timeline knows them, else an item, divided where it is longer than a cue may be. Times
    inside of it come from the number of characters, and the identifier of such a cue says "estimated". Cues follow one
    another without overlaps; what lasts less than the millisecond that WebVTT can tell is not shown.
    """
    cues = ["WEBVTT\n"]
    reached = 0
    for spoken in _spoken(timeline):
        parts = list(_divided(spoken, timeline.sample_rate))
        mark = " estimated" if len(parts) > 1 else ""
        for span in parts:
            text = "\n".join(filter(None, map(cue_text, _lines(span.text))))
            start = max(reached, _milliseconds(span.start, timeline.sample_rate))
            end = _milliseconds(span.end, timeline.sample_rate)
            if text and start < end:
                cues.append(f"{len(cues)}{mark}\n{timestamp(start)} --> {timestamp(end)}\n{text}\n")
                reached = end
    return "\n".join(cues)


def _spoken(timeline: Timeline) -> Iterator[Span]:
    for item in timeline.items:
        if item.fragment:
            yield from item.sentences or (Span(item.start, item.end, item.text),)


def _divided(span: Span, sample_rate: int) -> Iterator[Span]:
    """``span`` in parts that fit into a cue, each as long as its share of the characters."""
    text = " ".join(span.text.split())
    length = span.end - span.start
    shown = length * 1000 // sample_rate
    at_once = len(text) if shown <= MOST_MS else max(len(text) * MOST_MS // shown, 1)
    columns = [0, *accumulate(2 if east_asian_width(one) in "WF" else 1 for one in text)]
    start = 0
    for part in sentences.split(text, lambda at: min(_two_lines(text, columns, at), at + at_once)):
        end = start + len(part)
        yield Span(
            span.start + length * start // max(len(text), 1), span.start + length * end // max(len(text), 1), part
        )
        start = end


def _two_lines(text: str, columns: list[int], start: int) -> int:
    """Where what stands on two lines ends if they begin at ``start``."""
    for _ in range(LINES):
        start = _line_end(text, columns, start)
    return start


def _line_end(text: str, columns: list[int], start: int) -> int:
    """The end of a line that begins at ``start``: behind a space if there is one, at the end of the text if it fits."""
    end = start
    while end < len(text) and columns[end + 1] - columns[start] <= LINE:
        end += 1
    if end == len(text):
        return end
    space = text.rfind(" ", start + 1, end + 1)
    return space + 1 if space > 0 else max(end, start + 1)


def _lines(text: str) -> list[str]:
    columns = [0, *accumulate(2 if east_asian_width(one) in "WF" else 1 for one in text)]
    lines, start = [], 0
    while start < len(text):
        end = _line_end(text, columns, start)
        lines.append(text[start:end].strip())
        start = end
    return lines


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
