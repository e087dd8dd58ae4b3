"""Finding FFmpeg and running it within bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import ffmpeg
import pytest

from narration.audio.codecs import ffmpeg_tool
from narration.errors import MergeFailed
from tests.unit.narration import audio

ROOM = Path(ffmpeg_tool.__file__).parents[1]
AUDIO_MODULES = sorted(".".join(path.relative_to(ROOM).with_suffix("").parts) for path in ROOM.rglob("[a-z]*.py"))


@pytest.fixture
def fresh():
    for known in (ffmpeg_tool.find, ffmpeg_tool.version):
        known.cache_clear()
    yield
    for known in (ffmpeg_tool.find, ffmpeg_tool.version):
        known.cache_clear()


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def silence_for(seconds: float, **options: object) -> ffmpeg_tool.Output:
    source = ffmpeg.input("anullsrc=r=24000:cl=mono", f="lavfi", **options)
    return source.output("pipe:", format="s16le", t=seconds)


def located(monkeypatch, **origins: Path | None) -> None:
    """These packages lie there, and no others."""
    found = {name: SimpleNamespace(origin=str(path)) for name, path in origins.items() if path}
    monkeypatch.setattr(ffmpeg_tool, "find_spec", found.get)


def layer(folder: Path, text: str = "exit 0") -> Path:
    """A layer as its Makefile makes it; the place of ffmpeg-python in it."""
    for name in ("bin", "python/ffmpeg"):
        (folder / name).mkdir(parents=True)
    script(folder / "bin" / "ffmpeg", text)
    return folder / "python" / "ffmpeg" / "__init__.py"


def test_the_layers_comes_first_then_the_wheels_then_the_one_on_path(tmp_path, monkeypatch, fresh):
    """Lambda has a layer's bin at the end of PATH."""
    (tmp_path / "usr").mkdir()
    (tmp_path / "site" / "binaries").mkdir(parents=True)
    other = script(tmp_path / "usr" / "ffmpeg", "exit 0")
    wheels = script(tmp_path / "site" / "binaries" / "ffmpeg-linux-v1", "exit 0")
    in_layer, in_wheel = layer(tmp_path / "opt"), tmp_path / "site" / "__init__.py"
    monkeypatch.setenv("PATH", f"{tmp_path / 'usr'}:{tmp_path / 'opt' / 'bin'}")
    for origins, expected in (
        ({"ffmpeg": in_layer, "imageio_ffmpeg": in_wheel}, tmp_path / "opt" / "bin" / "ffmpeg"),
        ({"ffmpeg": tmp_path / "site-packages" / "ffmpeg" / "__init__.py", "imageio_ffmpeg": in_wheel}, wheels),
        ({}, other),
    ):
        ffmpeg_tool.find.cache_clear()
        located(monkeypatch, **origins)
        assert ffmpeg_tool.find() == str(expected)


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


def test_a_layer_without_the_bit_says_how_to_build_it(tmp_path, monkeypatch, fresh):
    """No copy is made of 80 MB, and no other one is taken for it."""
    located(monkeypatch, ffmpeg=layer(tmp_path / "opt"))
    (tmp_path / "opt" / "bin" / "ffmpeg").chmod(0o444)
    with pytest.raises(MergeFailed, match=r"opt/bin/ffmpeg may not be executed: build the ffmpeg layer"):
        ffmpeg_tool.find()


def test_the_version_is_asked_once(tmp_path, monkeypatch, fresh):
    said = f"echo x >> {tmp_path}/asked; echo ffmpeg version 9.1-custom Copyright"
    located(monkeypatch, ffmpeg=layer(tmp_path / "opt", said))
    assert [ffmpeg_tool.version() for _ in range(3)] == ["9.1-custom"] * 3
    assert (tmp_path / "asked").read_text() == "x\n"


def test_the_version_of_the_one_that_is_here(fresh):
    out, _ = audio.ffmpeg("-version")
    assert f"ffmpeg version {ffmpeg_tool.version()} " in out.decode()


@pytest.mark.parametrize("text", ["exit 3", "echo hello"])
def test_one_that_does_not_say_its_version_is_named(text, tmp_path, monkeypatch, fresh):
    located(monkeypatch, ffmpeg=layer(tmp_path / "opt", text))
    with pytest.raises(MergeFailed, match="could not say its version"):
        ffmpeg_tool.version()


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
    in_layer = layer(tmp_path / "opt", "/usr/bin/env")
    monkeypatch.setattr(ffmpeg_tool, "find_spec", lambda name: SimpleNamespace(origin=str(in_layer)))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    out, _ = ffmpeg_tool.run(silence_for(1), "look around")
    assert b"PATH=" in out
    assert b"secret" not in out


def test_importing_the_audio_modules_is_light():
    names = ", ".join(f"narration.audio.{name}" for name in AUDIO_MODULES)
    heavy = "{'pydub', 'ffmpeg', 'boto3', 'imageio_ffmpeg', 'past', 'pydantic', 'soundfile', 'lameenc', 'audioop'}"
    code = f"import sys, {names}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOM.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
