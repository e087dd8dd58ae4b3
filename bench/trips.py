"""Trips: the Firehose transform against the usual one with pandas, and polars, on the same 500-row chunks.

Once with whole numbers as they are, once written 21.0. polars is left out where it is not installed.

Needs an environment of its own for pandas: ``python -m venv .venv-bench``, then ``.venv-bench/bin/pip install
--require-hashes -r requirements/bench.txt``. MILLRACE_BENCH_PYTHON names another interpreter that has pandas.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.sides import process
from bench.sides.process import Figures
from local.demo.trips import maker

RECORDS, ROWS = 10, 500
"""What Firehose sends at once by default: 1 MB."""
STATIONS = (3, 7)
TURNS, ROUNDS = 5, 20
WARM_AIM, COLD_AIM, REACH, IMPORT_AIM = 4.0, 6.0, 6.0, 0.7


SIDES = {
    "reference": "pandas: CSV, balanced",
    "polars": "polars, a frame per record: CSV, balanced",
    "same": "ours: CSV, balanced, every row proved",
    "stream": "ours as deployed: JSON lines, every row",
    "stored": "the same, first rows left out stored (boto3)",
}


def run() -> None:
    python = process.peers_python("pandas")
    if python is None:
        print(f"There is no pandas: {' '.join((__doc__ or '').split('Needs ')[1].split())}")
        return
    rows = list(maker.lines(RECORDS * ROWS))
    with tempfile.TemporaryDirectory() as folder:
        events = {"plain": Path(folder, "plain.json"), "21.0": Path(folder, "fractions.json")}
        for path, lines in zip(events.values(), (rows, list(map(_with_fractions, rows))), strict=True):
            path.write_text(json.dumps(_event(lines)))
        sides, fractions = (_measured(python, path) for path in events.values())
    print(f"{RECORDS} records of {ROWS} rows; CPU, medians of {TURNS} fresh processes in turns.")
    print(f"{'':<44}{'warm':>9}{'rows/s':>11}{'21.0 rows/s':>13}{'cold':>9}{'peak':>8}")
    warm, warm_fractions = ({side: each["warm"] for side, each in kind.items()} for kind in (sides, fractions))
    cold, cold_fractions = (
        {side: each["import"] + each["first"] for side, each in kind.items()} for kind in (sides, fractions)
    )
    for side in (side for side in SIDES if side in sides):
        rate, slow = (RECORDS * ROWS / figures[side]["warm"] * 1000 for figures in (sides, fractions))
        line = f"{SIDES[side]:<44}{warm[side]:>6.1f} ms{rate:>11,.0f}{slow:>13,.0f}"
        print(f"{line}{cold[side]:>6.0f} ms{sides[side]['peak']:>5.0f} MB")
    _ratio("warm, the same work", warm["reference"] / warm["same"], WARM_AIM)
    for peer in ("reference", "polars"):
        for rows_are, hot, first in (("plain", warm, cold), ("21.0", warm_fractions, cold_fractions)):
            if peer in sides:
                name = f"beside {'pandas' if peer == 'reference' else peer}, {rows_are} rows"
                _ratio(f"{name}, warm", hot[peer] / hot["same"], None)
                _ratio(f"{name}, cold", first[peer] / first["same"], None)
    _ratio("whole numbers written 21.0 / plain, as deployed", warm["stream"] / fractions["stream"]["warm"], None)
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
    peers = {"reference": python, **({"polars": python} if process.peers_python("polars") else {})}
    interpreters = {**peers, **dict.fromkeys(("same", "stream", "stored", "boto3"), process.OURS)}
    turns: dict[str, list[Figures]] = {side: [] for side in interpreters}
    for _ in range(TURNS):
        for side, interpreter in interpreters.items():
            turns[side].append(process.figures(interpreter, "trips_side", side, event, ROUNDS))
    return {side: process.medians(each) for side, each in turns.items()}


def _with_fractions(line: str) -> str:
    """As to_csv of a frame with a missing station writes whole numbers."""
    cells = next(csv.reader([line]))
    for place in STATIONS:
        cells[place] = cells[place] and f"{cells[place]}.0"
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _event(lines: Sequence[str]) -> dict[str, object]:
    records = []
    for number in range(RECORDS):
        chunk = "\n".join([maker.HEADER, *lines[number * ROWS : (number + 1) * ROWS]]) + "\n"
        data = base64.b64encode(chunk.encode()).decode()
        records.append({"recordId": f"{number:040d}", "approximateArrivalTimestamp": 1564617582000, "data": data})
    return {"invocationId": "bench", "deliveryStreamArn": "", "region": "us-east-1", "records": records}
