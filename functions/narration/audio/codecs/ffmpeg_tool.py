"""The one place that finds FFmpeg and runs it: ``ffmpeg-python`` builds the arguments, ``subprocess`` runs them.

ffmpeg-python's own ``run`` knows neither a time limit nor a bounded report, so it is used for ``compile`` only.
FFmpeg reads files that strangers made (sounds): it gets no shell, no input but what it is given, and none of
the environment's credentials.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Protocol

from narration.errors import MergeFailed

DEFAULT_TIMEOUT = 600.0
"""Seconds a run may take where the caller sets no deadline."""

_VERSION_SECONDS = 20.0
_REPORT_BYTES = 64 * 1024
_TAIL_CHARACTERS = 800
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


class Output(Protocol):
    """The part of ffmpeg-python's output node that is used here; the package has no types."""

    def global_args(self, *args: str) -> Output: ...


@lru_cache(maxsize=1)
def find() -> str:
    """The FFmpeg to run: the layer's, else the one in the imageio-ffmpeg wheel, else ``ffmpeg`` on PATH.

    Lambda has a layer's ``bin`` at the end of PATH, so that another one of the image would win there. The packages are
    located but not imported: that would launch candidates to try them.

    Raises:
        MergeFailed: there is none, or it may not be executed.
    """
    found = _of_layer() or _of_wheel() or shutil.which("ffmpeg")
    if found is None:
        raise MergeFailed("There is no FFmpeg: build the ffmpeg layer, install imageio-ffmpeg or put ffmpeg on PATH.")
    if not os.access(found, os.X_OK):
        raise MergeFailed(f"{found} may not be executed: build the ffmpeg layer by its Makefile, as sam build does.")
    return str(found)


@lru_cache(maxsize=1)
def version() -> str:
    """Which FFmpeg that is, as it says itself: ``7.0.2-static``. It is asked once per process.

    Raises:
        MergeFailed: it cannot be run, or does not say.
    """
    try:
        asked = subprocess.run(
            [find(), "-version"], capture_output=True, timeout=_VERSION_SECONDS, env=_environment(), check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MergeFailed(_sentence("say its version", str(error))) from error
    said = re.match(rb"ffmpeg version (\S+)", asked.stdout)
    if said is None:
        raise MergeFailed(_sentence("say its version", repr(asked.stdout[:80])))
    return said[1].decode("utf-8", "replace")


def _of_layer() -> Path | None:
    """``bin/ffmpeg`` of the layer that holds ffmpeg-python below ``python/``."""
    spec = find_spec("ffmpeg")
    binary = Path(spec.origin).parents[2] / "bin" / "ffmpeg" if spec and spec.origin else None
    return binary if binary and binary.is_file() else None


def _of_wheel() -> Path | None:
    spec = find_spec("imageio_ffmpeg")
    folder = Path(spec.origin).parent / "binaries" if spec and spec.origin else None
    return next(iter(sorted(folder.glob("ffmpeg-*"))), None) if folder else None


def arguments(output: Output) -> list[str]:
    """The command line for an ffmpeg-python output: quiet but for its report, never asking, overwriting."""
    import ffmpeg

    quiet = output.global_args("-hide_banner", "-nostdin", "-nostats")
    compiled: list[str] = ffmpeg.compile(quiet, cmd=find(), overwrite_output=True)
    return compiled


def time_left(deadline: float | None) -> float:
    """Seconds until ``deadline`` (a ``time.monotonic`` instant), or the default limit where there is none.

    Raises:
        MergeFailed: it has passed.
    """
    if deadline is None:
        return DEFAULT_TIMEOUT
    left = deadline - time.monotonic()
    if left <= 0:
        raise MergeFailed("The time for the merge is over: raise the function's timeout or shorten the article.")
    return left


def run(output: Output, task: str, deadline: float | None = None, stdin: bytes | None = None) -> tuple[bytes, str]:
    """Run FFmpeg to its end: what it wrote to ``pipe:`` and the end of its report.

    ``task`` completes the sentence "FFmpeg could not ..." of the error. ``deadline`` is an instant of
    ``time.monotonic``.

    Raises:
        MergeFailed: FFmpeg ended with an error or ran out of time; the message carries the end of its report.
    """
    with tempfile.TemporaryFile() as report:
        try:
            process = subprocess.run(
                arguments(output),
                input=stdin if stdin is not None else b"",
                stdout=subprocess.PIPE,
                stderr=report,
                timeout=time_left(deadline),
                env=_environment(),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise MergeFailed(_sentence(task, f"it was stopped after {error.timeout:.0f} s")) from error
        text = _end_of(report)
        if process.returncode:
            raise MergeFailed(_sentence(task, text))
        return process.stdout, text


class Pipe:
    """What a running FFmpeg writes, read in exact pieces; ``report`` is filled when it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes], task: str) -> None:
        self._process, self._stderr, self._task = process, stderr, task
        self.report = ""

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes.

        Raises:
            MergeFailed: FFmpeg stopped before.
        """
        data = self._stdout.read(size)
        if len(data) < size:
            self._process.wait()
            raise MergeFailed(_sentence(self._task, f"it ended too early. {_end_of(self._stderr)}"))
        return data

    def read_some(self, size: int) -> bytes:
        """Up to ``size`` bytes; none at the end."""
        return self._stdout.read(size)

    @property
    def _stdout(self) -> IO[bytes]:
        if self._process.stdout is None:  # pragma: no cover - Popen is always given a pipe below
            raise MergeFailed(_sentence(self._task, "its output is not a pipe"))
        return self._process.stdout


@contextmanager
def reading(output: Output, task: str, deadline: float | None = None) -> Iterator[Pipe]:
    """Run FFmpeg while the body reads its ``pipe:`` output; on leaving, it has ended and succeeded.

    Raises:
        MergeFailed: as for ``run``; also where the body left output unread.
    """
    limit = time_left(deadline)
    with tempfile.TemporaryFile() as report:
        process = subprocess.Popen(
            arguments(output),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=report,
            env=_environment(),
        )
        expired = threading.Event()

        def stop() -> None:
            expired.set()
            process.kill()

        watchdog = threading.Timer(limit, stop)
        watchdog.start()
        pipe = Pipe(process, report, task)
        try:
            yield pipe
            surplus = pipe.read_some(1)
            process.wait()
        except MergeFailed as error:
            if expired.is_set():
                raise MergeFailed(_sentence(task, f"it was stopped after {limit:.0f} s")) from error
            raise
        finally:
            watchdog.cancel()
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        pipe.report = _end_of(report)
        if expired.is_set():
            raise MergeFailed(_sentence(task, f"it was stopped after {limit:.0f} s"))
        if surplus:
            raise MergeFailed(_sentence(task, f"it wrote more audio than expected. {pipe.report}"))
        if process.returncode:
            raise MergeFailed(_sentence(task, pipe.report))


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def _end_of(report: IO[bytes]) -> str:
    size = report.seek(0, os.SEEK_END)
    report.seek(max(0, size - _REPORT_BYTES))
    return report.read().decode("utf-8", "replace")


def _sentence(task: str, reason: str) -> str:
    return f"FFmpeg could not {task}: {reason.strip()[-_TAIL_CHARACTERS:]}"
