"""A path as path patterns see it, and patterns with their wildcards.

CloudFront "normalizes URI paths consistent with RFC 3986", multiple slashes too, before it compares them with the path
patterns; origin and functions get the path as it was sent (Developer Guide, "Cache behavior settings", Path pattern).
"""

from __future__ import annotations

import re
from functools import cache

_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def normalized(raw: str) -> str:
    """``raw``, still percent-encoded: encoded letters, digits, ``-._~`` decoded, dots and double slashes gone.

    What RFC 3986 reserves stays encoded: ``%2F`` is no slash.
    """
    decoded = _ENCODED.sub(_unreserved, raw)
    kept: list[str] = []
    parts = re.sub(r"/{2,}", "/", decoded).removeprefix("/").split("/")
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    ends = "/" if parts[-1] in {".", ".."} and kept else ""
    return "/" + "/".join(kept) + ends


def _unreserved(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of ``text`` fits: ``*`` is any number of characters, ``?`` is one, each case counts.

    A backslash before either takes its meaning away.
    """
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\\[*?]|.", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)
