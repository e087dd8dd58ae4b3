"""Documents: Transform's walk over Textract's answers against the libraries that read them, on the same bytes.

Needs those in an environment of their own: ``python -m venv .venv-bench``, then ``.venv-bench/bin/pip install
--require-hashes -r requirements/bench.txt``. MILLRACE_BENCH_PYTHON names another interpreter that has them.
MILLRACE_TEXTRACT_ANSWERS names a folder of recorded answers (``*.json``), which are measured beside the composed ones.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from pathlib import Path

from bench.sides import process
from bench.sides.process import Figures

PEERS = ("trp", "trp2", "textractor")
TURNS, ROUNDS = 3, 9
PAGES = {"1 page": 1, "3 pages": 3, "10 pages": 10}
AIM = 20.0
"""Times faster than textractor, from the bytes."""

Sides = dict[str, Figures | str]
"""Of each side its figures, or the name of the error that it raised."""


def run() -> None:
    python = process.peers_python("textractor, trp.trp2")
    if python is None:
        print(f"There is nothing to compare with. It needs {' '.join((__doc__ or '').split('Needs ')[1].split())}")
        return
    with tempfile.TemporaryDirectory() as name:
        answers = {**_composed(Path(name)), **_recorded()}
        sides_by_answer = {label: _measured(python, path) for label, path in answers.items()}
    _table(sides_by_answer)
    _verdict(sides_by_answer)


def _composed(folder: Path) -> dict[str, Path]:
    """Today's answers hold an angle, at which trp2 gives up; without it all four can be measured."""
    from tests.unit.documents.builders import document

    paths = {}
    for label, pages in PAGES.items():
        [part] = document(pages).parts()
        for block in part["Blocks"]:
            block.get("Geometry", {}).pop("RotationAngle", None)
        paths[label] = folder / f"{pages}.json"
        paths[label].write_text(json.dumps(part))
    return paths


def _recorded() -> dict[str, Path]:
    folder = os.environ.get("MILLRACE_TEXTRACT_ANSWERS")
    return {path.stem: path for path in sorted(Path(folder).glob("*.json"))} if folder else {}


def _measured(python: Path, answer: Path) -> Sides:
    """In turns, so that a busy moment of the machine meets all sides. The name of the error where a side raised one."""
    turns: dict[str, list[Figures]] = {}
    errors: dict[str, str] = {}
    for _ in range(TURNS):
        for side in ("ours", *PEERS):
            if side in errors:
                continue
            interpreter = process.OURS if side == "ours" else python
            figures = process.figures(interpreter, "documents_side", side, answer, ROUNDS)
            if "error" in figures:
                errors[side] = str(figures["error"])
            else:
                turns.setdefault(side, []).append({name: figures[name] for name in ("import", "first", "warm", "peak")})
    return {**{side: process.medians(each) for side, each in turns.items()}, **errors}


def _table(sides_by_answer: dict[str, Sides]) -> None:
    print(f"From an answer's bytes to lines, pairs and tables: CPU ms, medians of {TURNS} fresh processes in turns")
    print(f"{'':<28}{'ours':>8}" + "".join(f"{peer:>24}" for peer in PEERS))
    for label, sides in sides_by_answer.items():
        ours = sides["ours"]
        row = f"{label[:27]:<28}" + (f"{ours['warm']:>8.2f}" if isinstance(ours, dict) else f"{ours:>8}")
        for peer in PEERS:
            theirs = sides[peer]
            if isinstance(theirs, dict) and isinstance(ours, dict):
                pair = f"{theirs['warm']:.1f}"
                row += f"{pair:>14}{theirs['warm'] / ours['warm']:>8.1f} x"
            else:
                row += f"{theirs if isinstance(theirs, str) else '':>24}"
        print(row)


def _verdict(sides_by_answer: dict[str, Sides]) -> None:
    for peer in PEERS:
        pairs = [(sides["ours"], sides[peer]) for sides in sides_by_answer.values()]
        both = [(ours, theirs) for ours, theirs in pairs if isinstance(ours, dict) and isinstance(theirs, dict)]
        if not both:
            continue
        ratios = [theirs["warm"] / ours["warm"] for ours, theirs in both]
        total = sum(theirs["warm"] for _, theirs in both) / sum(ours["warm"] for ours, _ in both)
        cold = statistics.median((t["import"] + t["first"]) / (o["import"] + o["first"]) for o, t in both)
        memory = statistics.median(theirs["peak"] / ours["peak"] for ours, theirs in both)
        verdict = ""
        if peer == "textractor":
            verdict = f" (at least {AIM:g}: {'kept' if total >= AIM else 'MISSED'})"
        print(
            f"{peer}: {total:.1f} x over {len(both)} answers together{verdict}, "
            f"{min(ratios):.1f} to {max(ratios):.1f} x each; first with import {cold:.1f} x, memory {memory:.1f} x"
        )
