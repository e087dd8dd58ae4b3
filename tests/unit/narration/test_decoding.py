"""MP3 to samples in the process: what FFmpeg decodes, and damage that is named instead of heard as silence."""

from __future__ import annotations

import array
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from narration.audio.codecs import decoding, mp3
from narration.errors import MergeFailed
from tests.unit.narration import audio

SPEECH = audio.quiet(0.1) + audio.noise(6, 0.5, seed=9) + audio.quiet(0.3)
"""Longer than two blocks."""


def frames(data: bytes) -> list[bytes]:
    return [data[position : position + header.length] for position, header in mp3.audio_frames(data)]


def decoded(data: bytes) -> bytes:
    return b"".join(decoding.samples(data))


def by_ffmpeg(data: bytes) -> bytes:
    return audio.ffmpeg("-f", "mp3", "-flags2", "+skip_manual", "-i", "-", "-f", "s16le", "-ac", "1", "-", stdin=data)[
        0
    ]


def worst(one: bytes, other: bytes) -> int:
    assert len(one) == len(other)
    return max(abs(a - b) for a, b in zip(array.array("h", one), array.array("h", other), strict=True))


def test_samples_are_those_of_ffmpeg_to_one_step(capfd):
    data = audio.fragment(SPEECH)
    assert len(list(decoding.samples(data))) > 2
    assert worst(decoded(data), by_ffmpeg(data)) <= 1
    assert capfd.readouterr().err == "", "whole audio must say nothing"


def test_a_file_of_frames_is_the_same(tmp_path):
    data = audio.fragment(SPEECH)
    path = tmp_path / "frames.mp3"
    path.write_bytes(b"".join(frames(data)))
    assert b"".join(decoding.of_frames(path)) == decoded(data)


def test_of_an_info_frame_nothing_is_dropped(tmp_path):
    path = audio.write_sound(tmp_path / "a.mp3", SPEECH, "-c:a", "libmp3lame", "-b:a", "48k")
    data = path.read_bytes()
    assert len(frames(data)) < len(list(mp3.walk(data)))
    assert worst(decoded(data), by_ffmpeg(b"".join(frames(data)))) <= 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_frames_are_enough(count):
    assert len(decoded(b"".join(frames(audio.fragment(SPEECH))[:count]))) == 2 * 576 * count


@pytest.mark.parametrize("count", [1, 40])
def test_frames_that_lean_on_what_is_gone_keep_their_length(count):
    data = audio.fragment(SPEECH)
    lean = next(n for n, (place, _) in enumerate(mp3.audio_frames(data)) if n > 5 and mp3.reservoir(data, place))
    assert len(decoded(b"".join(frames(data)[lean : lean + count]))) == 2 * 576 * count


def test_a_cut_file_gives_its_whole_frames():
    data = audio.fragment(SPEECH)
    cut = data[: len(data) // 2]
    assert len(decoded(cut)) == 2 * mp3.measure(cut).samples < len(decoded(data))


def test_silent_frames_are_silence():
    assert decoded(mp3.SILENT_FRAME * 9) == bytes(2 * 576 * 9)


@pytest.mark.parametrize("data", [b"", b"<html>Service unavailable</html>", b"ID3" + bytes(400)])
def test_what_is_no_mp3_is_refused(data):
    with pytest.raises(MergeFailed, match="no MP3"):
        decoded(data)


@pytest.mark.parametrize(("options", "reason"), [(("-ac", "2"), "2 channels"), (("-ar", "22050"), "22050 Hz")])
def test_another_form_is_refused(options, reason):
    source = ("-f", "lavfi", "-i", "sine=d=1:r=24000")
    data = audio.ffmpeg(*source, *options, "-b:a", "48k", "-write_xing", "0", "-f", "mp3", "-")[0]
    with pytest.raises(MergeFailed, match=reason):
        decoded(data)


@pytest.mark.parametrize("place", [0, 1, 120, -1])
def test_a_damaged_frame_is_named_and_fills_no_log(place, capfd):
    parts = frames(audio.fragment(SPEECH))
    parts[place] = parts[place][:4] + b"\xff" * (len(parts[place]) - 4)
    with pytest.raises(MergeFailed, match=r"damaged.*synthesize it again"):
        decoded(b"".join(parts))
    assert capfd.readouterr().err == ""


def test_what_others_say_meanwhile_is_not_lost(capfd):
    with decoding._listening() as said:
        os.write(2, b"something else\n")
        os.write(2, b"[src/libmpg123/layer3.c:1] error: bad frame\n")
    assert capfd.readouterr().err == "something else\n"
    assert said == [b"[src/libmpg123/layer3.c:1] error: bad frame\n"]


def test_several_at_once_do_not_mix_up():
    """Workers speak in several threads, and the error output is one."""
    good, parts = audio.fragment(SPEECH), frames(audio.fragment(SPEECH))
    parts[7] = parts[7][:4] + b"\xff" * (len(parts[7]) - 4)
    found: list[object] = []

    def work(data: bytes) -> None:
        try:
            found.append(len(decoded(data)))
        except MergeFailed:
            found.append("damaged")

    threads = [threading.Thread(target=work, args=(data,)) for data in (good, b"".join(parts)) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == sorted([str(len(decoded(good)))] * 4 + ["damaged"] * 4)


def test_neither_numpy_nor_a_program_is_needed(tmp_path):
    """In a process that has no PATH and may not import numpy."""
    path = tmp_path / "a.mp3"
    path.write_bytes(audio.fragment(SPEECH))
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from pathlib import Path\n"
        "from narration.audio import silence\n"
        f"clip = silence.measure_clip(Path({str(path)!r}))\n"
        "print(clip.samples, clip.loudness_lufs)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(decoding.__file__).parents[3]), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    samples, lufs = done.stdout.split()
    assert int(samples) == mp3.measure(path.read_bytes()).samples
    assert float(lufs) > -30


def test_the_version_is_a_sentence_of_two_words():
    name, version = decoding.version().split()
    assert name == "libsndfile"
    assert version[0].isdigit()
