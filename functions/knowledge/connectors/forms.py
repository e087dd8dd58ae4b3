"""The forms of a repository's files, by pydantic, which only who has met such a file loads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Members(BaseModel):
    """Of a group, or of who is denied."""

    model_config = ConfigDict(extra="forbid", strict=True)
    users: list[Name] = []
    groups: list[Name] = []


class AccessForm(BaseModel):
    """A repository's access file."""

    model_config = ConfigDict(extra="forbid", strict=True)
    schema_: Literal[1] = Field(alias="schema")
    users: list[Name] = []
    groups: list[Name] = []
    everyone: bool = False
    denied: Members = Members()


GROUPS = TypeAdapter(dict[Name, Members])
"""``groups.json``."""
