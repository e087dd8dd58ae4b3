"""The frame walk: exact on what Polly writes, unharmed by anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narration.audio.codecs import mp3
from tests.unit.narration import audio

ID3V1 = b"TAG" + bytes(125)


def id3v2(size: int, *, footer: bool = False) -> bytes:
    flags = 0x10 if footer else 0
    length = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00" + bytes([flags]) + length + b"\xff" * size + (b"3DI" + bytes(7) if footer else b"")


@pytest.mark.parametrize("seconds", [0.001, 0.3, 1.0, 2.345])
def test_samples_are_what_the_decoder_gives(seconds, tmp_path):
    data = audio.fragment(audio.tone(seconds))
    found = mp3.measure(data)
    path = tmp_path / "fragment.mp3"
    path.write_bytes(data)
    assert found.samples == found.frames * 576 == len(audio.decode(path)) // 2
    assert found.sample_rate == 24_000


def test_polly_layout_has_no_info_frame_and_starts_with_a_tag():
    data = audio.fragment(audio.tone(0.5))
    assert data[:3] == b"ID3"
    assert b"Info" not in data
    assert b"Xing" not in data


def test_an_info_frame_is_walked_but_not_counted(tmp_path):
    path = audio.write_sound(tmp_path / "a.mp3", audio.tone(1), "-c:a", "libmp3lame", "-b:a", "48k")
    data = path.read_bytes()
    assert b"Info" in data
    assert mp3.measure(data).frames == len(list(mp3.walk(data))) - 1


@pytest.mark.parametrize(
    ("rate", "samples"), [(44_100, 1152), (48_000, 1152), (22_050, 576), (16_000, 576), (8_000, 576)]
)
def test_other_rates_of_mpeg_audio(rate, samples):
    found = mp3.measure(audio.fragment(audio.tone(0.5), rate))
    assert (found.sample_rate, found.samples) == (rate, found.frames * samples)


def test_tags_around_the_audio_do_not_count():
    data = mp3.measure(bare := audio.fragment(audio.tone(0.5)))
    assert mp3.measure(id3v2(200) + id3v2(300, footer=True) + bare + ID3V1) == data


def test_a_cut_last_frame_is_not_a_frame():
    data = audio.fragment(audio.tone(0.5))
    assert mp3.measure(data[:-1]).frames == mp3.measure(data).frames - 1


def test_bytes_between_frames_are_stepped_over():
    data = audio.fragment(audio.tone(0.5))
    position = [place for place, _ in mp3.walk(data)][7]
    junk = b"\xff\xe3 some junk \xff"
    assert mp3.measure(data[:position] + junk + data[position:]) == mp3.measure(data)


@pytest.mark.parametrize("data", [b"", b"ID3", b"TAG", b"\xff" * 5000, id3v2(100)[:50], b"RIFF" + bytes(400)])
def test_what_is_no_mp3_has_no_frames(data):
    assert mp3.measure(data) == mp3.Frames(0, 0, 0)


@given(st.binary(max_size=2000), st.binary(max_size=50), st.integers(0, 4000))
@settings(max_examples=150)
def test_hostile_bytes_never_break_the_walk(head, patch, position):
    data = bytearray(head + audio.fragment(audio.tone(0.3)))
    data[position : position + len(patch)] = patch
    last = 0
    for start, header in mp3.walk(bytes(data)):
        assert last <= start < start + header.length <= len(data)
        last = start + header.length
    found = mp3.measure(bytes(data))
    assert 0 <= found.frames <= len(data) // 24


def test_an_info_frame_is_a_frame_that_holds_no_audio():
    data = mp3.info_frame(7, 144 * 8, range(100), constant=True) + 7 * mp3.SILENT_FRAME
    assert [header.length for _, header in mp3.walk(data)] == [144] * 8
    assert mp3.measure(data) == mp3.Frames(7, 7 * 576, 24_000)
    assert mp3.reservoir(data, 144) == 0
    with pytest.raises(ValueError, match="100 places"):
        mp3.info_frame(7, 144 * 8, [0], constant=True)
