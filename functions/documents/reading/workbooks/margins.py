"""What a sheet says at the head and the foot of its printed pages (ECMA-376, 18.3.1.46), without pages' numbers."""

from __future__ import annotations

import re
from typing import Final

from documents.reading.workbooks import looks

KINDS: Final = {"oddHeader": "", "evenHeader": "differentOddEven", "firstHeader": "differentFirst",
                "oddFooter": "", "evenFooter": "differentOddEven", "firstFooter": "differentFirst"}  # fmt: skip
"""Elements, and the switch that lets each show."""
MOST_BESIDE_NUMBER: Final = 12
"""Letters around a page's number ("Page", "von") that say nothing without it."""
_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Za-z&])')


def texts(told: str, sheet: str) -> tuple[list[str], str]:
    """The left, the middle and the right piece as far as they are there, and what of them does not show."""
    pieces: dict[str, str] = {"L": "", "C": "", "R": ""}
    counted: set[str] = set()
    at, hidden, unseen, tiny, place = "C", "", False, False, 0
    for match in [*_CODE.finditer(told), None]:
        text = told[place : match.start() if match else len(told)]
        if match and match[0] in {"&&", "&A"}:
            text += "&" if match[0] == "&&" else sheet
        if unseen or tiny:
            hidden += text
        else:
            pieces[at] += text
        if match is None:
            break
        code, place = match[0][1:], match.end()
        if code.upper() in pieces:
            at, unseen, tiny = code.upper(), False, False
        elif code.upper() in {"P", "N"}:
            counted.add(at)
        elif code.isdecimal():
            tiny = looks.is_tiny(code)
        elif code.startswith("K") and len(code) > 1:
            unseen = looks.is_alike(looks.hexadecimal(code[1:]), looks.WHITE)
    kept = [
        " ".join(text.split())
        for at, text in pieces.items()
        if not (at in counted and sum(map(str.isalpha, text)) <= MOST_BESIDE_NUMBER)
    ]
    return [text for text in kept if any(map(str.isalnum, text))], hidden
