"""Language tags (BCP 47, RFC 5646): well-formed or not, in their usual spelling, and their first subtag."""

from __future__ import annotations

import re

PATTERN = (
    "[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}"  # language, extended language
    "(-[A-Za-z]{4})?"  # script
    "(-([A-Za-z]{2}|[0-9]{3}))?"  # region
    "(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"  # variants
    "(-[A-WY-Za-wy-z0-9](-[A-Za-z0-9]{2,8})+)*"  # extensions
    "(-[xX](-[A-Za-z0-9]{1,8})+)?"  # private use
)
"""The ``langtag`` rule of RFC 5646 section 2.1, without its grandfathered tags."""

MAX_LENGTH = 35
"""Room that RFC 5646 section 4.4.1 asks implementations to give."""

_TAG = re.compile(PATTERN)


def canonical(tag: str) -> str | None:
    """``tag`` as RFC 5646 section 2.1.1 spells it (``de-at`` is ``de-AT``), None if it is not well-formed."""
    if len(tag) > MAX_LENGTH or not _TAG.fullmatch(tag):
        return None
    parts = tag.lower().split("-")
    for index in range(1, len(parts)):
        if len(parts[index - 1]) == 1:
            break  # whatever follows a singleton is in lower case
        if len(parts[index]) == 2:
            parts[index] = parts[index].upper()
        elif len(parts[index]) == 4 and parts[index].isalpha():
            parts[index] = parts[index].title()
    return "-".join(parts)


def primary(tag: str) -> str:
    """The first subtag in lower case: ``de`` of ``de-AT``."""
    return tag.split("-", 1)[0].lower()
