"""The way to merge as one hash: no number is forgotten, and a rule that no number tells is counted."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import ffmpeg
import pytest

from narration.audio import express, mastering, recipe, silence, sounds, speech_marks, timeline
from narration.audio.codecs import ffmpeg_tool, mp3
from narration.audio.levels import loudness, meter
from narration.audio.merging import Material
from narration.model import Clip, Item
from tests.unit.narration import audio

MODES = ("mastered", "express")
MODULES = {module for modules in recipe._MODULES.values() for module in modules}

NUMBERS = {
    "mastered": "b6db01d91b928b80be9413fa64605c99328c149fc019e435ed7508aff4c86c2b",
    "express": "856a268eb84faecbd6e452b632ac68bb0815e8afd8db593cc84845d199213f0c",
}
RULES = "0171b95546407565cb9fcbb801719423493d7b57773cd38bb3a6ee5e8ca469ce"
"""Digests of what the merge does today."""

ITEMS = [
    Item("heading", 0, "Title", "a"),
    Item("text", 1, "One.", "b"),
    Item("text", 1, "Two.", "a"),
    Item("sound", 2, sound="sounds/gong.wav"),
    Item("quote", 3, "Three.", "b"),
    Item("sound", 4, sound="sounds/gone.wav"),
    Item("text", 5, "Four.", "a"),
    Item("note", None, "Five.", "b"),
]
CLIPS = {"a": Clip(48_000, 1_800, 6_900), "b": Clip(31_104, 0, 40), "sounds/gong.wav": Clip(12_345, 0, 0)}
LEVELS = {
    name: replace(clip, loudness_lufs=lufs)
    for (name, clip), lufs in zip(CLIPS.items(), (-19.0, -26.5, -14.0), strict=True)
}
MARKS = [
    speech_marks.Mark("sentence", 0, "One."),
    speech_marks.Mark("word", 0, "One"),
    speech_marks.Mark("word", 0, "1"),
]


@pytest.mark.parametrize("mode", MODES)
def test_every_number_is_in_the_hash(mode, monkeypatch):
    before = recipe.digest(mode)
    for name, value in recipe.numbers(mode).items():
        with monkeypatch.context() as patch:
            for module in recipe._MODULES[mode]:
                if hasattr(module, name):
                    patch.setattr(module, name, {} if isinstance(value, Mapping) else value + 1)
            assert recipe.digest(mode) != before, name
    assert recipe.digest(mode) == before


def test_a_new_number_is_in_the_hash(monkeypatch):
    before = recipe.digest("mastered")
    monkeypatch.setattr(timeline, "PAUSE_AT_THE_END", 1, raising=False)
    assert recipe.digest("mastered") != before


def test_rules_that_are_counted_up_are_in_the_hash(monkeypatch):
    before = recipe.digest("express")
    monkeypatch.setattr(recipe, "RULES", recipe.RULES + 1)
    assert recipe.digest("express") != before


def test_a_name_stands_for_one_number():
    for mode in MODES:
        for name, value in recipe.numbers(mode).items():
            assert all(getattr(module, name, value) == value for module in recipe._MODULES[mode]), name


def test_the_two_ways_to_merge_are_two():
    assert recipe.digest("mastered") != recipe.digest("express")


def test_a_changed_way_to_merge_is_meant(monkeypatch, tmp_path):
    numbers, rules = {mode: recipe.digest(mode) for mode in MODES}, rules_digest(monkeypatch, tmp_path)
    if numbers == NUMBERS:
        assert rules == RULES, (
            "The merge follows another rule and no number tells it, so a merge that died half-way would be completed "
            "with another timeline under the same keys. Count audio.recipe.RULES up: articles are then merged again "
            f"when they are next published, 0 characters billed. Then pin both digests here: {numbers}, {rules}."
        )
    assert (numbers, rules) == (NUMBERS, RULES), (
        "Numbers of the merge have changed, and with them the hash of every edition: articles are merged again when "
        f"they are next published, 0 characters billed. If that is meant, pin the digests here: {numbers}, {rules}."
    )


def rules_digest(monkeypatch, folder: Path) -> str:
    """What the rules make of known lengths, levels and files."""
    placements = timeline.place(ITEMS, CLIPS)
    frames, parts, length = express.place(ITEMS, CLIPS)
    marks = {"a": MARKS, "b": MARKS[:1]}
    told = [
        timeline.to_members(speech_marks.timed(timeline.of(placed, "Named", end), placed, marks, words=True))
        for placed, end in ((placements, None), (frames, length * mp3.SAMPLES_PER_FRAME))
    ]
    info = mp3.info_frame(3, 576, [144 * (n // 34) for n in range(100)], constant=True)
    described = [
        told,
        [asdict(part) for part in parts],
        levels(),
        commands(monkeypatch, folder),
        [silence.edges(audio.quiet(0.2) + audio.tone(0.3, loud) + audio.quiet(0.1)) for loud in (0.9, 0.01, 0.0001)],
        [mp3.SILENT_FRAME.hex(), info.hex()],
        sorted(speech_marks.ENGINES),
        f"{express.sound_lufs(ITEMS, Material({}, LEVELS, {})):.4f}",
    ]
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def levels() -> list[object]:
    """The settings that follow from measured levels."""
    grid = [loudness.Level(lufs, peak) for lufs in (-70.0, -40.0, -24.5, -16.5, -12.0) for peak in (-9.0, -1.5, -0.2)]
    first = [loudness.first_settings(level.lufs) for level in grid]
    again = [loudness.rehearsed(one, level.lufs, -16.0, 30.0) for one, level in zip(first, grid, strict=True)]
    turned = [
        [asdict(loudness.lowered(one, level.peak)), asdict(loudness.quieter(one, level.peak)), loudness.good(level)]
        for one, level in zip(first, grid, strict=True)
    ]
    gains = [loudness.sound_gain(level, loudness.SOUND_LUFS) for level in grid]
    return [[asdict(one) for one in first], [one and asdict(one) for one in again], turned, gains]


def commands(monkeypatch, folder: Path) -> list[list[str]]:
    """What FFmpeg is asked for, by everything that makes or measures samples."""
    asked: list[list[str]] = []

    def run(output, *_: object, **__: object) -> tuple[bytes, str]:
        asked.append([word.replace(str(folder), "folder") for word in ffmpeg.compile(output, cmd="ffmpeg")])
        return b"", ""

    @contextmanager
    def reading(output, *_: object) -> Iterator[ffmpeg_tool.Pipe]:
        run(output)
        samples = io.BytesIO(audio.tone(0.1))
        yield SimpleNamespace(read_some=samples.read)

    monkeypatch.setattr(ffmpeg_tool, "run", run)
    monkeypatch.setattr(ffmpeg_tool, "reading", reading)
    monkeypatch.setattr(meter, "_measured", lambda *_, **__: loudness.Level(-20.0, -3.0))
    spool = mastering._Spool(Path("spool.pcm"), 1, (), {}, {}, None)
    mastering._encode(spool, loudness.Settings(3.5), folder / "out.mp3")
    (folder / "heard.pcm").write_bytes(audio.tone(0.1))
    meter.level(folder / "heard.pcm", folder / "peaks.pcm")
    sounds._decode(Path("sound.wav"), Path("sound.pcm"), 1.0)
    return asked
