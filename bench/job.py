"""Work in a process of its own, so that its CPU and memory are its own: ``python -m bench.job <function> <folder>``."""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import peak

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """CPU seconds with all children; peak memory in MB of Python and of its largest child together."""

    cpu: float
    memory: float
    said: str


def run(function: str, folder: Path, repeats: int = 1) -> Cost:
    """Runs ``bench.merges.<function>(folder)``; of ``repeats`` the cheapest. Raises where the work fails."""
    costs = [_once(function, folder) for _ in range(repeats)]
    return min(costs, key=lambda cost: cost.cpu)


def _once(function: str, folder: Path) -> Cost:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    command = [sys.executable, "-W", "ignore", "-m", "bench.job", function, str(folder)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None  # noqa: S101
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{function} failed with {child.returncode}")
    told = json.loads(output.splitlines()[-1])
    return Cost(usage.ru_utime + usage.ru_stime, told["memory"], told["said"])


def main() -> None:
    function, folder = sys.argv[1:]
    said = getattr(importlib.import_module("bench.merges"), function)(Path(folder))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"said": said, "memory": peak.megabytes() + largest.ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
