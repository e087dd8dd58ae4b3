"""How much memory a process of a measurement took at most; the sides run as scripts, so this stands alone."""

from __future__ import annotations

from pathlib import Path


def megabytes() -> float:
    """The high-water mark of this process alone: a child's ru_maxrss begins with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000
