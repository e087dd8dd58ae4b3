"""Sessions: what one user has asked in a row, so that "and by day?" has something to go on.

A session is made by the service, is found only together with its user, and holds the last few turns. One item has all
of it, written under the number of the revision that was seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from common.errors import ConcurrentUpdate
from common.table import Table
from questions.answers.asked import Question

MOST_TURNS = 6
MOST_BYTES = 200_000
"""Of a session's turns as JSON; an item of DynamoDB holds 400 KB."""
MOST_COLUMNS, MOST_NAME = 100, 128
"""Columns of a turn, and characters of a name: a prompt has no use for more."""
TRIES = 10

Turn = dict[str, Any]


def begin(table: Table, user: str, session: str, seconds: int) -> None:
    """Makes the session, unless it is there."""
    table.put_if_absent(_name(user, session), {"turns": [], "revision": 0}, seconds=seconds)


def exists(table: Table, user: str, session: str) -> bool:
    """Whether there is such a session of this user's."""
    return table.get(_name(user, session)) is not None


def turns(table: Table, user: str, session: str | None) -> list[Turn]:
    """``{question, sql, columns}`` each, the newest last; none of a session that is unknown or another's."""
    item = table.get(_name(user, session)) if session else None
    return [{name: turn[name] for name in ("question", "sql", "columns")} for turn in (item or {"turns": []})["turns"]]


def add(table: Table, question: Question, sql: str, columns: Sequence[str], seconds: int) -> None:
    """Adds the turn of an answered question in its place by time; leaves out what is too much, the oldest first.

    The same turn once more changes nothing, and a question without a session has none. The session is kept for
    ``seconds`` from now on. Raises ConcurrentUpdate.
    """
    if question.session is None:
        return
    place = _name(question.user, question.session)
    turn: Turn = {"id": question.id, "asked_at": question.asked_at, "question": question.question}
    turn |= {"sql": sql, "columns": [column[:MOST_NAME] for column in columns[:MOST_COLUMNS]]}
    for _ in range(TRIES):
        item = table.get(place)
        if item is None:
            if table.put_if_absent(place, {"turns": [turn], "revision": 1}, seconds=seconds):
                return
            continue
        if any(known["id"] == turn["id"] for known in item["turns"]):
            return
        revision = item["revision"]
        changed = {"turns": _last([*item["turns"], turn]), "revision": revision + 1}
        if table.put(place, changed, seconds=seconds, condition="#revision = :seen", values={"seen": revision}):
            return
    raise ConcurrentUpdate("Other answers changed the session again and again while this one tried to.")


def _last(turns: Sequence[Turn]) -> list[Turn]:
    kept = sorted(turns, key=lambda turn: (turn["asked_at"], turn["id"]))[-MOST_TURNS:]
    while len(kept) > 1 and len(json.dumps(kept, ensure_ascii=False).encode()) > MOST_BYTES:
        del kept[0]
    return kept


def _name(user: str, session: str) -> str:
    return f"question-session#{user}#{session}"
