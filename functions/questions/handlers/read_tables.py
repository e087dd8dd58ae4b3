"""ReadTables: a question -> the tables that may answer it, and the turns before it, for the steps that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings
from common.observability import Context, count, observed
from common.table import Table
from questions import steps
from questions.answers import sessions
from questions.running import scans
from questions.tables import asked

FIRST_PER_MINUTE = 3
"""Questions of one identity in a minute that go first; others wait behind everybody's first ones."""


@dataclass(frozen=True)
class Settings:
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's input ``{id, user, question, database, session, asked_at}`` in; ``{work, attempt, lane}`` out.

    Raises NoTables, ServiceUnavailable, StorageUnavailable (try again).
    """
    known = settings.read(Settings)
    work = steps.place(event["id"])
    turns = sessions.turns(Table(known.state_table), event["user"], event["session"])
    said = [text for turn in turns for text in (turn["question"], turn["sql"])]
    found = asked.tables(event["question"], event["database"], said, _take)
    steps.keep_tables(work, found)
    steps.keep_turns(work, turns)
    count("TablesRead", len(found))
    return {"work": work, "attempt": 0, "lane": _lane(known.state_table, event["user"])}


def _take(query: str, scanned: int) -> None:
    """What a sample scanned, from the day's account."""
    scans.take(query, scanned, billed=True)


def _lane(table: str, user: str) -> admission.Lane:
    return admission.choose(
        table, f"questions-{user}", 1, "normal", most=1, per_minute=FIRST_PER_MINUTE, unasked="LanesUnasked"
    )
