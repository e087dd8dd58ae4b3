"""``python -m bench guard``: what the guard takes for a statement, against parsing it, and what importing it takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
_CLOCK = "import time; begun = time.process_time(); {work}; print(time.process_time() - begun)"
_GUARD = "from questions.guard import statement, bounds, cautions, fits, grouping, names, shapes, text"


def run() -> None:
    from questions.guard import shapes, text
    from questions.guard.problems import Wrong
    from questions.guard.statement import prove
    from tests.unit.questions.guard.builders import DATABASE, TABLES
    from tests.unit.questions.guard.hostile import FINAL, MENDED
    from tests.unit.questions.guard.typical import TYPICAL

    def guarded(sql: str) -> None:
        prove(sql, TABLES, DATABASE)

    def refused(sql: str) -> None:
        try:
            prove(sql, TABLES, DATABASE)
        except Wrong:
            return
        raise AssertionError(f"{sql} was proved.")

    hostile = [sql for _, sql in (*FINAL, *MENDED)]
    parsing = _millis(lambda sql: shapes.parse(text.read(sql)), TYPICAL)
    print(f"Medians of {ROUNDS} rounds; CPU time per statement, and as a ratio to reading and parsing it once.")
    print(f"{'':<34}{'statements':>11}{'ms':>8}{'x parsing':>11}")
    rows: list[tuple[str, Callable[[str], object], Sequence[str]]] = [
        ("parsed, shapes looked at", lambda sql: shapes.parse(text.read(sql)), TYPICAL),
        ("proved (written and read again)", guarded, TYPICAL),
        ("refused", refused, hostile),
    ]
    for name, work, statements in rows:
        took = _millis(work, statements)
        print(f"{name:<34}{len(statements):>11}{took:>8.2f}{took / parsing:>11.2f}")
    sqlglot, guard = (_imported(work) for work in ("import sqlglot", _GUARD))
    print(f"Imports: sqlglot {sqlglot * 1000:.0f} ms, the guard with it {guard * 1000:.0f} ms, per cold start.")


def _millis(work: Callable[[str], object], statements: Sequence[str]) -> float:
    """CPU milliseconds of one statement: the median of rounds over all of them."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for sql in statements:
            work(sql)
        rounds.append((time.process_time() - begun) / len(statements) * 1000)
    return statistics.median(rounds)


def _imported(work: str) -> float:
    command = [sys.executable, "-W", "ignore", "-c", _CLOCK.format(work=work)]
    found = [
        float(subprocess.run(command, cwd=ROOT / "functions", capture_output=True, text=True, check=True).stdout)
        for _ in range(ROUNDS)
    ]
    return statistics.median(found)
