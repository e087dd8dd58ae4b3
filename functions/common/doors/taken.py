"""A question that was taken: its id, whose it is, and that the same one asked again is the same question.

Three items are put if they are absent, and the execution is started last: what the request stands for (for a minute, or
for a day where it has a name of its own), the question under its id, its session. A door that dies in between has told
nobody an id; whoever sends the same again finds the first item, and goes the rest of the way with what it says. So each
step may be done any number of times, by any number of doors at once, and there is one execution.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import aws, executions
from common.doors import sessions
from common.doors.errors import Conflict, NotFound
from common.errors import ConcurrentUpdate
from common.table import Table

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
class Kind:
    """``execution``: the first part of the names of a pipeline's executions; the others: of its items' names."""

    execution: str
    item: str
    repeat: str
    key: str
    session: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks. ``members``: of the item beside ``id, user, session, asked_at``; ``content``: what makes two
    requests the same, beside user and session. ``session``: the id of one that goes on, None for a new one; ``key``:
    the request's Idempotency-Key."""

    members: Mapping[str, Any]
    content: Sequence[str]
    session: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """``item``: the question as it is kept. ``fresh``: False where another request of the same had taken it before."""

    item: Mapping[str, Any]
    fresh: bool


def _never(_item: Mapping[str, Any]) -> bool:
    return False


def take(
    table: Table,
    kind: Kind,
    user: str,
    wish: Wish,
    now: float,
    kept_seconds: int,
    over: Callable[[Mapping[str, Any]], bool] = _never,
) -> Taken:
    """``now``: seconds of the epoch; ``kept_seconds``: how long question and session are kept. ``over``: whether who
    asks the same within the minute, without an Idempotency-Key, would be served badly by what came of it the last time.

    Raises NotFound for a session that is unknown or another's, Conflict for an Idempotency-Key that stands for another
    question, ConcurrentUpdate, StorageUnavailable.
    """
    if wish.session is not None and not sessions.exists(table, kind.session, user, wish.session):
        raise NotFound("There is no such session; leave session_id out to begin one.")
    content = executions.digest(*(part.encode() for part in (user, wish.session or "", *wish.content)))
    place, seconds = f"{kind.repeat}{content}", REPEAT_SECONDS
    if wish.key is not None:
        place, seconds = f"{kind.key}{user}#{executions.digest(wish.key.encode())}", KEY_SECONDS
    mine = {
        **wish.members,
        "id": secrets.token_hex(20),
        "user": user,
        "session": wish.session or secrets.token_hex(20),
        "asked_at": moment(now),
    }
    begun = _never if wish.key is not None else over
    first = _first(table, place, {**mine, "content": content}, seconds, begun)
    if first["content"] != content:
        raise Conflict("This Idempotency-Key stands for another question; send each question under a key of its own.")
    found = {name: first[name] for name in mine}
    table.put_if_absent(f"{kind.item}{found['id']}", found, seconds=kept_seconds)
    sessions.begin(table, kind.session, user, found["session"], kept_seconds)
    return Taken(found, found["id"] == mine["id"])


def start(machine_arn: str, kind: Kind, identifier: str, state: Mapping[str, Any]) -> None:
    """Starts its execution, once. Raises ServiceUnavailable."""
    with aws.patient("Step Functions", busy=_BUSY):
        executions.start(machine_arn, kind.execution, identifier, state)


def owned(table: Table, kind: Kind, user: str, identifier: str) -> Mapping[str, Any]:
    """The question with this id, where it is the user's. Raises NotFound."""
    item = table.get(f"{kind.item}{identifier}") if _ID.fullmatch(identifier) else None
    if item is None or item["user"] != user:
        raise NotFound("There is no such question, or it is no longer kept.")
    return item


def moment(now: float) -> str:
    """Seconds of the epoch as RFC 3339."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _first(
    table: Table, place: str, item: Mapping[str, Any], seconds: int, over: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    """Whichever item came first. One whose date passes between the two looks is begun anew, as one that is over."""
    for _ in range(TRIES):
        if table.put_if_absent(place, item, seconds=seconds):
            return item
        found = table.get(place)
        if found is None:
            continue
        if not over(found):
            return found
        if table.put(place, item, seconds=seconds, condition="#id = :seen", values={"seen": found["id"]}):
            return item
    raise ConcurrentUpdate(f"{place} was begun anew again and again.")
