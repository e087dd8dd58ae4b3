"""Length and edge silence of a fragment."""

from __future__ import annotations

import pytest

from narration.audio import silence
from narration.audio.codecs import mp3
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE
from tests.unit.narration import audio

WINDOW = silence.WINDOW_MS * SAMPLE_RATE // 1000
DELAY = 1105
"""Samples of encoder and decoder delay in front of an MP3 without a LAME tag."""


@pytest.mark.parametrize(("lead", "tail"), [(0.0, 0.0), (0.1, 0.3), (0.5, 0.05)])
def test_edges_are_found_to_a_window(lead, tail):
    data = audio.fragment(audio.quiet(lead) + audio.tone(0.5) + audio.quiet(tail))
    clip = silence.measure_clip(data)
    assert clip.samples == mp3.measure(data).samples
    spoken = SAMPLE_RATE // 2
    start = DELAY + round(lead * SAMPLE_RATE)
    # The encoder rings before and after a hard edge, by less than two frames.
    assert start - 2 * 576 <= clip.lead_silence <= start + WINDOW
    heard = clip.samples - clip.lead_silence - clip.tail_silence
    assert spoken - WINDOW <= heard <= spoken + 4 * 576


def test_a_pause_inside_is_no_edge():
    data = audio.fragment(audio.tone(0.3) + audio.quiet(1) + audio.tone(0.3))
    clip = silence.measure_clip(data)
    assert clip.samples - clip.lead_silence - clip.tail_silence >= 1.6 * SAMPLE_RATE


def test_silence_is_all_lead():
    clip = silence.measure_clip(audio.fragment(audio.quiet(0.7)))
    assert (clip.lead_silence, clip.tail_silence) == (clip.samples, 0)


def test_quiet_speech_is_not_taken_for_silence():
    clip = silence.measure_clip(audio.fragment(audio.quiet(0.2) + audio.noise(1, 0.004) + audio.quiet(0.2)))
    heard = clip.samples - clip.lead_silence - clip.tail_silence
    assert SAMPLE_RATE - 2 * WINDOW <= heard <= SAMPLE_RATE + 4 * 576


def test_a_faint_hiss_is_silence():
    clip = silence.measure_clip(audio.fragment(audio.noise(1, 0.0005)))
    assert clip.lead_silence == clip.samples


def test_a_path_and_its_bytes_are_the_same(tmp_path):
    data = audio.fragment(audio.tone(0.4))
    path = tmp_path / "f.mp3"
    path.write_bytes(data)
    assert silence.measure_clip(path) == silence.measure_clip(data)


def test_an_info_frame_changes_nothing_about_the_count(tmp_path):
    path = audio.write_sound(tmp_path / "a.mp3", audio.tone(1), "-c:a", "libmp3lame", "-b:a", "48k")
    clip = silence.measure_clip(path)
    assert clip.samples == mp3.measure(path.read_bytes()).samples


def test_what_is_no_audio_is_refused():
    with pytest.raises(MergeFailed, match="no MP3"):
        silence.measure_clip(b"<html>Service unavailable</html>")


def test_another_rate_is_refused():
    with pytest.raises(MergeFailed, match="22050 Hz"):
        silence.measure_clip(audio.fragment(audio.tone(0.4), 22_050))


def test_frames_that_do_not_decode_are_refused():
    data = bytearray(audio.fragment(audio.noise(1)))
    second = [place for place, _ in mp3.walk(bytes(data))][1]
    # A last header with a body that can hold no audio: the walk counts it, the decoder drops it.
    broken = bytes(data) + bytes(data[second : second + 4]) + b"\xff" * 140
    with pytest.raises(MergeFailed, match="damaged"):
        silence.measure_clip(broken)
