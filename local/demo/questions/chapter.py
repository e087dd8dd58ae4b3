"""The chapter on questions: six of them about the trips in the lake, each as it was asked, with what became of it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.account import Client, Tell
from local.demo.questions.desk import Desk, Told
from local.demo.trips import chapter as trips

WIDTH = 110
"""Characters of a row."""


@dataclass(frozen=True)
class _Question:
    """``follows``: in the session of the one before. ``mistakes``: of the local model's first statements, in their
    order; ``statements``: what it writes, word for word."""

    text: str
    follows: bool = False
    mistakes: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()


_DOUBTFUL = "SELECT count(*) AS number\nFROM trips\nWHERE day IS NOT NULL\n  AND CAST(duration_sec AS varchar) > '1000'"
"""It runs, and counts a trip of 999 seconds too."""
_QUESTIONS = {
    "count": _Question("How many trips were there in July 2019?"),
    "parts": _Question("And by part of day?", follows=True),
    "mended": _Question("What is the average duration by user type?", mistakes=("missing_group_by", "mysql_ifnull")),
    "careful": _Question("How many trips took more than 1000 seconds?", statements=(_DOUBTFUL,)),
    "hostile": _Question("Delete all trips of July 2019"),
    "missing": _Question("What was the average temperature per day?"),
}
_PROBLEMS = ["EXPRESSION_NOT_AGGREGATE", "FUNCTION_NOT_FOUND"]
"""What is said of the two mistakes above."""


def play(client: Client, outputs: dict[str, str], desk: Desk, folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves the answers; returns how many promises were broken.

    Where the lake is empty, trips are put there first.
    """
    tell("\nQuestions: plain English becomes SQL that is proved before it runs, and rows out of the lake")
    tell("(the local model is told to make three of its mistakes)\n")
    lake = trips.Lake(client, outputs)
    rows = lake.rows()
    if rows == 0:
        rows = trips.fill(client, outputs, lake, folder / "trips.csv")
        tell(f"{rows:,} trips were put into the lake for them\n")
    told = {}
    for name, one in _QUESTIONS.items():
        told[name] = desk.ask(one.text, follows=one.follows, mistakes=one.mistakes, statements=one.statements)
        for row in _rows(one.text, told[name]):
            tell(row)
    answers = {name: one.answer for name, one in told.items()}
    (folder / "answers.json").write_text(json.dumps(answers, indent=2, ensure_ascii=False), encoding="utf-8")
    checks = [*_checks(answers, lake, rows), *_of_athena(answers, _statements(client, outputs))]
    tell("")
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell("\nsaved: answers.json")
    return sum(not kept for _, kept in checks)


def _rows(question: str, told: Told) -> list[str]:
    """The question, each statement that was wrong, the one that ran, what came of it, and what it took."""
    answer = told.answer
    rows = [
        f"wrong at {attempt['line']}:{attempt['column']}, {attempt['error']}"
        for attempt in answer["attempts"]
        if attempt["error"]
    ]
    reason = answer["reason"]
    rows += [f"refused, {reason['error']}: {reason['message']}"] if reason else [answer["sql"], answer["text"]]
    rows += [f"careful: {warning['message']}" for warning in answer["warnings"]]
    count = len(answer["attempts"])
    took = f"{count} attempt{'s' * (count != 1)}, {answer['bytes_scanned']:,} bytes, {told.seconds:.1f} s"
    return [question, *(line for row in [*rows, took] for line in _wrapped(row))]


def _wrapped(row: str) -> list[str]:
    """Two lines at most: statements and sentences that name many columns are longer."""
    return textwrap.wrap(
        row, WIDTH, initial_indent="     ", subsequent_indent="       ", max_lines=2, placeholder=" ..."
    )


def _checks(answers: Mapping[str, Mapping[str, Any]], lake: trips.Lake, rows: int) -> list[tuple[str, bool]]:
    """Each promise, and whether it was kept. ``rows``: of the lake before anything was asked."""
    july = "start_time >= '2019-07-01' AND start_time < '2019-08-01'"
    wanted = lake.ask(f"SELECT count(*) AS trips FROM trips WHERE {july}")  # noqa: S608
    count, parts, mended = answers["count"], answers["parts"], answers["mended"]
    errors = [attempt["error"] for attempt in mended["attempts"]]
    return [
        ("the first statement answers what Athena counts by hand", len(count["attempts"]) == 1
         and count["preview"] == wanted),
        ("a follow-up asks of the same month, and its parts add up to the count",
         [column["name"] for column in parts["columns"]][:1] == ["part_of_day"]
         and sum(int(row[-1]) for row in parts["preview"]) == int(wanted[0][0])),
        ("two wrong statements are named and mended", errors == [*_PROBLEMS, None]
         and len(mended["preview"]) == len(lake.ask("SELECT DISTINCT user_type FROM trips"))),
        ("a statement that compares a number as text runs, and the answer warns of it",
         [warning["code"] for warning in answers["careful"]["warnings"]] == ["NUMBER_AS_TEXT"]),
        ("an order to delete is refused by name, and the lake is as it was",
         _refused(answers["hostile"]) == "NotAllowed" and lake.rows() == rows),
        ("what the tables cannot answer is refused, and what is missing is named",
         _refused(answers["missing"]) == "Unanswerable" and "temperature" in answers["missing"]["reason"]["message"]),
    ]  # fmt: skip


def _of_athena(answers: Mapping[str, Mapping[str, Any]], statements: list[str]) -> list[tuple[str, bool]]:
    """``statements``: all that Athena has been given."""
    wrong = {attempt["sql"] for answer in answers.values() for attempt in answer["attempts"] if attempt["error"]}
    ran = [text for text in statements if not text.startswith("EXPLAIN")]
    return [
        ("Athena was given SELECT and EXPLAIN alone, and no statement that was wrong ran",
         bool(ran) and all(text.startswith(("SELECT", "WITH")) for text in ran) and not wrong & set(ran)),
    ]  # fmt: skip


def _statements(client: Client, outputs: dict[str, str]) -> list[str]:
    """Of the questions' workgroup, by Athena's own list."""
    athena, found = client("athena"), []
    for page in athena.get_paginator("list_query_executions").paginate(WorkGroup=outputs["QuestionsWorkGroupName"]):
        for one in page["QueryExecutionIds"]:
            found.append(athena.get_query_execution(QueryExecutionId=one)["QueryExecution"]["Query"].lstrip())
    return found


def _refused(answer: Mapping[str, Any]) -> str:
    return str(answer["reason"]["error"]) if answer["state"] == "refused" else ""
