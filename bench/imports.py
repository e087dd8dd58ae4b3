"""What a cold start of each handler imports, against ``import boto3`` in the same run."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
_CLOCK = (
    "import sys, time; begun = time.process_time(); {work}; "
    "print(time.process_time() - begun, int('pydantic' in sys.modules))"
)
_FIRST_CALL = "from common import observability as o; o.logger(); o.metrics(); import boto3; from common import traces"
_PYDANTIC = "import pydantic_core; from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter"
AIM, AIM_OF_FORM = 1.4, 0.25
"""The most that a handler's first call is to have imported. Of it 1.05 are boto3, Powertools and traces. Who checks
strangers' data with pydantic may have it (0.4, measured in each run) and its form built (a quarter) on top."""


def run() -> None:
    templates = (ROOT / "template.yaml", *(ROOT / "pipelines").rglob("*.yaml"))
    modules = sorted({m for path in templates for m in re.findall(r"Handler: (\S+)\.handler", path.read_text())})
    times: dict[tuple[str, bool], list[float]] = {}
    reference, with_pydantic = [], []
    pydantic = {}
    for _ in range(ROUNDS):  # in turns, so that a busy moment of the machine meets all of them
        reference.append(_imported("import boto3")[0])
        with_pydantic.append(_imported(f"import boto3; {_PYDANTIC}")[0])
        for name in modules:
            for called in (False, True):
                work = f"import {name}" + (f"; {_FIRST_CALL}" if called else "")
                seconds, pydantic[name] = _imported(work)
                times.setdefault((name, called), []).append(seconds)
    base = statistics.median(reference)
    form = statistics.median(with_pydantic) / base - 1 + AIM_OF_FORM
    print(f"Medians of {ROUNDS}, as parts of what import boto3 takes ({base * 1000:.0f} ms of CPU here).")
    print(f"{'handler':<42}{'module':>8}{'first call':>12}   aim")
    for name in modules:
        module, first_call = (statistics.median(times[name, way]) / base for way in (False, True))
        aim = AIM + form if pydantic[name] else AIM
        print(f"{name:<42}{module:>8.2f}{first_call:>12.2f}   {aim:.2f} {'kept' if first_call <= aim else 'MISSED'}")


def _imported(work: str) -> tuple[float, bool]:
    """CPU seconds of ``work`` in a fresh interpreter, and whether it imports pydantic; its modules are compiled."""
    command = [sys.executable, "-W", "ignore", "-c", _CLOCK.format(work=work)]
    done = subprocess.run(command, cwd=ROOT / "functions", capture_output=True, text=True, check=True)
    seconds, pydantic = done.stdout.split()
    return float(seconds), pydantic == "1"
