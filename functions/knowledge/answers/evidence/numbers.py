"""Numbers as people write them: ``1,200``, ``1.200``, ``1 200`` and ``1200.00`` are one; number words of English."""

from __future__ import annotations

import math
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

_POWERS: Final = {
    2: "hundred hundert",
    3: "thousand tausend mille k",
    6: "million millions millionen millones mio mn m",
    9: "billion billions milliarde milliarden milliard milliards mrd bn b",
    12: "trillion trillions billionen tn",
}
SCALES: Final = {word: 10**power for power, written in _POWERS.items() for word in written.split()}
"""Words that multiply the number before them."""
_COUNTS: Final = {**IN_WORDS, "a": 1, "an": 1, "one": 1, "ein": 1, "eine": 1, "un": 1, "une": 1}
_SCALED: Final = {
    least: re.compile(
        rf"(?<![^\W_])({NUMBER.pattern}|[a-z]+)"
        rf"((?:[ \u00a0\u202f-]?(?:{'|'.join(word for word in SCALES if len(word) >= least)})(?![^\W\d_]))+)",
        re.IGNORECASE,
    )
    for least in (1, 2)
}
"""By how many letters a word has at least."""


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


def listed(token: str) -> list[Decimal]:
    """The numbers between the commas of a row of a table: ``7,55,4.80`` is three. None of what may be one number."""
    cells = token.split(",")
    if _GROUPED.fullmatch(token) or len(cells) < 2 or (len(cells) == 2 and "." not in token):
        return []
    return [value(cell) for cell in cells]


def scaled(text: str, *, letters: bool) -> dict[str, Decimal]:
    """``5 million``, ``two hundred thousand``: as they are written, with what each is. ``letters``: also ``5 m``, which
    may be metres."""
    found = {}
    for match in _SCALED[1 if letters else 2].finditer(text):
        first, scales = match[1], re.findall(r"[^\W\d_]+", match[2].casefold())
        base = value(first) if first[0].isdigit() else Decimal(_COUNTS.get(first.casefold(), 0))
        if product := base * math.prod(SCALES.get(word, 0) for word in scales):
            found[match[0]] = product.normalize()
    return found


def _apart(token: str) -> tuple[str, str, str]:
    """Whole part, mark, decimals. The last mark divides where it is another one than those before it."""
    marks = _MARKS.findall(token)
    if len(marks) > 1 and marks[-1] != marks[-2]:
        at = token.rindex(marks[-1])
        return _MARKS.sub("", token[:at]), marks[-1], token[at + 1 :]
    return _MARKS.sub("", token), "", ""
