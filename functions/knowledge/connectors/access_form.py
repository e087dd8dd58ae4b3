"""A repository's access file -> the one that the inbox has (``rights.files``), with every group resolved.

A repository's: ``{schema: 1, users: [], groups: [], everyone: false, denied: {users: [], groups: []}}``, where a group
may hold others. The inbox's is flat: who is allowed or denied by a group that is in a group stands in it by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.objects import encode
from knowledge.connectors import said
from knowledge.connectors.groups import Groups, Name
from knowledge.model import SCHEMA

MOST_BYTES: Final = 1 << 20
MOST_NAMES: Final = 10_000
"""Of an access file of the inbox; what passes it could not be read there."""


class _Denied(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    users: list[Name] = []
    groups: list[Name] = []


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    schema_: Literal[1] = Field(alias="schema")
    users: list[Name] = []
    groups: list[Name] = []
    everyone: bool = False
    denied: _Denied = _Denied()


@dataclass(frozen=True, slots=True)
class Flat:
    """``problem``: why ``body`` lets nobody read, empty where it says what the repository says."""

    body: bytes
    problem: str = ""


def flatten(body: bytes, groups: Groups) -> Flat:
    """The inbox's access file. One that cannot be read, or would be too long, becomes one for nobody."""
    try:
        form = _Form.model_validate_json(body)
    except ValidationError as error:
        return nobody(f"It is not of its form: {said.first(error)}.")
    allowed, allowed_groups = groups.below(form.groups)
    denied, denied_groups = groups.below(form.denied.groups)
    names = allowed | set(form.users), allowed_groups, denied | set(form.denied.users), denied_groups
    flat = _encoded(*names, everyone=form.everyone)
    if sum(map(len, names)) > MOST_NAMES or len(flat) > MOST_BYTES:
        return nobody(
            f"With its groups resolved it has more than {MOST_NAMES:,} names or {MOST_BYTES >> 20} MB; name larger"
            " groups, and leave their users to the tokens."
        )
    return Flat(flat)


def nobody(problem: str) -> Flat:
    return Flat(_encoded(set(), set(), set(), set(), everyone=False), problem)


def _encoded(users: set[str], groups: set[str], denied: set[str], denied_groups: set[str], *, everyone: bool) -> bytes:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "users": sorted(users),
        "groups": sorted(groups),
        "everyone": everyone,
        "denied_users": sorted(denied),
        "denied_groups": sorted(denied_groups),
    }
    return encode(document)
