"""Boxes of a hit's lines, from the file that documents writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from documents.model import Box, Extraction, LaidLine, Layout, Line, Word
from documents.outputs import kept
from knowledge.model import Hit
from knowledge.retrieval import boxes
from tests.unit.knowledge.retrieval.fakes import FakeBucket


def line(page: int, number: int, *words: str) -> LaidLine:
    placed = [Word(word, Box(0.1 * (place + 1), 0.05 * number, 0.08, 0.02)) for place, word in enumerate(words)]
    return LaidLine(page, " ".join(words), tuple(placed))


LINES = [
    line(1, 1, "{\"page\":2,\"words\":[[]]", "odd"),
    line(1, 2, "a", "b", "c"),
    line(2, 1, "d", "e"),
    line(2, 2),
    line(2, 3, "f"),
]  # fmt: skip


def stored(tmp_path: Path, lines: list[LaidLine] = LINES, pages: int = 3, sequencer: str = "1") -> FakeBucket:
    """A summaries bucket with the file as ``documents`` writes it."""
    about: dict[str, Any] = {"key": 'k "{"page":2,"words":[['}
    extraction = Extraction(pages, tuple(Line(each.page, each.text) for each in lines))
    kept._write(tmp_path / "boxes", kept._boxes(about, extraction, Layout(tuple(lines))))
    bucket = FakeBucket()
    bucket.objects["boxes/k.json.gz"] = (tmp_path / "boxes").read_bytes()
    bucket.metadata["boxes/k.json.gz"] = {"sequencer": sequencer}
    return bucket


def hit(page: int, first: int, last: int, sequencer: str = "1") -> Hit:
    return Hit("k", "0" * 16, page, 0, "text", first, last, 1.0, sequencer=sequencer)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (hit(1, 1, 1), [[0.1, 0.1, 0.28, 0.02]]),
        (hit(1, 0, 1), [[0.1, 0.05, 0.18, 0.02], [0.1, 0.1, 0.28, 0.02]]),
        (hit(2, 2, 4), [[0.1, 0.05, 0.18, 0.02], [0.1, 0.15, 0.08, 0.02]]),
        (hit(2, 3, 3), []),
        (hit(2, 0, 1), []),
        (hit(3, 5, 6), []),
        (hit(4, 0, 9), []),
    ],
)
def test_each_line_with_words_has_a_box(tmp_path: Path, place: Hit, found: list[list[float]]):
    told = boxes.of(stored(tmp_path), place)
    assert told == [pytest.approx(each) for each in found]


@pytest.mark.parametrize("chunk", [1, 7, 18, 4_096])
def test_a_page_is_found_wherever_the_file_is_cut(tmp_path: Path, monkeypatch, chunk: int):
    monkeypatch.setattr(boxes, "CHUNK", chunk)
    lines = [line(page, number, "many", "words") for page in range(1, 31) for number in range(1, 6)]
    bucket = stored(tmp_path, lines, pages=30)
    for page in (1, 2, 15, 20, 30):
        assert len(boxes.of(bucket, hit(page, 5 * (page - 1), 5 * page - 1))) == 5


def test_another_versions_boxes_are_not_told(tmp_path: Path):
    bucket = stored(tmp_path, sequencer="2")
    assert boxes.of(bucket, hit(1, 1, 1, sequencer="1")) == []
    assert boxes.of(bucket, hit(1, 1, 1, sequencer="2")) != []


@pytest.mark.parametrize("cut", [0, 1, 10, -20, -1])
def test_a_file_that_breaks_off_or_is_none_has_no_boxes(tmp_path: Path, cut: int):
    bucket = stored(tmp_path)
    bucket.objects["boxes/k.json.gz"] = bucket.objects["boxes/k.json.gz"][:cut]
    assert isinstance(boxes.of(bucket, hit(2, 2, 4)), list)
    assert boxes.of(FakeBucket(), hit(2, 2, 4)) == []


def test_a_file_that_is_too_large_is_left_alone(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(boxes, "MOST_BYTES", 50)
    assert boxes.of(stored(tmp_path), hit(1, 1, 1)) == []
