"""Documents: what it costs to read a PDF as it is painted, against believing its text and against one rendering.

``paint`` is what painting adds: ``read`` without ``believed``. Two renderings are in it, and a look at each word.

Pages are made here, dense and sparse; MILLRACE_BENCH_PDFS names a folder of further ones, each measured by itself.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.sides import process

SIDES = ("text", "believed", "painted", "read")
TURNS = 3
LONG = 3000
"""Pages of the longest document that is taken: its memory has to stay that of a short one."""
MOST_MORE = 30.0
"""MB that painting may take beyond believing."""


def run() -> None:
    print(f"CPU ms per page and peak MB, medians of {TURNS} fresh processes in turns (of {LONG:,} pages one)")
    print(
        f"{'':<24}"
        + "".join(f"{side:>20}" for side in SIDES)
        + f"{'read : painted':>18}{'paint : painted':>18}{'read : believed':>18}"
    )
    with tempfile.TemporaryDirectory() as name:
        for label, path in {**_made(Path(name)), **_given()}.items():
            turns = 1 if label.startswith(f"{LONG}") else TURNS
            _row(label, _measured(path, turns))


def _made(folder: Path) -> dict[str, Path]:
    from tests.unit.documents import files

    letter = files.Sheet(files.prose(12) + files.say(72, 480, "Total: $1,000.00"))
    dense = files.Sheet(files.prose(38) + files.prose(38, x=330))
    documents = {
        "40 pages, letters": [letter] * 40,
        "40 pages, dense": [dense] * 40,
        f"{LONG} pages, dense": [dense] * LONG,
    }
    paths = {}
    for number, (label, sheets) in enumerate(documents.items()):
        paths[label] = folder / f"{number}.pdf"
        paths[label].write_bytes(files.pdf(*sheets))
    return paths


def _given() -> dict[str, Path]:
    folder = os.environ.get("MILLRACE_BENCH_PDFS")
    return {path.stem[:23]: path for path in sorted(Path(folder).glob("*.pdf"))} if folder else {}


def _measured(path: Path, turns: int) -> dict[str, process.Figures]:
    """In turns, so that a busy moment of the machine meets all sides."""
    figures: dict[str, list[process.Figures]] = {side: [] for side in SIDES}
    for _ in range(turns):
        for side in SIDES:
            figures[side].append(process.figures(process.OURS, "painting_side", side, path))
    return {side: process.medians(each) for side, each in figures.items()}


def _row(label: str, sides: dict[str, process.Figures]) -> None:
    cells = "".join(f"{sides[side]['cpu']:>12.2f}{sides[side]['memory']:>8.0f}" for side in SIDES)
    read, painted, believed = (sides[side]["cpu"] for side in ("read", "painted", "believed"))
    more = sides["read"]["memory"] - sides["believed"]["memory"]
    verdict = "kept" if more <= MOST_MORE else "MISSED"
    ratios = read / painted, (read - believed) / painted, read / believed
    print(
        f"{label:<24}{cells}{''.join(f'{ratio:>16.1f} x' for ratio in ratios)}"
        f"   {more:+.0f} MB (at most {MOST_MORE:g}: {verdict}), {read * sides['read']['pages'] / 1000:.0f} s in all"
    )
