"""What one step leaves in the answers bucket for those that follow, below ``steps/<id>/``; gone after a week.

``tables.json``: what may be asked, as the model and the guard see it. ``session.json``: the earlier turns of the
session. ``attempts/<n>.json``: a statement of the model, put once, so that it is paid for once; what was wrong with it
is added by the step that finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import ConcurrentUpdate
from common.objects import Bucket, Stored, encode
from questions.errors import WorkGone
from questions.model import SCHEMA, Attempt, Problem, Table, attempt_of, plain, table_of

TRIES = 5


@dataclass(frozen=True)
class Settings:
    answers_bucket: str


def answers() -> Bucket:
    """The bucket of answers, of Athena's results, and of the work between two steps."""
    return Bucket(settings.read(Settings).answers_bucket)


def place(question: str) -> str:
    """Where the work on the question with this id lies."""
    return f"steps/{question}"


def keep_tables(work: str, tables: Iterable[Table]) -> None:
    _put(f"{work}/tables.json", {"tables": [plain(table) for table in tables]})


def keep_turns(work: str, turns: Sequence[Mapping[str, Any]]) -> None:
    _put(f"{work}/session.json", {"turns": list(turns)})


def tables(work: str) -> list[Table]:
    """Raises WorkGone."""
    return [table_of(found) for found in _load(f"{work}/tables.json")["tables"]]


def turns(work: str) -> list[dict[str, Any]]:
    """Earlier turns of the session, the oldest first. Raises WorkGone."""
    return list(_load(f"{work}/session.json")["turns"])


def keep_attempt(work: str, number: int, attempt: Mapping[str, Any]) -> dict[str, Any]:
    """Keeps what the model wrote; where another worker has kept its own meanwhile, that one counts and is returned."""
    key = _attempt(work, number)
    if answers().put_if_absent(key, encode({**attempt, "schema": SCHEMA})):
        return dict(attempt)
    return _load(key)


def kept_attempt(work: str, number: int) -> dict[str, Any] | None:
    """What the model wrote in this attempt, None where it was not asked yet. Raises WorkGone."""
    stored = answers().get(_attempt(work, number))
    return None if stored is None else _read(stored, _attempt(work, number))


def attempts(work: str, most: int) -> list[Attempt]:
    """Attempts 0 to ``most - 1``, for the model and for whoever decides. Raises WorkGone."""
    return [attempt_of(_load(_attempt(work, number))) for number in range(most)]


def say_wrong(work: str, number: int, problem: Problem) -> Problem:
    """Writes into an attempt what was wrong with it. One that is there already stays, and is returned.

    Raises WorkGone, ConcurrentUpdate.
    """
    key, bucket = _attempt(work, number), answers()
    for _ in range(TRIES):
        stored = bucket.get(key)
        if stored is None:
            raise _lost(key)
        attempt = _read(stored, key)
        known = attempt_of(attempt).problem
        if known is not None:
            return known
        if bucket.put(key, encode({**attempt, "problem": plain(problem)}), if_match=stored.etag):
            return problem
    raise ConcurrentUpdate(f"{key} was written by others again and again.")


def _attempt(work: str, number: int) -> str:
    return f"{work}/attempts/{number}.json"


def _put(key: str, document: Mapping[str, Any]) -> None:
    answers().put(key, encode({**document, "schema": SCHEMA}))


def _load(key: str) -> dict[str, Any]:
    stored = answers().get(key)
    if stored is None:
        raise _lost(key)
    return _read(stored, key)


def _read(stored: Stored, key: str) -> dict[str, Any]:
    document = dict(stored.json())
    if document.get("schema") != SCHEMA:
        raise WorkGone(f"{key} was written by another version of the code; redrive to make it anew.")
    return document


def _lost(key: str) -> WorkGone:
    return WorkGone(f"{key} is gone (it is kept for a week); redrive the execution to make it anew.")
