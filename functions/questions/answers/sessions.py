"""The turns of a session of questions: what was asked, the statement that answered it, the columns of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from common.doors import sessions
from common.doors.sessions import Turn
from common.table import Table
from questions.answers.asked import Question
from questions.answers.taken import KIND

MOST_COLUMNS, MOST_NAME = 100, 128
"""Columns of a turn, and characters of a name: a prompt has no use for more."""


def turns(table: Table, user: str, session: str | None) -> list[Turn]:
    """``{question, sql, columns}`` each, the newest last; none of a session that is unknown or another's."""
    found = sessions.turns(table, KIND.session, user, session)
    return [{name: turn[name] for name in ("question", "sql", "columns")} for turn in found]


def add(table: Table, question: Question, sql: str, columns: Sequence[str], seconds: int) -> None:
    """Adds the turn of an answered question (``common.doors.sessions``)."""
    turn: Turn = {"id": question.id, "asked_at": question.asked_at, "question": question.question}
    turn |= {"sql": sql, "columns": [column[:MOST_NAME] for column in columns[:MOST_COLUMNS]]}
    sessions.add(table, KIND.session, question.user, question.session, turn, seconds)
