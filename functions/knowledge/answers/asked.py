"""What is asked: a question, a search, a vote; the ask that a question becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from common.doors import requests
from common.doors.errors import InvalidRequest
from common.doors.identity import Identity
from common.doors.requests import Request
from knowledge.model import MOST_QUESTION, SCHEMA, Reader
from knowledge.retrieval import filters
from knowledge.retrieval.filters import Filters

MOST_BYTES = 16_384
"""Of a body: the longest question in the widest script, written with escapes, and the rest."""
MOST_TOP, TOP = 50, 10
"""Hits of a search, at most and where nothing is said."""
_MOST_NAME = 255
"""Characters of a session's id, of an ask's."""

Vote = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Asked:
    """``session``: the id of one that goes on, None for a new one. ``key``: the request's Idempotency-Key."""

    question: str
    session: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """``id``: 40 hex. ``user``, ``name``, ``groups``: who asked, as it was then. ``asked_at``: RFC 3339."""

    id: str
    user: str
    name: str
    groups: tuple[str, ...]
    question: str
    session: str | None
    asked_at: str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Ask:
        """From an item, or from the state of the machine."""
        return cls(**{name: found[name] for name in cls.__slots__ if name != "groups"}, groups=tuple(found["groups"]))

    def plain(self) -> dict[str, Any]:
        """The machine's input; an item holds the same."""
        return {"schema": SCHEMA, **asdict(self), "groups": list(self.groups)}

    @property
    def reader(self) -> Reader:
        return Reader(self.user, self.name, self.groups)


def reader_of(identity: Identity) -> Reader:
    """Who asks, for the rights."""
    return Reader(identity.id, identity.name, identity.groups)


def read(request: Request) -> Asked:
    """``{question, session_id?}``. Raises InvalidRequest, TooLarge, UnsupportedMediaType."""
    key = requests.idempotency_key(request)
    body = requests.json_object(request, MOST_BYTES, ("question", "session_id"))
    question = requests.needed(body, "question", MOST_QUESTION)
    return Asked(question, requests.text(body, "session_id", _MOST_NAME), key)


def search(request: Request) -> tuple[str, Filters, int]:
    """``{query, filters?, top?}``. Raises InvalidRequest, TooLarge, UnsupportedMediaType."""
    body = requests.json_object(request, MOST_BYTES, ("query", "filters", "top"))
    top = TOP if body.get("top") is None else body["top"]
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= MOST_TOP:
        raise InvalidRequest(f"top has to be a whole number from 1 to {MOST_TOP}.")
    return requests.needed(body, "query", MOST_QUESTION), filters.read(body.get("filters")), top


def vote(request: Request) -> tuple[str, Vote]:
    """``{id, vote}``. Raises InvalidRequest, TooLarge, UnsupportedMediaType."""
    body = requests.json_object(request, MOST_BYTES, ("id", "vote"))
    identifier, said = requests.needed(body, "id", _MOST_NAME), requests.needed(body, "vote", 4)
    if said not in ("up", "down"):
        raise InvalidRequest('vote has to be "up" or "down".')
    return identifier, cast(Vote, said)
