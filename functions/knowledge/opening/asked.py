"""Which page is asked for: ``?key=<percent-encoded>&page=<n>&version=<of the citation>``.

A query, not a path: API Gateway decodes the slashes of a path's parameters, and a key may hold any sign. A parameter
that stands there twice is joined by API Gateway with a comma, which is then another key, with rights of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from common.doors.errors import InvalidRequest
from common.doors.requests import Request

MEMBERS: Final = ("key", "page", "version")
_PAGE: Final = re.compile(r"[1-9][0-9]{0,5}")
_VERSION: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """``version``: that the page has to be of; None for the one that counts."""

    key: str
    page: int
    version: str | None


def read(request: Request) -> Wanted:
    """Raises InvalidRequest with what to change."""
    if unknown := sorted(request.query.keys() - set(MEMBERS)):
        raise InvalidRequest(f"There is no parameter {unknown[0][:40]!a}; parameters are {', '.join(MEMBERS)}.")
    key, page = request.query.get("key", ""), request.query.get("page", "1")
    version = request.query.get("version")
    if not key:
        raise InvalidRequest("key is missing: send the key of a document, percent-encoded.")
    if not _PAGE.fullmatch(page):
        raise InvalidRequest("page has to be a whole number from 1 on.")
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidRequest("version has to be that of a citation or a hit: 16 digits and letters from a to f.")
    return Wanted(key, int(page), version)
