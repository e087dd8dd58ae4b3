"""Sounds as people upload them: any format, any quality, or no sound at all."""

from __future__ import annotations

import time

import pytest

from narration.audio import sounds
from narration.errors import MergeFailed, UnusableSound
from narration.model import SAMPLE_RATE
from tests.unit.narration import audio


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.wav", ()),
        ("a.mp3", ("-b:a", "96k")),
        ("a.flac", ()),
        ("a.ogg", ("-c:a", "libvorbis")),
        ("a.opus", ("-c:a", "libopus", "-ar", "48000")),
        ("a.m4a", ("-c:a", "aac", "-movflags", "+faststart")),
        ("a.aac", ("-c:a", "aac")),
        ("a.aiff", ("-ar", "44100", "-ac", "2")),
        ("a.mkv", ("-c:a", "flac")),
        ("a.wav", ("-ar", "48000", "-ac", "2", "-c:a", "pcm_f32le")),
    ],
)
def test_formats(name, options, tmp_path):
    source = audio.write_sound(tmp_path / name, audio.tone(1.0, 0.25), *options)
    sound = sounds.prepare(source, tmp_path / "out.pcm")
    pcm = (tmp_path / "out.pcm").read_bytes()
    assert len(pcm) == 2 * sound.samples
    # AAC without a container and AAC in MP4 keep up to two frames of encoder delay.
    assert SAMPLE_RATE <= sound.samples <= SAMPLE_RATE + 3 * 1024
    assert 0.2 * audio.FULL_SCALE < audio.peak(pcm) < 0.3 * audio.FULL_SCALE
    assert sound.level.measurable
    assert sound.clip.lead_silence == sound.clip.tail_silence == 0


def test_a_picture_beside_the_audio_does_not_matter(tmp_path):
    path = tmp_path / "video.mkv"
    audio.ffmpeg(
        *("-f", "lavfi", "-i", "color=s=64x64:d=1", "-f", "lavfi", "-i", "sine=d=1"),
        *("-c:v", "mpeg4", "-c:a", "flac", path),
    )
    assert sounds.prepare(path, tmp_path / "out.pcm").samples == SAMPLE_RATE


def test_a_short_beep_has_a_level(tmp_path):
    source = audio.write_sound(tmp_path / "beep.wav", audio.tone(0.1, 0.5))
    level = sounds.prepare(source, tmp_path / "out.pcm").level
    assert -11 < level.lufs < -7
    assert -6.5 < level.peak < -5.5


def test_silence_is_a_sound_without_loudness(tmp_path):
    source = audio.write_sound(tmp_path / "quiet.wav", audio.quiet(2))
    sound = sounds.prepare(source, tmp_path / "out.pcm")
    assert sound.samples == 2 * SAMPLE_RATE
    assert not sound.level.measurable


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, I am a text", "no audio"),
        (b"RIFF\xff\xff\xff\x7fWAVEfmt ", "no audio"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no audio"),
        (b"\xff\xf3\x64\xc4" * 3, "no audio"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_reason(content, reason, tmp_path):
    source = tmp_path / "sound.mp3"
    source.write_bytes(content)
    with pytest.raises(UnusableSound, match=reason):
        sounds.prepare(source, tmp_path / "out.pcm")


@pytest.mark.parametrize(
    ("name", "playlist"),
    [
        ("jingle.mp3", "ffconcat version 1.0\nfile 'secret.aac'\n"),
        ("jingle.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.aac\n#EXT-X-ENDLIST\n"),
    ],
)
def test_a_playlist_cannot_reach_other_files(name, playlist, tmp_path, monkeypatch):
    audio.write_sound(tmp_path / "secret.aac", audio.tone(1))
    source = tmp_path / name
    source.write_text(playlist)
    with pytest.raises(UnusableSound) as caught:
        sounds.prepare(source, tmp_path / "out.pcm")
    assert str(tmp_path) not in str(caught.value)
    # The same file is read where playlists are let in: it is the list of containers that keeps it out.
    monkeypatch.setattr(sounds, "_CONTAINERS", "aac,concat,hls")
    assert sounds.prepare(source, tmp_path / "out.pcm").samples >= SAMPLE_RATE


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnusableSound, match="no such"):
        sounds.prepare(tmp_path / "gone.wav", tmp_path / "out.pcm")


def test_a_huge_file_is_not_even_opened(tmp_path):
    source = tmp_path / "huge.wav"
    with source.open("wb") as target:
        target.truncate(sounds.MAX_BYTES + 1)
    with pytest.raises(UnusableSound, match="50 MB"):
        sounds.prepare(source, tmp_path / "out.pcm")


def test_a_long_sound_in_a_small_file_is_refused_without_filling_the_disk(tmp_path):
    source = tmp_path / "long.flac"
    audio.ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3000", source)
    with pytest.raises(UnusableSound, match="300 s"):
        sounds.prepare(source, tmp_path / "out.pcm")
    assert (tmp_path / "out.pcm").stat().st_size <= (sounds.MAX_SECONDS + 1) * SAMPLE_RATE * 2


def test_the_usable_and_the_reasons_for_the_rest(tmp_path):
    good = audio.write_sound(tmp_path / "good.wav", audio.tone(1))
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"nothing")
    wanted = ["sounds/good", "sounds/bad", "sounds/gone", "sounds/good"]
    usable, reasons = sounds.prepare_all({"sounds/good": good, "sounds/bad": bad}, wanted, tmp_path)
    assert list(usable) == ["sounds/good"]
    assert list(reasons) == ["sounds/bad", "sounds/gone"]


def test_sounds_have_a_length_together(tmp_path, monkeypatch):
    monkeypatch.setattr(sounds, "MAX_SECONDS_TOGETHER", 3)
    source = audio.write_sound(tmp_path / "good.wav", audio.tone(2))
    usable, reasons = sounds.prepare_all({"a": source, "b": source}, ["a", "b"], tmp_path)
    assert list(usable) == ["a"]
    assert "together" in reasons["b"]
    assert sorted(path.name for path in tmp_path.glob("*.pcm")) == ["sound-0.pcm"]


def test_a_merge_out_of_time_is_not_blamed_on_the_sound(tmp_path):
    source = audio.write_sound(tmp_path / "good.wav", audio.tone(1))
    with pytest.raises(MergeFailed, match="time"):
        sounds.prepare(source, tmp_path / "out.pcm", time.monotonic() - 1)
