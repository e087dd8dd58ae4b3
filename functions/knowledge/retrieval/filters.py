"""What a search is narrowed to: a stranger's ``filters``, and the filter that S3 Vectors is asked with.

``{type?, language?, from?, to?, folder?}``: a document's type, an ISO 639-1 language, days as ``2026-11-30``, both
included, and the beginning of a key. A folder cannot be told to S3 Vectors, which compares whole texts only (S3 user
guide, "Metadata filtering"), so it is looked at in what was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from common.doors import requests
from common.doors.errors import InvalidRequest

MEMBERS: Final = ("type", "language", "from", "to", "folder")
MOST_TYPE, MOST_FOLDER = 64, 1_024
"""Characters."""

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Python also takes 20261130 and 2026-W49-1."""
_LANGUAGE: Final = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Filters:
    """``first`` and ``last``: days since the epoch. An empty text and None let everything through."""

    type: str = ""
    language: str = ""
    first: int | None = None
    last: int | None = None
    folder: str = ""


def read(sent: Any) -> Filters:
    """Filters as they were sent; None for none. Raises InvalidRequest with what to change."""
    if sent is None:
        return Filters()
    if not isinstance(sent, dict):
        raise InvalidRequest("filters has to be a JSON object.")
    if unknown := sorted(sent.keys() - set(MEMBERS)):
        raise InvalidRequest(f"There is no filter {unknown[0][:40]!a}; filters are {', '.join(MEMBERS)}.")
    language = requests.text(sent, "language", 2) or ""
    if language and not _LANGUAGE.fullmatch(language):
        raise InvalidRequest("language has to be two small letters of ISO 639-1, such as en.")
    found = Filters(
        requests.text(sent, "type", MOST_TYPE) or "", language, _day(sent, "from"), _day(sent, "to"), _folder(sent)
    )
    if found.first is not None and found.last is not None and found.first > found.last:
        raise InvalidRequest("from has to be a day before to, or the same.")
    return found


def _day(sent: dict[str, Any], name: str) -> int | None:
    text = requests.text(sent, name, 10)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise InvalidRequest(f"{name} has to be a day such as 2026-11-30.")
    return day.toordinal() - _EPOCH


def _folder(sent: dict[str, Any]) -> str:
    """With its final slash. As it was sent, for blanks belong to a key."""
    if requests.text(sent, "folder", MOST_FOLDER) is None:
        return ""
    folder = str(sent["folder"])
    return folder if folder.endswith("/") else f"{folder}/"


def conditions(filters: Filters) -> list[dict[str, Any]]:
    """What S3 Vectors can look at, each with one key."""
    found: list[dict[str, Any]] = []
    if filters.type:
        found.append({"type": {"$eq": filters.type}})
    if filters.language:
        found.append({"language": {"$eq": filters.language}})
    if filters.first is not None:
        found.append({"date": {"$gte": filters.first}})
    if filters.last is not None:
        found.append({"date": {"$lte": filters.last}})
    return found


def where(sets: Sequence[str], narrowed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The filter of a query for passages of these access sets. Without a set there is no query: nothing is public."""
    if not sets:
        raise ValueError("a query without an access set would find everybody's passages")
    of_sets = {"acl": {"$in": list(sets)}}
    return {"$and": [of_sets, *narrowed]} if narrowed else of_sets


def lets_through(filters: Filters, key: str) -> bool:
    """Whether a document lies in the folder that was asked for."""
    return key.startswith(filters.folder)
