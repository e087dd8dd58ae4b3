"""Lists: what a request filters by, in which order, and page by page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from local.services.sagemaker.errors import Invalid
from local.services.sagemaker.store import Record, Thing

_DEFAULT = 10


def listed(
    things: Sequence[Thing], members: Mapping[str, Any], status: str, summary: Callable[[Thing], Record]
) -> tuple[list[Record], dict[str, str]]:
    """The summaries of one page, and ``NextToken`` where there are more. ``status``: the member of that name.

    Raises Invalid for a token that is none.
    """
    found = [thing for thing in things if _wanted(thing, members, status)]
    by = members.get("SortBy", "CreationTime")
    key = {"Name": "name", "Status": status}.get(by, by)
    found.sort(
        key=lambda thing: thing.name if key == "name" else thing.members.get(key, 0),
        reverse=members.get("SortOrder", "Descending" if by == "CreationTime" else "Ascending") == "Descending",
    )
    begin, most = _begin(members.get("NextToken")), int(members.get("MaxResults", _DEFAULT))
    page = [summary(thing) for thing in found[begin : begin + most]]
    more = {"NextToken": _token(begin + most)} if len(found) > begin + most else {}
    return page, more


def _wanted(thing: Thing, members: Mapping[str, Any], status: str) -> bool:
    asked = members.get("StatusEquals")
    made = float(thing.members["CreationTime"])
    changed = float(thing.members.get("LastModifiedTime", made))
    return (
        members.get("NameContains", "").lower() in thing.name.lower()
        and asked in (None, thing.members.get(status))
        and _seconds(members.get("CreationTimeAfter"), made)
        <= made
        <= _seconds(members.get("CreationTimeBefore"), made)
        and _seconds(members.get("LastModifiedTimeAfter"), changed)
        <= changed
        <= _seconds(members.get("LastModifiedTimeBefore"), changed)
    )


def _seconds(given: Any, otherwise: float) -> float:
    if given is None:
        return otherwise
    if isinstance(given, int | float):
        return float(given)
    try:
        return datetime.fromisoformat(str(given)).timestamp()
    except ValueError as error:
        raise Invalid(f"{given} is no time") from error


def _token(begin: int) -> str:
    return base64.urlsafe_b64encode(json.dumps(begin).encode()).decode()


def _begin(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token.encode())))
    except (binascii.Error, ValueError, TypeError) as error:
        raise Invalid("Invalid NextToken") from error
