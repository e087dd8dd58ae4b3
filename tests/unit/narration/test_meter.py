"""What is measured of samples, against FFmpeg's meter on all of them."""

from __future__ import annotations

import array
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narration.audio.levels import meter
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE
from tests.unit.narration import audio


def clicks(seconds: float) -> bytes:
    """Single samples between silence: what lies between samples is lower than they are."""
    values = array.array("h", bytes(2 * round(seconds * SAMPLE_RATE)))
    for at in range(0, len(values), 4801):
        values[at] = 30_000
    return values.tobytes()


def between_samples(seconds: float) -> bytes:
    """A quarter of the rate, sampled beside its peaks: they lie 3 dB over the samples."""
    step = [round(0.7 * 23_170), round(0.7 * 23_170), -round(0.7 * 23_170), -round(0.7 * 23_170)]
    return array.array("h", step * round(seconds * SAMPLE_RATE / 4)).tobytes()


def one_loud_word(seconds: float) -> bytes:
    return audio.noise(seconds, 0.1, seed=4) + audio.noise(0.3, 0.8, seed=5) + audio.noise(seconds, 0.2, seed=6)


@pytest.mark.parametrize(
    "pcm",
    [
        audio.tone(3, 0.5),
        audio.tone(3, 0.9, 9_100),
        audio.noise(6, 0.7),
        one_loud_word(4),
        clicks(3),
        between_samples(2),
        audio.quiet(1) + between_samples(0.01) + audio.quiet(1) + audio.tone(2, 0.3),
        audio.noise(0.3, 0.5),
    ],
    ids=["tone", "high tone", "noise", "one loud word", "clicks", "between samples", "short peak", "short"],
)
def test_level_is_that_of_a_meter_that_looks_everywhere(pcm, tmp_path):
    heard = tmp_path / "heard.pcm"
    heard.write_bytes(pcm)
    lufs, peak = audio.level(audio.write_sound(tmp_path / "heard.wav", pcm))
    level = meter.level(heard, tmp_path / "peaks.pcm")
    assert level.lufs == pytest.approx(lufs, abs=0.11)
    assert level.peak == pytest.approx(peak, abs=0.11)


def test_most_of_the_audio_is_not_looked_at_twice(tmp_path):
    heard, peaks = tmp_path / "heard.pcm", tmp_path / "peaks.pcm"
    heard.write_bytes(one_loud_word(20))
    meter.level(heard, peaks)
    assert 0 < peaks.stat().st_size < heard.stat().st_size / 20


def test_silence_has_no_level(tmp_path):
    heard = tmp_path / "heard.pcm"
    heard.write_bytes(audio.quiet(2))
    level = meter.level(heard, tmp_path / "peaks.pcm")
    assert not level.measurable
    assert level.peak == float("-inf")


def test_a_report_without_a_level_is_an_error(tmp_path, monkeypatch):
    heard = tmp_path / "heard.pcm"
    heard.write_bytes(audio.tone(1))
    monkeypatch.setattr(meter.ffmpeg_tool, "run", lambda *_: (b"", "nothing"))
    with pytest.raises(MergeFailed, match="did not report a level"):
        meter.level(heard, tmp_path / "peaks.pcm")


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 9))
def test_every_window_that_is_near_the_peak_is_looked_at_once_and_with_its_neighbours(maxima, least):
    runs = list(meter.near(maxima, least))
    inside = [number for first, last in runs for number in range(first, last)]
    wanted = {
        number + step
        for number, highest in enumerate(maxima)
        if highest >= least
        for step in (-1, 0, 1)
        if 0 <= number + step < len(maxima)
    }
    assert inside == sorted(wanted)
    assert all(first < last for first, last in runs)


def test_a_random_cut_changes_no_peak(tmp_path):
    """Joints of what is measured twice are no peaks of their own."""
    source = random.Random(9)
    pcm = b"".join(audio.noise(0.2, source.uniform(0.05, 0.9), seed=n) for n in range(40))
    heard = tmp_path / "heard.pcm"
    heard.write_bytes(pcm)
    peak = audio.level(audio.write_sound(tmp_path / "heard.wav", pcm))[1]
    assert meter.level(heard, tmp_path / "peaks.pcm").peak == pytest.approx(peak, abs=0.11)
