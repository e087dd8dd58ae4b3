"""The merge without decoding: Polly's own frames, the length to the sample, and players that find their way."""

from __future__ import annotations

import array
import time
from itertools import pairwise
from pathlib import Path

import mutagen.mp3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narration.audio import express, mastering, silence, timeline
from narration.audio.codecs import mp3
from narration.audio.codecs.mp3 import SAMPLES_PER_FRAME, SILENT_FRAME
from narration.audio.levels import loudness
from narration.audio.merging import Material
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE, Clip, Item
from tests.unit.narration import audio
from tests.unit.narration.studio import SOUNDS, Studio, played, said, something


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("express"), express.merge)


@pytest.fixture(scope="module", params=[express.merge, mastering.merge], ids=["express", "mastered"])
def either(request, tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("either"), request.param)


def test_a_fragment_without_sound_is_left_out_and_the_rest_is_heard(either):
    either.fragments["none"] = either.folder / "none.mp3"
    either.fragments["none"].write_bytes(b"")
    either.clips["none"] = Clip(0, 0, 0)
    made, path = either.merge(said("sentence", 0), said("none", 1), said("sentence", 2))
    assert [item.paragraph for item in made.timeline.items if item.kind == "text"] == [0, 2]
    assert len(audio.decode(path)) == 2 * made.timeline.samples


def frames(data: bytes) -> list[bytes]:
    return [data[position : position + header.length] for position, header in mp3.audio_frames(data)]


@given(st.lists(something, min_size=1, max_size=8))
@settings(max_examples=15)
def test_predicted_is_decoded_for_any_mix_in_both_modes(either, items):
    made, path = either.merge(*items)
    assert len(audio.decode(path)) == 2 * made.timeline.samples
    assert round(mutagen.mp3.MP3(path).info.length * SAMPLE_RATE) in {
        made.timeline.samples,
        mp3.measure(path.read_bytes()).samples,  # mutagen does not know the delay that FFmpeg's Info frame tells
    }
    assert made.true_peak_dbtp is None or made.true_peak_dbtp < -1.0
    shown = [item for item in made.timeline.items if item.kind != "pause"]
    assert [item.kind for item in shown] == [item.kind for item in items]
    assert [(item.start, item.end) for item in shown] == [(placed.start, placed.end) for placed in made.placements]


