"""``chapters.vtt``: the chapters as WebVTT (W3C, "chapter cues"), the form that browsers and players read."""

from __future__ import annotations

from narration.model import Timeline


def chapters_vtt(timeline: Timeline) -> str:
    """One cue a chapter, from its start to the next one's; no cues where there are no chapters."""
    ends = [chapter.start for chapter in timeline.chapters[1:]] + [timeline.samples]
    cues = ["WEBVTT\n"]
    for number, (chapter, end) in enumerate(zip(timeline.chapters, ends, strict=False), start=1):
        start_ms = _milliseconds(chapter.start, timeline.sample_rate)
        # A cue must end after it starts, also where two chapters share a millisecond.
        end_ms = max(_milliseconds(end, timeline.sample_rate), start_ms + 1)
        cues.append(f"{number}\n{timestamp(start_ms)} --> {timestamp(end_ms)}\n{cue_text(chapter.title)}\n")
    return "\n".join(cues)


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
