"""Starts one side of a comparison in a process of its own, so that its CPU and memory are its own.

A side is a module below ``bench.sides`` that prints its figures as one JSON object, last of all.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = Path(sys.executable)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Figures = dict[str, float]


@dataclass(frozen=True)
class Cost:
    """CPU seconds with all children; peak memory in MB of Python and of its largest child together."""

    cpu: float
    memory: float
    summary: str


def peers_python(packages: str) -> Path | None:
    """The interpreter that can import ``packages``: of .venv-bench, or MILLRACE_BENCH_PYTHON; None where none can."""
    python = Path(os.environ.get("MILLRACE_BENCH_PYTHON", ROOT / ".venv-bench" / "bin" / "python"))
    if not python.exists():
        return None
    probe = subprocess.run([str(python), "-c", f"import {packages}"], capture_output=True, check=False)
    return python if probe.returncode == 0 else None


def figures(python: Path, side: str, *arguments: object) -> dict[str, Any]:
    """What the module ``side`` prints when ``python`` runs it with one thread. Raises where it fails."""
    done = subprocess.run(
        _command(python, side, arguments),
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def medians(turns: Sequence[Mapping[str, float]]) -> Figures:
    """Of each figure the median over several processes."""
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def cost(side: str, *arguments: object, repeats: int = 1) -> Cost:
    """What the module ``side`` takes in our own interpreter; of ``repeats`` the cheapest. Raises where it fails."""
    return min((_cost(side, arguments) for _ in range(repeats)), key=lambda cost: cost.cpu)


def _cost(side: str, arguments: Sequence[object]) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    command = _command(OURS, side, arguments)
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None  # noqa: S101
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{side} failed with {child.returncode}")
    printed = json.loads(output.splitlines()[-1])
    return Cost(usage.ru_utime + usage.ru_stime, printed["memory"], printed["summary"])


def _command(python: Path, side: str, arguments: Sequence[object]) -> list[str]:
    return [str(python), "-W", "ignore", "-m", f"bench.sides.{side}", *map(str, arguments)]
