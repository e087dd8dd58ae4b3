"""Chapters as WebVTT."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from narration.captions import chapters_vtt, timestamp
from narration.model import Chapter, Timeline

CUE = re.compile(r"(\d+)\n(\d{2,}:\d\d:\d\d\.\d{3}) --> (\d{2,}:\d\d:\d\d\.\d{3})\n([^\n]*)\n")


def made(*chapters: Chapter, samples: int = 240_000) -> Timeline:
    return Timeline(24_000, samples, (), chapters)


def test_chapters_follow_one_another():
    text = chapters_vtt(made(Chapter("Intro", 0), Chapter("Gärten & <Parks>", 36_012)))
    assert text == (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\nIntro\n\n"
        "2\n00:00:01.500 --> 00:00:10.000\nGärten &amp; &lt;Parks&gt;\n"
    )


def test_no_chapters():
    assert chapters_vtt(made()) == "WEBVTT\n"


def test_hours():
    assert timestamp(3 * 3_600_000 + 62_003) == "03:01:02.003"
    assert timestamp(100 * 3_600_000) == "100:00:00.000"


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 240_000)), max_size=8))
def test_any_title_is_one_line_of_one_cue(entries):
    ordered = sorted(entries, key=lambda entry: entry[1])
    text = chapters_vtt(made(*(Chapter(title, start) for title, start in ordered)))
    head, _, rest = text.partition("\n\n")
    assert head.strip() == "WEBVTT"
    cues = CUE.findall(rest)
    assert "\n".join(f"{n}\n{a} --> {b}\n{t}\n" for n, a, b, t in cues) == rest
    assert len(cues) == len(entries)
    assert all(start < end for _, start, end, _ in cues)
    assert all("<" not in title and ">" not in title for *_, title in cues)
    text.encode("utf-8")
