"""Numbers as people write them: ``1,200``, ``1.200``, ``1 200`` and ``1200.00`` are one; number words of English."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

NUMBER: Final = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'\u2019]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:([.,'\u2019 \u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_MARKS = re.compile(r"[.,'\u2019 \u00a0\u202f]")

IN_WORDS: Final = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
"""One is left out: it is an article more often than a number."""


def value(token: str) -> Decimal:
    """The number that a token of ``NUMBER`` is most likely: a mark before three digits groups them, any other divides.

    ``1.200`` and ``1,200`` are 1200: who writes three decimals is not understood, and is compared as written.
    """
    if _GROUPED.fullmatch(token):
        whole, mark, rest = _apart(token)
        return Decimal(f"{whole}.{rest}" if mark else whole).normalize()
    pieces = _MARKS.split(token)
    if len(pieces) == 2:
        return Decimal(f"{pieces[0]}.{pieces[1]}").normalize()
    return Decimal("".join(pieces)).normalize()


def of(text: str) -> dict[str, Decimal]:
    """Tokens as they stand in a text, with what each is."""
    return {token: value(token) for token in NUMBER.findall(text)}


def pieces(token: str) -> list[Decimal]:
    """The numbers in a token that is more than one: a date, a version, a section; none of ``1,200`` or ``0.5``."""
    apart = re.findall(r"\d+", token)
    if len(apart) < 3 or _GROUPED.fullmatch(token):
        return []
    return [Decimal(piece).normalize() for piece in apart]


def apart(token: str) -> list[Decimal]:
    """The numbers between the spaces of a token: ``12 345`` may be one, or two that stand side by side."""
    return [value(piece) for piece in re.split(r"[ \u00a0\u202f]", token)]


def _apart(token: str) -> tuple[str, str, str]:
    """Whole part, mark, decimals. The last mark divides where it is another one than those before it."""
    marks = _MARKS.findall(token)
    if len(marks) > 1 and marks[-1] != marks[-2]:
        at = token.rindex(marks[-1])
        return _MARKS.sub("", token[:at]), marks[-1], token[at + 1 :]
    return _MARKS.sub("", token), "", ""
