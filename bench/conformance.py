"""Images: one file of every container, process, mode, profile and orientation through the transform, as a table.

``python -m bench conformance`` prints it; with MILLRACE_WRITE_TABLE=yes in the environment it replaces
docs/images-conformance.md. Each file is decoded in a process of its own, with the memory of the function as its limit.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.unit.images.conformance_cases import Case

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "images-conformance.md"
MEMORY_MB = 1024
"""MemorySize in pipelines/images.yaml; tests/unit/images/test_conformance.py compares them."""
MOST_DISTANCE = 1.0
"""Mean dE76 from the slow way."""
_HEAD = f"""# What is read, and how

Made by `python -m bench conformance` over files of its own, 1600 x 1200 pixels where nothing else is said, each in a
process of its own that may take {MEMORY_MB} MB. `draft` is Pillow at 1/1 to 1/8, `whole` Pillow at every pixel,
`libwebp` the library in Pillow's wheel at any size. dE is the mean distance (dE76) of the result, 64 x 48 colours, from
the slow way: all pixels, converted by their profile, laid on white, then made small. Compare the milliseconds (CPU, the
better of two) and the megabytes (beyond the interpreter's with Pillow) with each other: they belong to one machine.
"""


@dataclass(frozen=True)
class Row:
    group: str
    name: str
    decision: str
    result: str
    distance: float | None
    milliseconds: float | None
    megabytes: float | None

    def line(self) -> str:
        cells = [
            self.name,
            self.decision,
            self.result,
            *("" if value is None else f"{value:.{digits}f}" for value, digits in (
                (self.distance, 2), (self.milliseconds, 0), (self.megabytes, 0))),
        ]  # fmt: skip
        return f"| {' | '.join(cells)} |"


def run() -> None:
    from tests.unit.images import conformance_cases

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in conformance_cases.every():
            rows.append(_row(case, Path(folder)))
    text = _HEAD + "".join(_section(group, rows) for group in dict.fromkeys(row.group for row in rows))
    if os.environ.get("MILLRACE_WRITE_TABLE") == "yes":
        TABLE.write_text(text, encoding="utf-8")
    print(text)
    worst = max(rows, key=lambda row: row.distance or 0)
    print(f"{len(rows)} files; farthest from the slow way: {worst.group}, {worst.name}, {worst.distance:.2f} dE")
    print(f"(at most {MOST_DISTANCE:g}: {'kept' if (worst.distance or 0) <= MOST_DISTANCE else 'MISSED'})")


def decision(original: bytes) -> str:
    """The plan in a word, or the refusal's name and status."""
    from images.decoding.plan import plan_for
    from images.errors import ImageRefused

    try:
        return plan_for(original).decoder
    except ImageRefused as error:
        return refused(error)


def refused(error: Any) -> str:
    return f"{error.status} {type(error).__name__}"


def _row(case: Case, folder: Path) -> Row:
    from local.demo.images import colour_profiles
    from tests.unit.images import conformance_cases

    original = case.build()
    place, result = folder / "original", folder / "result.png"
    place.write_bytes(original)
    ran = subprocess.run(
        [sys.executable, "-m", "bench.sides.conformance_side", str(place), str(result), str(MEMORY_MB)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        return Row(case.group, case.name, decision(original), f"died: {ran.returncode}", None, None, None)
    figures: dict[str, Any] = json.loads(ran.stdout)
    distance = None
    if figures["result"] == "image":
        from PIL import Image

        expected = conformance_cases.reference((case.same or case.build)())
        distance = colour_profiles.mean_distance(Image.open(io.BytesIO(result.read_bytes())), expected)
    return Row(
        case.group, case.name, decision(original), figures["result"], distance, figures["milliseconds"],
        figures["megabytes"],
    )  # fmt: skip


def _section(group: str, rows: list[Row]) -> str:
    lines = [row.line() for row in rows if row.group == group]
    return "\n".join(
        ["", f"## {group}", "", "| file | plan | result | dE | ms | MB |", "|---|---|---|---|---|---|", *lines, ""]
    )
