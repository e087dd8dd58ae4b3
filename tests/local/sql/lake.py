"""Trips of a small lake, asked by the stand-in's SQL in the local Athena; what is right is reckoned from the rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from local.demo.trips import maker
from local.services.bedrock.sql import prompt, writer
from local.services.bedrock.sql.prompt import Asked
from questions.generation import completions, prompts
from questions.model import Attempt, Column, Table
from tests.local.athena import builders

MODEL = "amazon.nova-lite-v1:0"
COUNT = 400
_COLUMNS = (
    ("duration_sec", "bigint"),
    ("start_time", "varchar"),
    ("end_time", "varchar"),
    ("start_station_id", "bigint"),
    ("start_station_name", "varchar"),
    ("end_station_id", "bigint"),
    ("end_station_name", "varchar"),
    ("bike_id", "bigint"),
    ("user_type", "varchar"),
    ("day_of_week", "varchar"),
    ("hour_of_day", "bigint"),
    ("part_of_day", "varchar"),
)
_SAMPLED = ("user_type", "day_of_week", "part_of_day", "start_station_name", "end_station_name")
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ARRIVED = "2019-08-15"

Row = dict[str, Any]


@cache
def rows() -> tuple[Row, ...]:
    """Trips of July 2019 with what the recipe derives of them."""
    return tuple(_row(each) for each in csv.DictReader(io.StringIO(maker.text(COUNT))))


def _row(found: dict[str, str]) -> Row:
    start = datetime.fromisoformat(found["start_time"])
    parts = ((6, "night"), (12, "morning"), (18, "afternoon"), (24, "evening"))
    return {
        **{name: found[name] or None for name, kind in _COLUMNS if name in found and kind == "varchar"},
        **{
            name: int(found[name]) if found[name] else None
            for name, kind in _COLUMNS
            if name in found and kind == "bigint"
        },
        "day_of_week": _WEEK[start.weekday()],
        "hour_of_day": start.hour,
        "part_of_day": next(name for until, name in parts if start.hour < until),
    }


def table() -> Table:
    """As questions know it."""
    columns = [
        Column(
            name, kind, samples=tuple(sorted({row[name] for row in rows() if row[name]})) if name in _SAMPLED else ()
        )
        for name, kind in _COLUMNS
    ]
    times = [Column("start_time", "varchar", samples=(rows()[0]["start_time"], rows()[-1]["start_time"]))]
    fixed = [times[0] if column.name == "start_time" else column for column in columns]
    key = Column("day", "varchar", "Day of arrival in UTC", True, (ARRIVED,))
    return Table("lake", "trips", (*fixed, key), "One row per trip")


@cache
def world() -> builders.World:
    made = builders.World()
    kinds = [(name, "string" if kind == "varchar" else kind) for name, kind in _COLUMNS]
    made.catalogue = [builders.table("trips", kinds, keys=[("day", "string")])]
    made.parts["lake", "trips"] = [{"Values": [ARRIVED]}]
    made.files[f"trips/day={ARRIVED}/1.json"] = builders.lines(rows())
    return made


def request(
    question: str, turns: Sequence[str] = (), attempts: Sequence[Attempt] = (), tables: Sequence[Table] | None = None
) -> dict[str, Any]:
    """What questions.generation asks."""
    session = [{"question": each, "sql": "SELECT 1", "columns": []} for each in turns]
    return prompts.request(MODEL, question, tables or [table()], session, attempts, "lake")


def asked(*arguments: Any, **named: Any) -> Asked:
    found = writer.asked(request(*arguments, **named))
    assert isinstance(found, prompt.Asked)
    return found


def written(*arguments: Any, **named: Any) -> completions.Completion:
    """What the stand-in writes, as questions.generation reads it."""
    said = writer.answer(asked(*arguments, **named))
    content = [{"text": said.text}] if said.text else []
    return completions.read({"output": {"message": {"content": content}}, "stopReason": said.ending})


def answer(*arguments: Any, **named: Any) -> list[list[str | None]]:
    """The rows that the statement gives in the local Athena."""
    read = written(*arguments, **named)
    assert read.missing is None, read.missing
    return builders.rows(world(), read.sql)


def reason(sql: str) -> str:
    """Why the local Athena does not answer a statement; empty where it does."""
    try:
        return builders.reason(world(), sql)
    except AssertionError:
        return ""
