"""One program in a process group of its own, bounded in time and memory.

Memory is what the group's processes have in RAM together: a bound on address space makes the import of numpy hang
instead of fail.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from local.services.sagemaker.switches import NOW

LAUNCHER: Final = Path(__file__).with_name("launcher.py")
ONE_THREAD: Final[Mapping[str, str]] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "LOKY_MAX_CPU_COUNT"), "1"
)
"""Several jobs share the machine's cores, and a sum in one thread has the same last bit every time."""
KILLED: Final = 137
MOST_LINE: Final = 65_536
_LOOK_EVERY = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")

Why = Literal["", "memory", "time", "stopped"]


@dataclass(frozen=True)
class Ending:
    """``code``: the exit code, 128 + n for signal n. ``why``: what ended it from outside. ``peak``: bytes."""

    code: int
    why: Why
    peak: int


class Group:
    """A running launcher and all that it started."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: int, stderr: int) -> None:
        theirs, self._ours = os.pipe()
        try:
            self.process = subprocess.Popen(
                [command[0], "-I", "-S", str(LAUNCHER), str(theirs), *command[1:]],
                cwd=cwd,
                env={**env, **ONE_THREAD},
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
                pass_fds=(theirs,),
            )
        finally:
            os.close(theirs)

    def signal(self, number: int) -> None:
        """To every process of the group; nothing where all are gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            os.killpg(self.process.pid, number)

    def memory(self) -> int:
        """Bytes in RAM of all of them together."""
        return _memory(self.process.pid)

    def close(self) -> int:
        """End what is left; the launcher's exit code."""
        self.signal(signal.SIGKILL)
        code = self.process.wait()
        if self._ours >= 0:
            os.close(self._ours)
            self._ours = -1
        return code if code >= 0 else 128 - code


def run(
    command: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[str], None],
    seconds: float,
    stopping: Callable[[], bool],
) -> Ending:
    """Run a program to its end, or stop it: after ``seconds``, when ``stopping`` says so, or at the bound of memory.

    A stopped one gets SIGTERM and, after the switch ``grace_seconds``, SIGKILL. What it left running ends with it.
    """
    group = Group(command, cwd, env, subprocess.DEVNULL, subprocess.STDOUT)
    reader = threading.Thread(target=_read, args=(group.process.stdout, on_line), daemon=True)
    reader.start()
    begun, why, peak, told = time.monotonic(), "", 0, 0.0
    try:
        while not _ended(group):
            peak = max(peak, group.memory())
            if peak > NOW.limits.memory_mb << 20:
                why = "memory"
                break
            if not why:
                late = time.monotonic() - begun > seconds
                why = "time" if late else "stopped" if stopping() else ""
                if why:
                    told = time.monotonic()
                    group.signal(signal.SIGTERM)
            elif time.monotonic() - told > NOW.limits.grace_seconds:
                break
    finally:
        code = group.close()
        reader.join()
    return Ending(KILLED if why == "memory" else code, why, peak)  # type: ignore[arg-type]


def _ended(group: Group) -> bool:
    """Whether the program has ended, after a moment for it to do so."""
    try:
        group.process.wait(_LOOK_EVERY)
    except subprocess.TimeoutExpired:
        return False
    return True


def _read(output: IO[bytes] | None, on_line: Callable[[str], None]) -> None:
    assert output is not None  # noqa: S101 - it was asked for
    with output:
        for raw in iter(lambda: output.readline(MOST_LINE), b""):
            on_line(raw.decode("utf-8", "replace").rstrip("\r\n"))


def _memory(group: int) -> int:
    if sys.platform == "linux":
        return sum(_pages(int(name), group) for name in os.listdir("/proc") if name.isdigit()) * _PAGE  # noqa: PTH208
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False)  # noqa: S607
    rows = (line.split() for line in listed.stdout.splitlines())
    return sum(int(row[1]) * 1024 for row in rows if len(row) == 2 and row[0] == str(group))


def _pages(pid: int, group: int) -> int:
    try:
        # "pid (name) state ppid pgrp ... rss": the name may hold blanks and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it has ended meanwhile
    return int(fields[21]) if int(fields[2]) == group else 0
