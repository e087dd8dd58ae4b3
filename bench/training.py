"""``python -m bench training``: our text classifier and our walker beside scikit-learn, and what a prediction costs.

The data are made by the tests' builders: comments of which a few words tell the class, some with a slip of the pen, and
trips whose class follows from their cells, mostly. The figures say how the two sides differ, and nothing of your data.
"""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.sides import process

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-training" / "bin" / "python"
ROUNDS = 3
MEMORY_MB = 1_769
"""Of the function TrainingPredict (pipelines/training.yaml)."""
CALL_SECONDS = 0.03
"""Of a warm call: DynamoDB is asked for the rate each time, S3 for the pointer every five seconds; the walk itself is
a fraction of a millisecond. Taken, not measured on AWS."""
HTTP_API_MILLION = 1.00
ENDPOINT_HOUR = 0.115
"""From memory: aws.amazon.com/api-gateway/pricing (HTTP APIs), aws.amazon.com/sagemaker/pricing (ml.m5.large for
real-time inference), us-east-1, 2026-11. Lambda's prices: operate/prices.toml."""
MONTH_HOURS = 730
_CLOCK = "import sys, time; begun = time.process_time(); {work}; print(time.process_time() - begun)"


def run(texts: Sequence[int] = (1_000, 20_000), trips: int = 20_000) -> None:
    if not PYTHON.exists():
        print("Skipped: the other side needs scikit-learn in .venv-training (make .venv-training/.ready).")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in texts:
            _texts(folder, size)
        _trees(folder, trips)
    _imports()
    _costs()


def _texts(folder: Path, size: int) -> None:
    data: Any = import_module("tests.unit.training.jobs")
    _write(folder / "train.csv", data.likes(size, seed=1))
    _write(folder / "test.csv", data.likes(1_000, seed=2))
    ours, theirs = (_figures(PYTHON, way, folder) for way in ("hashed", "tfidf"))
    print(f"{size:,} comments, 1,000 asked one at a time; ours, and TF-IDF with SGD:")
    print(f"  right             {ours['accuracy']:.3f} and {theirs['accuracy']:.3f}")
    print(f"  training, CPU     {_beside(ours['trained'], theirs['trained'], 's', 1)}")
    print(f"  an answer, CPU    {_beside(ours['row'], theirs['row'], 'ms', 1_000)}")
    print(f"  file              {_beside(ours['bytes'], theirs['bytes'], 'kB', 0.001)}")


def _trees(folder: Path, size: int) -> None:
    data: Any = import_module("tests.unit.training.jobs")
    _write(folder / "trips.csv", data.trips(size, seed=1))
    trees = process.figures(PYTHON, "training_side", "made", folder)["trees"]
    ours, theirs = _figures(process.OURS, "walked", folder), _figures(PYTHON, "pickled", folder)
    answers = [process.figures(*side, folder)["answers"] for side in _SIDES]
    different = sum(one != other for one, other in zip(*answers, strict=True))
    print(f"{trees} trees, loaded in a new process to answer 20 rows one at a time; model.json, and pickle:")
    print(f"  all of it, CPU    {_beside(ours['total'], theirs['total'], 'ms', 1_000)}")
    print(f"  an answer, CPU    {_beside(ours['row'], theirs['row'], 'ms', 1_000)}")
    print(f"  file              {_beside(ours['bytes'], theirs['bytes'], 'kB', 0.001)}")
    print(f"  answers that differ in any bit: {different} of {len(answers[0])}")


_SIDES = ((process.OURS, "training_side", "walked"), (PYTHON, "training_side", "pickled"))


def _imports() -> None:
    runtime, predict = [], []
    for _ in range(2 * ROUNDS + 1):
        runtime.append(_imported("import awslambdaric.bootstrap"))
        predict.append(_imported("import awslambdaric.bootstrap, training.handlers.predict"))
    bare, ours = statistics.median(runtime), statistics.median(predict)
    boto3 = statistics.median(_imported("import boto3") for _ in range(ROUNDS))
    print(
        f"cold import of predict: {1_000 * (ours - bare):.0f} ms of CPU above the runtime client's {1_000 * bare:.0f};"
        f" import boto3 takes {1_000 * boto3:.0f}"
    )


def _costs() -> None:
    prices = tomllib.loads((ROOT / "operate" / "prices.toml").read_text())["lambda_usd"]
    lambdas = prices["million_requests"] + 1e6 * CALL_SECONDS * MEMORY_MB / 1_024 * prices["gb_second_x86_64"]
    idle = ENDPOINT_HOUR * MONTH_HOURS
    million = lambdas + HTTP_API_MILLION
    print(
        f"a million requests: {million:.2f} dollars by the function (Lambda {lambdas:.2f}, HTTP API"
        f" {HTTP_API_MILLION:.2f}), none while idle; an ml.m5.large endpoint is {idle:.0f} a month, asked or not:"
        f" as much as {idle / million:.0f} million requests"
    )


def _figures(python: Path, way: str, folder: Path) -> dict[str, float]:
    turns = [process.figures(python, "training_side", way, folder) for _ in range(ROUNDS)]
    return process.medians([{name: each for name, each in turn.items() if name != "answers"} for turn in turns])


def _beside(ours: float, theirs: float, unit: str, factor: float) -> str:
    return f"{ours * factor:,.2f} and {theirs * factor:,.2f} {unit}: {ours / theirs:.2f} x"


def _imported(work: str) -> float:
    """CPU seconds of ``work`` in a fresh interpreter whose modules are compiled."""
    command = [sys.executable, "-W", "ignore", "-c", _CLOCK.format(work=work)]
    done = subprocess.run(command, cwd=ROOT / "functions", capture_output=True, text=True, check=True)
    return float(done.stdout)


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
