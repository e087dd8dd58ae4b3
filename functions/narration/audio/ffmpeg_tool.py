"""The one place that finds FFmpeg and runs it: ``ffmpeg-python`` builds the arguments, ``subprocess`` runs them.

ffmpeg-python's own ``run`` knows neither a time limit nor a bounded report, so it is used for ``compile`` only.
FFmpeg reads files that strangers made (sounds): it gets no shell, no input but what it is given, and none of
the environment's credentials.
"""

from __future__ import annotations

import os
import shutil
import stat
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

_REPORT_BYTES = 64 * 1024
_TAIL_CHARACTERS = 800
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")


class Output(Protocol):
    """The part of ffmpeg-python's output node that is used here; the package has no types."""

    def global_args(self, *args: str) -> Output: ...


@lru_cache(maxsize=1)
def find() -> str:
    """The FFmpeg to run: ``ffmpeg`` on PATH (a layer's ``bin``), else the one in the imageio-ffmpeg wheel.

    The package is located but not imported: it would launch candidates to try them.

    Raises:
        MergeFailed: there is neither.
    """
    on_path = shutil.which("ffmpeg")
    if on_path:
        return on_path
    spec = find_spec("imageio_ffmpeg")
    folder = Path(spec.origin).parent / "binaries" if spec and spec.origin else None
    binaries = sorted(folder.glob("ffmpeg-*")) if folder else []
    if not binaries:
        raise MergeFailed("There is no FFmpeg: put ffmpeg on PATH or install the imageio-ffmpeg package.")
    return str(executable(binaries[0]))


def executable(binary: Path) -> Path:
    """``binary`` itself where it may be executed, else a copy of it that may be.

    Zipped layers can lose the executable bit and are read-only, so chmod in place is no way out. The copy stays
    in the temporary folder and is used again by the next process of the same user.
    """
    if os.access(binary, os.X_OK):
        return binary
    size = binary.stat().st_size
    copy = Path(tempfile.gettempdir()) / f"ffmpeg-{os.getuid()}-{size}"
    if not _is_ours(copy, size):
        handle, name = tempfile.mkstemp(prefix="ffmpeg-")
        with os.fdopen(handle, "wb") as target, binary.open("rb") as source:
            shutil.copyfileobj(source, target)
        part = Path(name)
        part.chmod(0o700)
        part.replace(copy)  # atomic: another process never runs half a file
    return copy


def _is_ours(path: Path, size: int) -> bool:
    """Every user can write to the temporary folder: run nothing there that another one put or may change."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    private = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
    return private and found.st_uid == os.getuid() and found.st_size == size


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
