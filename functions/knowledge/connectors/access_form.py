"""A repository's access file -> the one that the inbox has (``rights.files``), with every group resolved.

A repository's: ``{schema: 1, users: [], groups: [], everyone: false, denied: {users: [], groups: []}}``, where a group
may hold others. The inbox's is flat: who is allowed or denied by a group that is in a group stands in it by name.
"""

from __future__ import annotations

from dataclasses import dataclass

from common.objects import encode
from knowledge.connectors import said
from knowledge.connectors.groups import Groups
from knowledge.errors import AccessUnreadable
from knowledge.model import Access
from knowledge.rights import files


@dataclass(frozen=True, slots=True)
class Flat:
    """``problem``: why ``body`` lets nobody read, empty where it says what the repository says."""

    body: bytes
    problem: str = ""


def flatten(body: bytes, groups: Groups) -> Flat:
    """The inbox's access file. One that cannot be read here, or could not be read there, becomes one for nobody."""
    from pydantic import ValidationError

    from knowledge.connectors import forms

    try:
        form = forms.AccessForm.model_validate(files.load(body))
    except ValidationError as error:
        return nobody(f"It is not of its form: {said.first(error)}.")
    except AccessUnreadable as error:
        return nobody(str(error))
    users, allowed = groups.below(form.groups)
    denied_users, denied = groups.below(form.denied.groups)
    flat = _encoded(
        Access(
            users=frozenset(users | set(form.users)),
            groups=frozenset(allowed),
            everyone=form.everyone,
            denied_users=frozenset(denied_users | set(form.denied.users)),
            denied_groups=frozenset(denied),
        )
    )
    try:
        files.parse(flat)
    except AccessUnreadable as error:
        return nobody(f"With its groups resolved: {error}")
    return Flat(flat)


def nobody(problem: str) -> Flat:
    return Flat(_encoded(files.NOBODY), problem)


def _encoded(access: Access) -> bytes:
    return encode(files.plain(access))
