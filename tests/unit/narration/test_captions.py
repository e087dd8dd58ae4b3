"""Chapters and captions as WebVTT."""

from __future__ import annotations

import html
import re

import webvtt
from hypothesis import given
from hypothesis import strategies as st

from narration.audio.captions import captions_vtt, chapters_vtt, timestamp
from narration.model import Chapter, Span, Timeline, TimelineItem

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


def spoken(start: int, end: int, text: str, *sentences: Span) -> TimelineItem:
    return TimelineItem("text", 0, start, end, "ab" * 32, text, sentences)


def test_a_cue_a_sentence_and_a_cue_a_paragraph_where_sentences_are_not_known():
    items = (
        spoken(0, 48_000, "One. Two.", Span(0, 24_000, "One."), Span(24_000, 48_000, "Two.")),
        TimelineItem("pause", None, 48_000, 60_000),
        TimelineItem("sound", 1, 60_000, 72_000),
        spoken(72_000, 96_000, "Fish & <chips>"),
    )
    assert captions_vtt(Timeline(24_000, 96_000, items, ())) == (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nOne.\n\n2\n00:00:01.000 --> 00:00:02.000\nTwo.\n\n"
        "3\n00:00:03.000 --> 00:00:04.000\nFish &amp; &lt;chips&gt;\n"
    )


LONG = "The night train left Vienna at ten. " * 3 + "Nobody slept, for the carriage was cold and the sky was clear."


def test_a_long_paragraph_is_divided_at_sentence_ends_and_its_times_are_estimated():
    second = 24_000
    cues = captions_vtt(Timeline(second, 12 * second, (spoken(0, 12 * second, LONG),), ())).split("\n\n")[1:]
    sentence = "The night train left Vienna at ten."
    assert cues[0] == f"1 estimated\n00:00:00.000 --> 00:00:05.082\n{sentence} The\nnight train left Vienna at ten."
    assert cues[1] == f"2 estimated\n00:00:05.082 --> 00:00:07.623\n{sentence}"
    assert cues[2].endswith("--> 00:00:12.000\nNobody slept, for the carriage was cold\nand the sky was clear.\n")


WORDS = st.lists(st.text(st.sampled_from("ab.,! \u3042x"), min_size=1, max_size=60), min_size=1, max_size=40)


@given(WORDS.map(" ".join), st.integers(1, 120))
def test_a_cue_has_two_lines_and_seven_seconds_at_most(text, seconds):
    text = " ".join(text.split()) or "a"
    samples = seconds * 24_000
    cues = webvtt.from_string(captions_vtt(Timeline(24_000, samples, (spoken(0, samples, text),), ()))).captions
    assert " ".join(" ".join(cue.raw_text.split()) for cue in cues).replace(" ", "") == text.replace(" ", "")
    for cue in cues:
        lines = cue.raw_text.split("\n")
        assert len(lines) <= 2
        assert all(sum(2 if one == "\u3042" else 1 for one in line) <= 42 for line in lines)
        assert _seconds(cue.end) - _seconds(cue.start) <= max(7, seconds / len(text)) + 0.002
        assert (cue.identifier or "").endswith("estimated") == (len(cues) > 1)


def test_nothing_spoken_has_no_cues():
    assert captions_vtt(Timeline(24_000, 576, (TimelineItem("sound", 0, 0, 576),), ())) == "WEBVTT\n"


@st.composite
def timelines(draw):
    """Items and sentences of any length and text, one after the other."""
    items, position = [], 0
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["text", "heading", "sound", "pause"]))
        texts = draw(st.lists(st.text(max_size=20), max_size=4)) if kind in ("text", "heading") else []
        cuts = sorted(draw(st.sets(st.integers(1, 200_000), min_size=len(texts) + 1, max_size=len(texts) + 1)))
        cuts = [position, *(position + cut for cut in cuts)]
        spans = tuple(Span(a, b, t) for a, b, t in zip(cuts, cuts[1:], texts, strict=False))
        fragment = "ab" * 32 if kind in ("text", "heading") else None
        items.append(TimelineItem(kind, 0, cuts[0], cuts[-1], fragment, draw(st.text(max_size=20)), spans))
        position = cuts[-1]
    return Timeline(24_000, position, tuple(items), ())


@given(timelines())
def test_captions_are_ordered_inside_the_audio_and_read_by_another_library(made):
    text = captions_vtt(made)
    cues = webvtt.from_string(text).captions
    # Every line of the file is accounted for: no text has ended a cue, or opened one.
    rebuilt = [f"{cue.identifier}\n{cue.start} --> {cue.end}\n{cue.raw_text}\n" for cue in cues]
    assert "\n".join(["WEBVTT\n", *rebuilt]) == text
    reached = 0.0
    for cue in cues:
        assert reached <= _seconds(cue.start) < _seconds(cue.end)
        reached = _seconds(cue.end)
    assert reached <= made.samples / made.sample_rate
    assert [cue.identifier.split()[0] for cue in cues] == [str(n) for n in range(1, len(cues) + 1)]
    shown = "".join("".join(html.unescape(cue.raw_text).split()) for cue in cues)
    expected = "".join(
        "".join(span.text.replace("\0", " ").encode("utf-8", "replace").decode().split())
        for item in made.items
        if item.fragment
        for span in (item.sentences or (Span(item.start, item.end, item.text),))
        if span.end * 1000 // 24_000 > span.start * 1000 // 24_000
    )
    assert shown == expected


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
