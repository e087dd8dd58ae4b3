"""A question that was taken: its id, whose it is, and that the same one asked again is the same question.

Three items are put if they are absent, and the execution is started last: what the request stands for (for a minute, or
for a day where it has a name of its own), the question under its id, its session. A door that dies in between has told
nobody an id; whoever sends the same again finds the first item, and goes the rest of the way with what it says. So each
step may be done any number of times, by any number of doors at once, and there is one execution.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import aws, executions
from common.doors.errors import Conflict, NotFound
from common.errors import ConcurrentUpdate
from common.table import Table
from questions.answers import sessions
from questions.answers.asked import Asked, Question

KIND = "question"
"""First part of the names of executions."""
REPEAT_SECONDS = 60
"""In which the same question of the same user in the same session is taken for a repeat."""
KEY_SECONDS = 86_400
"""For which an Idempotency-Key stands for its request."""
TRIES = 5
_ID = re.compile(r"[0-9a-f]{40}")
"""As ``take`` makes them. Anything else is nobody's: DynamoDB refuses a key of more than 2,048 bytes."""
_BUSY = frozenset({"ExecutionLimitExceeded", "KmsThrottlingException"})
"""Step Functions' own names for what passes (API reference, StartExecution)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """``fresh``: False where it had been taken before, by another request of the same."""

    question: Question
    fresh: bool


def take(table: Table, user: str, asked: Asked, now: float, kept_seconds: int) -> Taken:
    """``now``: seconds of the epoch; ``kept_seconds``: how long question and session are kept.

    Raises NotFound for a session that is unknown or another's, Conflict for an Idempotency-Key that stands for another
    question, ConcurrentUpdate, StorageUnavailable.
    """
    if asked.session is not None and not sessions.exists(table, user, asked.session):
        raise NotFound("There is no such session; leave session_id out to begin one.")
    content = executions.digest(
        *(part.encode() for part in (user, asked.session or "", asked.database, asked.question))
    )
    place, seconds = f"question-repeat#{content}", REPEAT_SECONDS
    if asked.key is not None:
        place, seconds = f"question-key#{user}#{executions.digest(asked.key.encode())}", KEY_SECONDS
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    session = asked.session or secrets.token_hex(20)
    mine = Question(secrets.token_hex(20), user, asked.question, asked.database, session, moment)
    item = _first(table, place, {**mine.plain(), "content": content}, seconds)
    if item["content"] != content:
        raise Conflict("This Idempotency-Key stands for another question; send each question under a key of its own.")
    found = Question.of(item)
    table.put_if_absent(_name(found.id), found.plain(), seconds=kept_seconds)
    sessions.begin(table, user, item["session"], kept_seconds)
    return Taken(found, found.id == mine.id)


def start(machine_arn: str, question: Question) -> None:
    """Starts its execution, once. Raises ServiceUnavailable."""
    with aws.patient("Step Functions", busy=_BUSY):
        executions.start(machine_arn, KIND, question.id, question.plain())


def owned(table: Table, user: str, identifier: str) -> Question:
    """The question with this id, where it is the user's. Raises NotFound."""
    item = table.get(_name(identifier)) if _ID.fullmatch(identifier) else None
    if item is None or item["user"] != user:
        raise NotFound("There is no such question, or it is no longer kept.")
    return Question.of(item)


def _first(table: Table, place: str, item: Mapping[str, Any], seconds: int) -> Mapping[str, Any]:
    """Whichever item came first. One whose date passes between the two looks is begun anew."""
    for _ in range(TRIES):
        if table.put_if_absent(place, item, seconds=seconds):
            return item
        found = table.get(place)
        if found is not None:
            return found
    raise ConcurrentUpdate(f"{place} was begun anew again and again.")


def _name(identifier: str) -> str:
    return f"question#{identifier}"
