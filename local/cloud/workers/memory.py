"""How much memory a process and its children use, from /proc, or from `ps` where there is no /proc (macOS)."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

_PROC = Path("/proc")


def in_use_mb(pid: int) -> int:
    """Megabytes resident in `pid` (its highest so far) and in all its living descendants (now).

    Pages shared between parent and child count twice, which makes this stricter than Lambda. A process that is
    gone counts nothing.
    """
    if not (_PROC / "self").exists():
        return _with_ps(pid)
    # The peak of the process itself, since it may have given memory back between two looks.
    total = _status_kb(pid, "VmHWM:")
    todo = _children(pid)
    while todo:
        child = todo.pop()
        total += _status_kb(child, "VmRSS:")
        todo += _children(child)
    return total // 1024


def _status_kb(pid: int, field: str) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended between two looks
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended between two looks
        for task in (_PROC / str(pid) / "task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def _with_ps(group: int) -> int:
    """By process group, which the environment makes for each function."""
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return sum(int(rss) for pgid, rss in rows if int(pgid) == group) // 1024
