"""A question that was taken (``common.doors.taken``), with the database that it asks."""

from __future__ import annotations

from dataclasses import dataclass

from common.doors import taken
from common.doors.taken import Kind, Wish
from common.table import Table
from questions.answers.asked import Asked, Question
from questions.model import SCHEMA

KIND = Kind(
    execution="question",
    item="question#",
    repeat="question-repeat#",
    key="question-key#",
    session="question-session#",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """``fresh``: False where it had been taken before, by another request of the same."""

    question: Question
    fresh: bool


def take(table: Table, user: str, asked: Asked, now: float, kept_seconds: int) -> Taken:
    """As ``common.doors.taken.take``, whose errors it raises."""
    members = {"schema": SCHEMA, "question": asked.question, "database": asked.database}
    wish = Wish(members, (asked.database, asked.question), asked.session, asked.key)
    found = taken.take(table, KIND, user, wish, now, kept_seconds)
    return Taken(Question.of(found.item), found.fresh)


def start(machine_arn: str, question: Question) -> None:
    """Starts its execution, once. Raises ServiceUnavailable."""
    taken.start(machine_arn, KIND, question.id, question.plain())


def owned(table: Table, user: str, identifier: str) -> Question:
    """The question with this id, where it is the user's. Raises NotFound."""
    return Question.of(taken.owned(table, KIND, user, identifier))
