"""docs/faults.md: the tables of the last runs, between marks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.faults.whole import Whole

PAGE = Path("docs/faults.md")


def rows(wholes: Sequence[Whole], command: str, seed: int) -> str:
    """A table of a run, with its date."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, `{command}`, seed {seed}, {os.cpu_count()} cores:",
        "",
        "| scene | fault | in | out | waiting | lost | redrives | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for whole in wholes:
        given = "; ".join(f"{count.given:,} {count.kind}" for count in whole.counts)
        sums = " | ".join(f"{whole.sum(what):,}" for what in ("out", "waiting", "lost"))
        lines.append(f"| {whole.scene} | {whole.fault} | {given} | {sums} | {whole.redriven} | {whole.seconds:.0f} |")
    return "\n".join(lines)


def write(name: str, table: str, page: Path = PAGE) -> None:
    """Puts a table in the place of the one of the same name. Raises ValueError where the page has no such place."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if begin not in text or end not in text:
        raise ValueError(f"{page} has no {begin} and {end}.")
    before, rest = text.split(begin)
    page.write_text(f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}", encoding="utf-8")
