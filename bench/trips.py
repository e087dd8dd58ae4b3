"""Trips: the Firehose transform against the usual one with pandas, on the same 500-row chunks, side by side.

Needs an environment of its own for pandas: ``python -m venv .venv-bench``, then ``.venv-bench/bin/pip install
--require-hashes -r requirements/bench.txt``. MILLRACE_BENCH_PYTHON names another interpreter that has pandas.
"""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from bench.sides import process
from bench.sides.process import Figures
from local.demo.trips import maker

RECORDS, ROWS = 10, 500
"""What Firehose sends at once by default: 1 MB."""
TURNS, ROUNDS = 5, 20
WARM_AIM, COLD_AIM, REACH, IMPORT_AIM = 4.0, 6.0, 6.0, 0.7


def run() -> None:
    python = process.peers_python("pandas")
    if python is None:
        print(f"There is no pandas: {' '.join((__doc__ or '').split('Needs ')[1].split())}")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "event.json")
        path.write_text(json.dumps(_event()))
        sides = _measured(python, path)
    warm = {side: sides[side]["warm"] for side in sides}
    cold = {side: sides[side]["import"] + sides[side]["first"] for side in sides}
    print(f"{RECORDS} records of {ROWS} rows; CPU, medians of {TURNS} fresh processes in turns.")
    print(f"{'':<44}{'warm':>9}{'rows/s':>11}{'cold':>9}{'peak':>8}")
    names = {
        "reference": "pandas: CSV, balanced",
        "same": "ours: CSV, balanced, every row checked",
        "stream": "ours as deployed: JSON lines, every row",
        "stored": "the same, first rows left out stored (boto3)",
    }
    for side, name in names.items():
        rate = RECORDS * ROWS / warm[side] * 1000
        print(f"{name:<44}{warm[side]:>6.1f} ms{rate:>11,.0f}{cold[side]:>6.0f} ms{sides[side]['peak']:>5.0f} MB")
    _ratio("warm, the same work", warm["reference"] / warm["same"], WARM_AIM)
    _ratio("cold start, the same work", cold["reference"] / cold["same"], COLD_AIM)
    _ratio("cold start with rows left out", cold["reference"] / cold["stored"], None)
    _ratio("memory", sides["reference"]["peak"] / sides["same"]["peak"], None)
    share = sides["same"]["import"] / sides["boto3"]["import"]
    print(f"import of the handler / import boto3: {share:.2f} (aim {IMPORT_AIM} or less)")


def _ratio(name: str, value: float, aim: float | None) -> None:
    verdict = (
        "" if aim is None else f" (at least {aim:.0f}, reach for {REACH:.0f}: {'kept' if value >= aim else 'MISSED'})"
    )
    print(f"{name}: {value:.1f} x{verdict}")


def _measured(python: Path, event: Path) -> dict[str, Figures]:
    """In turns, so that a busy moment of the machine meets all sides."""
    interpreters = {"reference": python, **dict.fromkeys(("same", "stream", "stored", "boto3"), process.OURS)}
    turns: dict[str, list[Figures]] = {side: [] for side in interpreters}
    for _ in range(TURNS):
        for side, interpreter in interpreters.items():
            turns[side].append(process.figures(interpreter, "trips_side", side, event, ROUNDS))
    return {side: process.medians(each) for side, each in turns.items()}


def _event() -> dict[str, object]:
    lines = list(maker.lines(RECORDS * ROWS))
    records = []
    for number in range(RECORDS):
        chunk = "\n".join([maker.HEADER, *lines[number * ROWS : (number + 1) * ROWS]]) + "\n"
        data = base64.b64encode(chunk.encode()).decode()
        records.append({"recordId": f"{number:040d}", "approximateArrivalTimestamp": 1564617582000, "data": data})
    return {"invocationId": "bench", "deliveryStreamArn": "", "region": "us-east-1", "records": records}
