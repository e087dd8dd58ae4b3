"""The form of an access file, checked where a stranger's JSON comes in; the only user of pydantic in this room.

``{schema: 1, users: [], groups: [], everyone: false, denied_users: [], denied_groups: []}``; all but ``schema`` may be
left out. A member that is not known is refused by its name: a ``denied_user`` that nobody reads would deny nobody.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.errors import AccessUnreadable
from knowledge.model import Access

MOST_NAMES = 10_000
"""Of all lists of a file together."""
MOST_NAME = 256
"""Characters of a name."""

Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
"""Half of a surrogate pair, which JSON can escape and UTF-8 cannot carry, is no text to pydantic."""


class AccessForm(BaseModel):
    """An access file's members."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Literal[1] = Field(alias="schema")
    users: list[Name] = []
    groups: list[Name] = []
    everyone: bool = False
    denied_users: list[Name] = []
    denied_groups: list[Name] = []


def read(document: Any) -> Access:
    """What an access file's JSON says. Raises AccessUnreadable with a sentence that names the member to mend."""
    if not isinstance(document, dict):
        raise AccessUnreadable("An access file is one JSON object: {schema, users, groups, everyone}.")
    if type(document.get("schema")) is not int:
        raise AccessUnreadable('schema: An access file begins with "schema": 1.')
    try:
        form = AccessForm.model_validate(document)
    except ValidationError as error:
        raise AccessUnreadable(_sentence(error)) from error
    lists = (form.users, form.groups, form.denied_users, form.denied_groups)
    if (names := sum(map(len, lists))) > MOST_NAMES:
        raise AccessUnreadable(
            f"An access file holds {MOST_NAMES:,} names at most, not {names:,}: name groups instead of their members."
        )
    users, groups, denied_users, denied_groups = map(frozenset, lists)
    return Access(users, groups, form.everyone, denied_users, denied_groups)


def _sentence(error: ValidationError) -> str:
    first, more = error.errors(include_url=False, include_input=False)[0], error.error_count() - 1
    place = ".".join(str(part)[:MOST_NAME] for part in first["loc"])
    said = _unknown(place) if first["type"] == "extra_forbidden" else f"{first['msg']}."
    return f"{place}: {said}" + (f" ({more} more)" if more else "")


def _unknown(member: str) -> str:
    if member == "denied":  # of another repository's access files (docs/knowledge.md, "Another repository")
        return "A repository's access files have this; in the inbox write denied_users and denied_groups instead."
    return "This member is not known; take it out."
