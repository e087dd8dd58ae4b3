"""The merge: as long as predicted, as loud as promised, the same bytes each time, whatever goes in."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from collections import namedtuple

import pytest

from narration.audio import mastering, mp3
from narration.audio.loudness import Level
from narration.audio.mastering import merge
from narration.audio.merging import Material
from narration.errors import MergeFailed, NothingToRead
from narration.model import SAMPLE_RATE
from tests.unit.narration import audio
from tests.unit.narration.studio import Studio, played, said

SECOND = SAMPLE_RATE


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("studio"), merge)


@pytest.mark.parametrize(
    "items",
    [
        [said("sentence", n) for n in range(4)],
        [said("word")],
        [said("loud", n) for n in range(4)],
        [said("quiet", n) for n in range(3)],
        [said("sentence"), played("sounds/jingle.wav"), said("sentence", 1)],
        [said("quiet"), played("sounds/long.flac"), said("sentence", 1)],
        [played("sounds/long.flac")],
        [played("sounds/jingle.wav"), played("sounds/long.flac")],
    ],
)
def test_loudness_and_true_peak_of_what_is_heard(studio, items):
    made, path = studio.merge(*items)
    lufs, peak = audio.level(path)
    assert abs(lufs + 16) <= 1
    assert peak < -1
    assert (made.loudness_lufs, made.true_peak_dbtp) == pytest.approx((lufs, peak), abs=0.11)
    assert made.passes <= 2


def test_speech_alone_needs_one_encode(studio):
    assert studio.merge(*(said("sentence", n) for n in range(5)))[0].passes == 1


def test_a_mix_that_no_pass_brings_to_its_target_keeps_what_is_promised(studio):
    """Noise loses so much in the encoder that making up for it three times goes over the bound."""
    made, path = studio.merge(*(said(name, 0, "heading") for name in ("abrupt", "loud", "quiet", "abrupt", "sentence")))
    lufs, peak = audio.level(path)
    assert (made.passes, made.as_promised) == (mastering.PASSES, True)
    assert abs(lufs + 16) <= 1
    assert peak < -1


@pytest.mark.parametrize(
    ("levels", "kept"),
    [
        ([(-18.6, -3.0), (-16.9, -2.0), (-19.0, -2.0)], 1),  # a later pass is further off
        ([(-16.0, -0.5), (-17.5, -2.0), (-17.9, -2.0)], 1),  # the peak is a bound, the loudness an aim
        ([(-16.0, 0.5), (-16.0, -0.4), (-16.0, 0.1), (-16.4, -0.2), (-16.2, -0.3)], 1),  # nearest to the bound
        ([(-16.0, -0.5), (-16.0, -0.8), (-16.0, -0.2), (-17.2, -1.4)], 3),  # turned down until it is inside
        ([(-19.0, -3.0), (-15.8, -1.5)], 1),
    ],
)
def test_the_best_of_the_passes_is_kept(studio, monkeypatch, levels, kept):
    encoded = []

    def verify(_spool, path):
        encoded.append(path.read_bytes())
        return Level(*levels[len(encoded) - 1])

    monkeypatch.setattr(mastering, "_verify", verify)
    made, path = studio.merge(said("sentence"), said("word", 1))
    assert len(encoded) == len(levels)
    assert (made.loudness_lufs, made.true_peak_dbtp) == levels[kept]
    assert path.read_bytes() == encoded[kept]


def test_silence_stays_silent(studio):
    made, path = studio.merge(said("silent"), said("silent", 1))
    assert made.loudness_lufs == -70.0
    assert audio.peak(audio.decode(path)) <= 1


def test_the_mp3_is_untagged_and_says_its_length(studio):
    made, path = studio.merge(said("sentence"), title="A title that is nowhere in the bytes")
    data = path.read_bytes()
    assert mp3.audio_range(data) == (0, len(data))
    assert b"Info" in data[:64]
    assert b"title" not in data
    found = mp3.measure(data)
    assert found.sample_rate == SECOND
    # Encoder delay and padding are all there is beside the predicted samples.
    assert made.timeline.samples < found.samples <= made.timeline.samples + 3 * 576
    assert {header.length for _, header in mp3.walk(data)} == {192}


def test_a_second_run_gives_the_same_bytes(studio):
    items = [said("sentence"), played("sounds/jingle.wav"), said("word", 1), said("loud", 2)]
    _, first = studio.merge(*items, out="first.mp3")
    _, second = studio.merge(*items, out="second.mp3")
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_pauses_are_silent_and_items_are_where_the_timeline_says(studio):
    made, path = studio.merge(said("sentence", 0, "heading"), said("abrupt", 1), played("sounds/jingle.wav"))
    pcm = audio.decode(path)
    margin = 600  # an encoder frame rings into its neighbour
    for item in made.timeline.items:
        part = pcm[2 * item.start : 2 * item.end]
        if item.kind == "pause" and item.end - item.start > 3 * margin:
            assert audio.peak(part[2 * margin : -2 * margin]) < 60
        elif item.kind != "pause":
            assert audio.peak(part) > 3000
    assert made.timeline.chapters[0].title == "text of sentence"


def test_a_sound_sits_a_little_under_speech(studio, tmp_path):
    made, path = studio.merge(said("sentence"), played("sounds/long.flac"), said("sentence", 1))
    pcm = audio.decode(path)

    def loudness(kind: str) -> float:
        parts = [pcm[2 * one.start : 2 * one.end] for one in made.timeline.items if one.kind == kind]
        return audio.level(audio.write_sound(tmp_path / f"{kind}.wav", b"".join(parts)))[0]

    assert 0.8 < loudness("text") - loudness("sound") < 3.2


def test_edges_fade_where_an_engine_cuts_hard(studio):
    made, path = studio.merge(said("abrupt"), said("abrupt", 1))
    pcm = audio.decode(path)
    last = made.timeline.items[0].end
    assert audio.peak(pcm[2 * (last - 24) : 2 * last]) < audio.peak(pcm[2 * (last - 4800) : 2 * last]) / 2


def test_a_fragment_repeated_many_times(studio):
    made, path = studio.merge(*(said("word", n) for n in range(300)))
    assert len(audio.decode(path)) == 2 * made.timeline.samples
    assert sum(item.kind == "text" for item in made.timeline.items) == 300


def test_bad_sounds_are_left_out_and_named(studio, tmp_path):
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"this is no sound")
    huge = tmp_path / "huge.wav"
    with huge.open("wb") as target:
        target.truncate(60 * 1024 * 1024)
    sounds = {**studio.sounds, "sounds/broken.mp3": broken, "sounds/huge.wav": huge}
    keys = ["sounds/broken.mp3", "sounds/huge.wav", "sounds/gone.wav", "sounds/jingle.wav"]
    items = [said("word"), *(played(key) for key in keys), said("word", 1)]
    made = merge(items, Material(studio.fragments, studio.clips, sounds), studio.work, tmp_path / "out.mp3")
    assert set(made.missing_sounds) == set(keys[:3])
    assert "50 MB" in made.missing_sounds["sounds/huge.wav"]
    assert [item.kind for item in made.timeline.items if item.kind != "pause"] == ["text", "sound", "text"]


def test_only_bad_sounds_is_nothing_to_hear(studio):
    with pytest.raises(MergeFailed, match=r"nothing to hear.*sounds/gone"):
        studio.merge(played("sounds/gone"))
    with pytest.raises(NothingToRead, match="silence"):
        studio.merge()


def test_a_full_disk_is_said_before_it_happens(studio, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(mastering.shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    with pytest.raises(MergeFailed, match="ephemeral storage"):
        studio.merge(said("word"))


def test_time_is_limited(studio):
    with pytest.raises(MergeFailed, match="time"):
        studio.merge(said("word"), deadline=time.monotonic() - 1)
    made, _ = studio.merge(said("word"), deadline=time.monotonic() + 60)
    assert made.timeline.samples


def test_an_ffmpeg_that_pads_differently_is_noticed(studio, monkeypatch):
    spooled = mastering._encode

    def encode(spool, settings, out):
        spooled(spool, settings, out)
        out.write_bytes(out.read_bytes()[: -3 * 192])

    monkeypatch.setattr(mastering, "_encode", encode)
    with pytest.raises(MergeFailed, match="were predicted"):
        studio.merge(said("sentence"))


def test_nothing_is_left_behind_when_it_fails(studio, monkeypatch):
    monkeypatch.setattr(mastering, "PASSES", 0)
    monkeypatch.setattr(mastering, "_verify", lambda spool, out: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        studio.merge(said("word"))
    assert list(studio.work.iterdir()) == []


def test_memory_does_not_grow_with_length(studio):
    def most(count: int) -> int:
        tracemalloc.start()
        try:
            studio.merge(*(said("sentence", n) for n in range(count)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(1)  # imports
    short, long = most(15), most(120)
    # 105 sentences more are 18 MB of samples and 3 MB of MP3.
    assert long < short + 500_000
