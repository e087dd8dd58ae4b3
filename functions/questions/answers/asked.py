"""What is asked: ``{question, database?, session_id?}``, and a name under which the same request may come again; the
question that it becomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from common.doors import requests
from common.doors.errors import InvalidRequest
from common.doors.requests import Request
from questions.model import MOST_QUESTION, SCHEMA

MOST_BYTES = 16_384
"""Of a body: the longest question in the widest script, written with escapes, and the rest."""
_MOST_NAME = 255
"""Characters of a database's name in Glue, of a session's id."""
_MEMBERS = ("question", "database", "session_id")


@dataclass(frozen=True, slots=True)
class Asked:
    """``session``: the id of one that goes on, None for a new one. ``key``: the request's Idempotency-Key."""

    question: str
    database: str
    session: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """``id``: 40 hex. ``user``: ``common.doors.identity``. ``asked_at``: RFC 3339."""

    id: str
    user: str
    question: str
    database: str
    session: str | None
    asked_at: str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Question:
        """From an item, or from the state of the machine."""
        return cls(**{name: found[name] for name in cls.__slots__})

    def plain(self) -> dict[str, Any]:
        """The machine's input; an item holds the same."""
        return {"schema": SCHEMA, **asdict(self)}


def read(request: Request, databases: Sequence[str]) -> Asked:
    """``databases`` may be asked; the first is asked where none is named.

    Raises InvalidRequest, TooLarge, UnsupportedMediaType.
    """
    key = requests.idempotency_key(request)
    body = requests.json_object(request, MOST_BYTES, _MEMBERS)
    question = requests.needed(body, "question", MOST_QUESTION)
    database = requests.text(body, "database", _MOST_NAME) or databases[0]
    if database not in databases:
        raise InvalidRequest("database is not one that may be asked here; leave it out for the default.")
    return Asked(question, database, requests.text(body, "session_id", _MOST_NAME), key)
