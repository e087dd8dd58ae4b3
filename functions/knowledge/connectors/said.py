"""What pydantic found wrong with a stranger's file, as a sentence that does not repeat what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import ValidationError

INBOX: Final[Mapping[str, str]] = MappingProxyType(
    {"denied_users": '"denied": {"users": [...]}', "denied_groups": '"denied": {"groups": [...]}'}
)
"""Members of the inbox's access files (``rights.access_form``) that a repository's have under another name."""


def first(error: ValidationError) -> str:
    """The first thing that is wrong, with its place."""
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden" and place in INBOX:
        return f"{place}: An inbox's access files have this; in a repository write {INBOX[place]} instead"
    return f"{place}: {found['msg']}" if place else found["msg"]
