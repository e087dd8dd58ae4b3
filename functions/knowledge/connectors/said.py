"""What pydantic found wrong with a stranger's file, as a sentence that does not repeat what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def first(error: ValidationError) -> str:
    """The first thing that is wrong, with its place."""
    found = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place}: {found['msg']}" if place else found["msg"]
