"""What runs on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path


def processes_with(text: str | Path) -> list[str]:
    """Command lines that hold `text`; a function's process names its folders in its own."""
    # Without -ww the lines are cut to the width of a terminal.
    listed = subprocess.run(["/bin/ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(text) in line]


def descendants(pid: int) -> set[int]:
    """All processes below `pid`."""
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found: set[int] = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in pairs if parent in layer} - found
        found |= layer
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of `pids` that still run."""
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True)
    return pids & {int(line) for line in listed.stdout.split()}
