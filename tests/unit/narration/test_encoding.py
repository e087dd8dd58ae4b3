"""MP3 made in the process, as others read it: FFmpeg, libsndfile and mutagen."""

from __future__ import annotations

import array
import io

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.mp3 import MP3

from narration.audio.codecs import decoding, encoding, mp3
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE
from tests.unit.narration import audio

RATE = 64_000
FRAME = 192
SPEECH = audio.noise(2, 0.4)


def encoded(pcm: bytes, cuts: int = 1 << 20, rate: int = RATE) -> bytes:
    encoder = encoding.Encoder(rate)
    return b"".join(encoder.encode(pcm[at : at + cuts]) for at in range(0, len(pcm), cuts)) + encoder.close()


def whole(pcm: bytes, rate: int = RATE) -> bytes:
    frames = encoded(pcm, rate=rate)
    return encoding.info_frame(frames[:FRAME], len(frames), len(pcm) // 2) + frames


@settings(max_examples=15)
@given(st.integers(1, 3000).map(lambda samples: 2 * samples))
def test_the_same_samples_give_the_same_frames_however_they_are_cut(cuts):
    pcm = SPEECH[:30_000]
    assert encoded(pcm, cuts) == encoded(pcm)


@settings(max_examples=25)
@given(samples=st.integers(60, 6000))
def test_players_hear_all_samples_and_no_others(tmp_path_factory, samples):
    """FFmpeg and mpg123 drop what the encoder added, at both ends (FFmpeg not of the shortest: under 2 ms)."""
    path = tmp_path_factory.getbasetemp() / "gapless.mp3"
    path.write_bytes(data := whole(SPEECH[: 2 * samples]))
    assert len(audio.decode(path)) == 2 * samples
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert file.frames == samples


@pytest.mark.parametrize("rate", [48_000, RATE])
def test_what_is_heard_is_where_it_was(rate):
    pcm = audio.quiet(0.5) + audio.tone(0.2, 0.5) + audio.quiet(0.5)
    played = array.array("h", audio.ffmpeg("-f", "mp3", "-i", "-", "-f", "s16le", "-", stdin=whole(pcm, rate))[0])
    loud = [at for at, value in enumerate(played) if abs(value) > 4000]
    assert loud[0] == pytest.approx(0.5 * SAMPLE_RATE, abs=24)
    assert loud[-1] == pytest.approx(0.7 * SAMPLE_RATE, abs=24)


def test_another_reader_finds_length_rate_and_gaps():
    data = whole(SPEECH)
    info = MP3(io.BytesIO(data)).info
    assert (info.bitrate, info.sample_rate, info.channels) == (RATE, SAMPLE_RATE, 1)
    assert info.length == pytest.approx(2, abs=0.001)
    frames = len(data) // FRAME - 1
    assert mp3.measure(data).frames == frames
    assert {header.length for _, header in mp3.walk(data)} == {FRAME}


def test_the_tag_is_as_lame_writes_it():
    """libsndfile lets LAME itself write the tag, of a file with a variable bit rate."""
    theirs = io.BytesIO()
    with soundfile.SoundFile(theirs, "w", SAMPLE_RATE, 1, format="MP3", subtype="MPEG_LAYER_III") as file:
        file.buffer_write(SPEECH, dtype="int16")
    tags = [data[: data.index(b"LAME") + 36] for data in (theirs.getvalue(), whole(SPEECH))]
    assert [len(tag) for tag in tags] == [169, 169]
    for tag in tags:
        assert encoding._checksum(tag[:-2]) == int.from_bytes(tag[-2:], "big")
    lame, ours = (tag[-36:] for tag in tags)
    assert lame[21:24] == ours[21:24]  # the gaps at both ends


@pytest.mark.parametrize("samples", [len(SPEECH) // 2 + 2000, len(SPEECH) // 2 - 9000])
def test_frames_that_cannot_be_those_samples_are_refused(samples):
    frames = encoded(SPEECH)
    with pytest.raises(MergeFailed, match="were predicted"):
        encoding.info_frame(frames[:FRAME], len(frames), samples)


def test_frames_of_several_lengths_are_refused():
    with pytest.raises(MergeFailed, match="more than one length"):
        encoding.info_frame(encoded(SPEECH)[:FRAME], 1000, 10)
    with pytest.raises(MergeFailed, match="more than one length"):
        encoding.info_frame(b"no frame", 1000, 10)


def test_it_decodes_in_blocks_to_what_ffmpeg_decodes(tmp_path):
    """Over several reads: frames lean on bytes of those before them, and no read may forget those."""
    path = tmp_path / "frames"
    path.write_bytes(encoded(audio.noise(12, 0.4)))
    ours = array.array("h", b"".join(decoding.of_frames(path)))
    theirs = array.array("h", audio.ffmpeg("-f", "mp3", "-i", path, "-f", "s16le", "-")[0])
    assert len(ours) == len(theirs) == mp3.measure(path.read_bytes()).samples
    assert max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) <= 1
