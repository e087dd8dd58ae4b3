"""The local Polly's marks against its own audio, through the application's eyes: marks point where speech begins."""

from __future__ import annotations

import array
from itertools import pairwise
from pathlib import Path

import pytest

from narration.audio import express, mastering, silence, speech_marks
from narration.audio.merging import Material
from narration.model import SAMPLE_RATE, Item, Paragraph, Run, Voice
from narration.speech import fragments, ssml
from tests.local.polly.builders import speak
from tests.unit.narration import audio

JOANNA = Voice("Joanna", "neural", "en-US")
TEXT = "Fish & chips were sold out. The harbour has been closed since the storm. Nobody knows for how long."


@pytest.mark.parametrize("merge", [mastering.merge, express.merge], ids=["mastered", "express"])
def test_sentences_begin_in_the_pauses_between_them(tmp_path: Path, merge: object) -> None:
    piece = ssml.pieces(Paragraph("text", (Run(TEXT),)), JOANNA)[0]
    fragment = fragments.make(piece, JOANNA)
    path = tmp_path / "f.mp3"
    path.write_bytes(speak(fragment.ssml, TextType="ssml").body)
    answer = speak(fragment.ssml, TextType="ssml", OutputFormat="json", SpeechMarkTypes=list(speech_marks.TYPES)).body
    marks = speech_marks.read(speech_marks.document(answer, fragment))
    items = [Item("text", n, TEXT, fragment.hash) for n in range(2)]
    clips = {fragment.hash: silence.measure_clip(path)}
    material = Material({fragment.hash: path}, clips, {})
    made = merge(items, material, tmp_path, tmp_path / "out.mp3")  # type: ignore[operator]
    timed = speech_marks.timed(made.timeline, made.placements, {fragment.hash: marks}, words=True)
    samples = array.array("h", audio.decode(tmp_path / "out.mp3"))
    for item in (item for item in timed.items if item.kind == "text"):
        assert [span.text for span in item.sentences] == [part + "." for part in TEXT.rstrip(".").split(". ")]
        for before, after in pairwise(item.sentences):
            assert before.end == after.start
            # A sentence ends in silence and the next one is loud within a fifth of a second.
            assert _loudest(samples, after.start - 1_200, after.start - 240) < _loudest(samples, *_whole(after)) / 8
            assert (
                _loudest(samples, after.start, after.start + SAMPLE_RATE // 5) > _loudest(samples, *_whole(after)) / 8
            )
        said = [span.text.lower() for span in item.words]
        assert said[0] == "fish"
        assert {"harbour", "nobody", "long"} <= set(said)


def _whole(span: object) -> tuple[int, int]:
    return span.start, span.end  # type: ignore[attr-defined]


def _loudest(samples: array.array, start: int, end: int) -> int:
    return max(abs(value) for value in samples[start:end])
