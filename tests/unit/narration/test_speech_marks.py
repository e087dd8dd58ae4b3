"""Speech marks: from Polly's milliseconds to samples of the merged audio."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.audio import speech_marks, timeline
from narration.audio.codecs.mp3 import ENCODER_DELAY
from narration.audio.speech_marks import Mark
from narration.audio.timeline import Placement
from narration.model import Clip, Item, Span
from narration.speech import fragments, ssml
from tests.unit.narration.builders import JOANNA, paragraph

FRAGMENT = fragments.make(ssml.pieces(paragraph("Fish & chips. Then tea."), JOANNA)[0], JOANNA)


def line(time: int, kind: str, value: str) -> str:
    return json.dumps({"time": time, "type": kind, "start": 7, "end": 9, "value": value}, ensure_ascii=False)


def answer(*lines: str) -> bytes:
    return "".join(one + "\n" for one in lines).encode()


def test_pollys_answer_is_kept_and_read():
    found = speech_marks.document(
        answer(
            line(0, "sentence", 'Fish &amp; <lang xml:lang="fr-FR">frites</lang>.'),
            line(6, "word", "Fish"),
            line(400, "word", "a\u2028b"),
            line(410, "viseme", "p"),
        ),
        FRAGMENT,
    )
    assert (found["schema"], found["characters"], len(found["marks"])) == (1, FRAGMENT.characters, 4)
    assert speech_marks.read(json.loads(json.dumps(found))) == (
        Mark("sentence", 0, "Fish & frites."),
        Mark("word", 6, "Fish"),
        Mark("word", 400, "a\u2028b"),
    )


@pytest.mark.parametrize(
    "body", [b"no json\n", b"[1]\n", b'{"type": "word", "time": 3}\n', b"\xff\n", b'{"time": 1}\n']
)
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one
        speech_marks.document(body, FRAGMENT)


@pytest.mark.parametrize(
    ("marks", "engine", "expected"),
    [
        ("none", "neural", False),
        ("sentence", "neural", True),
        ("word", "standard", True),
        ("word", "generative", False),
    ],
)
def test_who_is_asked_for_marks(marks, engine, expected):
    voice = JOANNA.__class__("Joanna", engine, "en-US")
    assert speech_marks.wanted(marks, fragments.make(ssml.pieces(paragraph("Hello."), voice)[0], voice)) is expected


def placed(first: int, last: int, start: int) -> Placement:
    return Placement(Item("text", 0, "", "f"), Clip(last + 6_000, first + 600, 6_000), first, last, start)


def test_positions_count_the_encoders_delay_and_not_what_was_trimmed():
    place = placed(1_500, 49_500, 10_000)
    found = speech_marks.spans(place, [Mark("sentence", 0, "One."), Mark("sentence", 1_000, "Two.")], 24_000)
    second = 10_000 + 24_000 + ENCODER_DELAY - 1_500
    assert found == (Span(10_000, second, "One."), Span(second, 58_000, "Two."))


def test_marks_that_fall_together_share_a_span():
    marks = [Mark("word", 0, "a"), Mark("word", 0, "b"), Mark("word", 99_999, "c"), Mark("word", 100_000, "d")]
    found = speech_marks.spans(placed(0, 24_000, 0), marks, 24_000)
    assert [span.text for span in found] == ["a b", "c d"]
    assert found[-1] == Span(23_999, 24_000, "c d")


@given(
    st.lists(
        st.builds(Mark, st.sampled_from(["sentence", "word"]), st.integers(0, 5_000), st.text(min_size=1)), max_size=9
    ),
    st.integers(0, 9_000),
    st.integers(1, 90_000),
    st.integers(0, 10**7),
)
def test_spans_are_ordered_inside_the_item_and_lose_no_text(marks, first, length, start):
    marks = sorted(marks, key=lambda mark: mark.time)
    place = placed(first, first + length, start)
    found = speech_marks.spans(place, marks, 24_000)
    reached = place.start
    for span in found:
        assert reached <= span.start < span.end <= place.end
        reached = span.end
    assert not found or found[-1].end == place.end
    assert " ".join(span.text for span in found) == " ".join(mark.text for mark in marks)


def test_only_items_with_marks_are_timed_and_words_only_where_asked():
    items = [Item("text", 0, "One. Two.", "a"), Item("sound", 1, sound="sounds/x"), Item("text", 2, "Three.", "b")]
    clips = {"a": Clip(48_000, 2_000, 7_000), "b": Clip(48_000, 2_000, 7_000), "sounds/x": Clip(5_000, 0, 0)}
    placements = timeline.place(items, clips)
    marks = {"a": (Mark("sentence", 0, "One."), Mark("word", 10, "One"), Mark("sentence", 900, "Two."))}
    made = speech_marks.timed(timeline.of(placements, "t"), placements, marks, words=False)
    assert [[span.text for span in item.sentences] for item in made.items] == [["One.", "Two."], [], [], [], [], []]
    assert not any(item.words for item in made.items)
    with_words = speech_marks.timed(timeline.of(placements, "t"), placements, marks, words=True)
    assert [span.text for span in with_words.items[0].words] == ["One"]
    assert timeline.from_members(json.loads(json.dumps(timeline.to_members(with_words)))) == with_words
    assert timeline.retitle(with_words, "u").items == with_words.items
