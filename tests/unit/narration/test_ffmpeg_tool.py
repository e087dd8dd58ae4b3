"""Finding FFmpeg and running it within bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import ffmpeg
import pytest

from narration.audio import ffmpeg_tool
from narration.errors import MergeFailed

AUDIO_MODULES = sorted(path.stem for path in Path(ffmpeg_tool.__file__).parent.glob("[a-z]*.py"))


@pytest.fixture
def fresh():
    ffmpeg_tool.find.cache_clear()
    yield
    ffmpeg_tool.find.cache_clear()


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def silence_for(seconds: float, **options: object) -> ffmpeg_tool.Output:
    source = ffmpeg.input("anullsrc=r=24000:cl=mono", f="lavfi", **options)
    return source.output("pipe:", format="s16le", t=seconds)


def test_path_comes_first(tmp_path, monkeypatch, fresh):
    mine = script(tmp_path / "ffmpeg", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_tool.find() == str(mine)


def test_the_wheel_is_used_without_importing_it(tmp_path, monkeypatch, fresh):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "imageio_ffmpeg", raising=False)
    found = Path(ffmpeg_tool.find())
    assert found.parent.name == "binaries"
    assert "imageio_ffmpeg" not in sys.modules


def test_neither_is_said(tmp_path, monkeypatch, fresh):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ffmpeg_tool, "find_spec", lambda name: None)
    with pytest.raises(MergeFailed, match="no FFmpeg"):
        ffmpeg_tool.find()


def test_a_binary_without_its_bit_is_copied_once(tmp_path, monkeypatch):
    layer = tmp_path / "layer"
    layer.mkdir()
    binary = script(layer / "ffmpeg-linux", "echo ran")
    binary.chmod(0o444)
    monkeypatch.setattr(ffmpeg_tool.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ffmpeg_tool.os, "access", lambda path, mode: path.stat().st_mode & 0o111 != 0)  # root may all
    first = ffmpeg_tool.executable(binary)
    assert first.parent == tmp_path
    assert subprocess.run([first], capture_output=True, check=True).stdout == b"ran\n"
    written = first.stat().st_mtime_ns
    assert ffmpeg_tool.executable(binary) == first
    assert first.stat().st_mtime_ns == written
    assert binary.stat().st_mode & 0o777 == 0o444


def test_a_copy_that_others_may_write_is_not_run(tmp_path, monkeypatch):
    binary = script(tmp_path / "binary", "echo ran")
    binary.chmod(0o444)
    monkeypatch.setattr(ffmpeg_tool.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ffmpeg_tool.os, "access", lambda path, mode: False)
    copy = ffmpeg_tool.executable(binary)
    copy.write_bytes(b"x" * copy.stat().st_size)
    copy.chmod(0o777)
    assert ffmpeg_tool.executable(binary).read_bytes() == binary.read_bytes()


def test_run_gives_output_and_report():
    out, report = ffmpeg_tool.run(silence_for(0.5), "make silence")
    assert out == bytes(24_000)
    assert "pcm_s16le" in report


def test_an_error_carries_the_end_of_the_report():
    broken = ffmpeg.input("/nowhere/at-all.mp3").output("pipe:", format="s16le")
    with pytest.raises(MergeFailed, match=r"could not read it: (?s:.)*No such file"):
        ffmpeg_tool.run(broken, "read it")


def test_time_is_limited():
    begun = time.monotonic()
    with pytest.raises(MergeFailed, match="stopped after"):
        ffmpeg_tool.run(silence_for(600, re=None), "wait", begun + 0.3)
    with (
        pytest.raises(MergeFailed, match="stopped after"),
        ffmpeg_tool.reading(silence_for(600, re=None), "wait", time.monotonic() + 0.3) as pipe,
    ):
        pipe.read(600 * 48_000)
    with pytest.raises(MergeFailed, match="time"):
        ffmpeg_tool.run(silence_for(1), "wait", begun - 1)


def test_reading_to_the_end_fills_the_report():
    with ffmpeg_tool.reading(silence_for(0.5), "make silence") as pipe:
        assert pipe.read(1000) + pipe.read(23_000) == bytes(24_000)
    assert "pcm_s16le" in pipe.report


def test_too_little_and_too_much_are_errors():
    with (
        pytest.raises(MergeFailed, match="too early"),
        ffmpeg_tool.reading(silence_for(0.5), "make silence") as pipe,
    ):
        pipe.read(24_001)
    with (
        pytest.raises(MergeFailed, match="more audio"),
        ffmpeg_tool.reading(silence_for(0.5), "make silence") as pipe,
    ):
        pipe.read(23_998)


def test_leaving_early_leaves_no_process():
    running = []
    with suppress(KeyError), ffmpeg_tool.reading(silence_for(600), "make silence") as pipe:
        running.append(pipe._process)
        raise KeyError
    assert running[0].returncode is not None


def test_ffmpeg_sees_no_credentials(tmp_path, monkeypatch, fresh):
    script(tmp_path / "ffmpeg", "/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    out, _ = ffmpeg_tool.run(silence_for(1), "look around")
    assert b"PATH=" in out
    assert b"secret" not in out


def test_importing_the_audio_modules_is_light():
    names = ", ".join(f"narration.audio.{name}" for name in AUDIO_MODULES)
    heavy = "{'pydub', 'ffmpeg', 'boto3', 'imageio_ffmpeg', 'past', 'pydantic'}"
    code = f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(ffmpeg_tool.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