@given(st.lists(something, min_size=1, max_size=12))
@settings(max_examples=40)
def test_every_frame_is_pollys_or_silence_and_the_length_is_known(studio, items):
    made, path = studio.merge(*items)
    written = frames(path.read_bytes())
    assert made.timeline.samples == len(written) * SAMPLES_PER_FRAME
    assert mutagen.mp3.MP3(path).info.length * SAMPLE_RATE == pytest.approx(made.timeline.samples, abs=1e-6)
    silent = [True] * len(written)
    for placed in made.placements:
        begin = (placed.start - placed.first) // SAMPLES_PER_FRAME
        end = -(-placed.end // SAMPLES_PER_FRAME)
        silent[begin:end] = [False] * (end - begin)
        if placed.item.fragment:
            spoken = frames(studio.fragments[placed.item.fragment].read_bytes())
            # From its first frame on, none of them left out: each may lean on the bytes of those before it.
            assert written[begin:end] == spoken[: end - begin]
    assert all(frame == SILENT_FRAME for frame, is_pause in zip(written, silent, strict=True) if is_pause)


def clip(count: int, lead: int, tail: int) -> Clip:
    """At least one sample of it is no silence."""
    samples = count * SAMPLES_PER_FRAME
    lead = min(lead, samples - 1)
    return Clip(samples, lead, min(tail, samples - lead - 1))


clips = st.builds(clip, st.integers(1, 200), st.integers(0, 9_000), st.integers(0, 12_000))


@given(st.lists(st.tuples(something, clips), max_size=12))
def test_items_cover_everything_and_pauses_are_right_to_half_a_frame(pairs):
    known = {item.fragment or item.sound: clip for item, clip in pairs}
    items = [item for item, _ in pairs]
    placements, parts, count = express.place(items, known)
    made = timeline.of(placements, "title", count * SAMPLES_PER_FRAME)
    position = 0
    for item in made.items:
        assert item.start == position < item.end
        position = item.end
    assert position == made.samples == count * SAMPLES_PER_FRAME
    assert made.chapters[:1] == () or made.chapters[0].start == 0
    for before, after in pairwise(placements):
        wanted = timeline.pause_between(before.item, after.item)
        own_silence = timeline.whole_frames(before.last) - before.last + after.first
        assert after.start - before.end <= max(wanted + SAMPLES_PER_FRAME // 2, own_silence)
        assert after.start - before.end >= wanted - SAMPLES_PER_FRAME // 2
    reached = 0
    for part in parts:
        assert part.at >= reached
        reached = part.at + part.frames
    assert reached == count


def test_a_player_that_jumps_lands_where_it_should(studio):
    made, path = studio.merge(*(said("sentence", n) for n in range(12)), played("sounds/jingle.wav"))
    pcm = audio.decode(path)
    for seconds in (0.5, 3.37, 11.0, 20.123, made.timeline.samples / SAMPLE_RATE - 2):
        first = round(seconds * SAMPLE_RATE)
        landed = audio.ffmpeg("-ss", str(seconds), "-i", path, "-f", "s16le", "-")[0]
        assert len(landed) == len(pcm) - 2 * first
        settled = 2 * 4 * SAMPLES_PER_FRAME  # a decoder that starts in the middle lacks what frames before left it
        assert landed[settled:] == pcm[2 * first + settled :]


def test_items_are_heard_where_the_timeline_says(studio):
    made, path = studio.merge(said("sentence", 0, "heading"), said("sentence", 1), played("sounds/jingle.wav"))
    pcm = audio.decode(path)
    for item in made.timeline.items:
        part = pcm[2 * item.start : 2 * item.end]
        if item.kind == "pause":
            assert audio.peak(part) < 120
            continue
        begins = next(
            n for n in range(0, len(part), 2) if abs(int.from_bytes(part[n : n + 2], "little", signed=True)) > 300
        )
        lead = timeline.LEAD_GUARD if item.kind != "sound" and item.start else 0
        assert begins // 2 < lead + 200 or not item.start
    pauses = [item.end - item.start for item in made.timeline.items if item.kind == "pause"]
    assert pauses[0] == pytest.approx(timeline.PAUSE["heading"], abs=SAMPLES_PER_FRAME // 2)
    assert pauses[1] == pytest.approx(timeline.PAUSE["sound"], abs=SAMPLES_PER_FRAME // 2)


LOUD, SOFT = -18.6, -26.6
"""LUFS of Polly's loudest standard voices and of its quietest long-form ones."""


def voice(studio: Studio, name: str, lufs: float, seconds: float = 3.0) -> Item:
    """A fragment that is as loud as that by FFmpeg's meter, and its item."""
    noise = audio.noise(seconds, 0.1, seed=len(name))
    gain = 10 ** ((lufs - level_of(studio, noise)) / 20)
    studio.add(name, array.array("h", (round(gain * sample) for sample in array.array("h", noise))).tobytes())
    studio.clips[name] = silence.measure_clip(studio.fragments[name])
    assert studio.clips[name].loudness_lufs == pytest.approx(lufs, abs=0.6)
    return said(name)


def level_of(studio: Studio, pcm: bytes) -> float:
    return audio.level(audio.write_sound(studio.folder / "level.wav", pcm))[0]


@pytest.mark.parametrize("voices", [[LOUD], [SOFT], [LOUD, SOFT], [SOFT, LOUD, SOFT]], ids=str)
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "old sidecars"])
def test_a_jingle_stands_as_far_below_the_speech_as_in_mastered_audio(voices, kept, tmp_path):
    studio = Studio(tmp_path, express.merge)
    items = [voice(studio, f"voice {number}", lufs) for number, lufs in enumerate(voices)]
    if not kept:
        studio.clips = {
            name: Clip(clip.samples, clip.lead_silence, clip.tail_silence) for name, clip in studio.clips.items()
        }
    made, path = studio.merge(*items, played("sounds/long.flac"))
    pcm = audio.decode(path)
    sound = next(item for item in made.timeline.items if item.kind == "sound")
    assert sound.end - sound.start == len(SOUNDS["sounds/long.flac"]) // 2
    speech = level_of(studio, pcm[: 2 * (sound.start - timeline.PAUSE["sound"])])
    assert speech - level_of(studio, pcm[2 * sound.start : 2 * sound.end]) == pytest.approx(
        loudness.TARGET_LUFS - loudness.SOUND_LUFS, abs=0.7
    )
    assert made.loudness_lufs is None


def test_sounds_alone_are_as_loud_as_an_edition(studio):
    _, path = studio.merge(played("sounds/long.flac"))
    assert audio.level(path)[0] == pytest.approx(loudness.TARGET_LUFS, abs=0.7)


def test_beside_silent_speech_a_sound_is_alone(studio):
    material = Material(studio.fragments, {**studio.clips, "none": Clip(0, 0, 0)}, studio.sounds)
    assert express.sound_lufs([said("silent"), said("none")], material) == express.ALONE_LUFS


def test_a_fragment_counts_as_often_and_as_long_as_it_is_heard(studio):
    clips = {"a": Clip(100_000, 0, 0, LOUD, -1.0), "b": Clip(100_000, 0, 0, SOFT, -9.0)}
    material = Material({}, clips, {})
    once = express.sound_lufs([said("a"), said("b")], material)
    assert SOFT - 2 < once < LOUD - 2
    assert express.sound_lufs([said("a"), said("a"), said("b")], material) > once
    assert express.sound_lufs([said("b")], material) == pytest.approx(SOFT - 2)


@given(st.integers(1, 3_000))
@settings(max_examples=25)
def test_all_of_a_sound_is_kept_whatever_its_length(tmp_path_factory, samples):
    folder = tmp_path_factory.mktemp("sound")
    key = "sounds/any.wav"
    path = audio.write_sound(folder / "any.wav", audio.tone(samples / SAMPLE_RATE, 0.5))
    made = express.merge([Item("sound", 0, sound=key)], Material({}, {}, {key: path}), folder, folder / "out.mp3")
    placed = made.placements[0]
    assert placed.last - mp3.ENCODER_DELAY == samples
    assert placed.last <= made.timeline.samples == len(audio.decode(folder / "out.mp3")) // 2


def test_the_info_frame(studio):
    _, path = studio.merge(*(said("sentence", n) for n in range(9)))
    data = path.read_bytes()
    assert mp3.audio_range(data) == (0, len(data))
    first = next(mp3.walk(data))[1]
    assert data[first.info_offset : first.info_offset + 4] == b"Info"
    info = mutagen.mp3.MP3(path).info
    assert info.bitrate == 48_000
    assert info.bitrate_mode == mutagen.mp3.BitrateMode.CBR
    # What a player gets that looks at nothing but the first frame's bit rate.
    assert len(data) * 8 / 48_000 == pytest.approx(info.length, abs=0.03)
    places = data[first.info_offset + 16 : first.info_offset + 116]
    assert all(abs(place / 256 - percent / 100) < 0.01 for percent, place in enumerate(places))


def test_mixed_bit_rates_say_so(studio, monkeypatch):
    source = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-")
    options = ("-c:a", "libmp3lame", "-b:a", "32k", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-")
    path = studio.folder / "slim.mp3"
    path.write_bytes(audio.ffmpeg(*source, *options, stdin=audio.noise(2.0))[0])
    samples = mp3.measure(path.read_bytes()).samples
    monkeypatch.setattr(studio, "fragments", {**studio.fragments, "slim": path})
    monkeypatch.setattr(studio, "clips", {**studio.clips, "slim": Clip(samples, 0, 0)})
    made, out = studio.merge(said("slim"), said("sentence", 1), said("slim", 2))
    assert b"Xing" in out.read_bytes()[:64]
    assert len(audio.decode(out)) == 2 * made.timeline.samples
    assert mutagen.mp3.MP3(out).info.length * SAMPLE_RATE == pytest.approx(made.timeline.samples)


def test_a_second_run_gives_the_same_bytes(studio):
    items = [said("sentence"), played("sounds/jingle.wav"), said("word", 1)]
    assert studio.merge(*items)[1].read_bytes() == studio.merge(*items, out="second.mp3")[1].read_bytes()


def test_bad_sounds_are_left_out_and_named(studio):
    made, _ = studio.merge(said("word"), played("sounds/gone.wav"), said("word", 1))
    assert set(made.missing_sounds) == {"sounds/gone.wav"}
    assert [item.kind for item in made.timeline.items if item.kind != "pause"] == ["text", "text"]


def test_what_cannot_be_joined_without_decoding_is_refused(studio, monkeypatch):
    whole = studio.fragments["sentence"].read_bytes()
    middle = studio.folder / "middle.mp3"
    cut = next(p for p, _ in list(mp3.audio_frames(whole))[5:] if mp3.reservoir(whole, p))
    middle.write_bytes(whole[cut:])
    stereo = studio.folder / "stereo.mp3"
    audio.ffmpeg("-f", "lavfi", "-i", "sine=d=1:r=24000", "-ac", "2", "-b:a", "48k", "-write_xing", "0", stereo)
    for path, reason in ((middle, "middle of a stream"), (stereo, "mono")):
        _swap(studio, monkeypatch, path)
        with pytest.raises(MergeFailed, match=rf"{reason}.*mastered"):
            studio.merge(said("other"))


def _swap(studio: Studio, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    clip = Clip(mp3.measure(path.read_bytes()).samples, 0, 0)
    monkeypatch.setattr(studio, "fragments", {**studio.fragments, "other": path})
    monkeypatch.setattr(studio, "clips", {**studio.clips, "other": clip})


def test_time_is_limited(studio):
    with pytest.raises(MergeFailed, match="time"):
        studio.merge(said("word"), deadline=time.monotonic() - 1)
