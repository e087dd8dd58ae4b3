"""Which of two versions of an article is the newer one.

A publisher counts its versions or stamps them with a time. Within one kind they are ordered; between the two kinds
there is no order, and guessing one would let an old text replace a new one.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from narration.errors import VersionConflict

MAX_INTEGER = 2**63 - 1
"""What a 64-bit column holds; beyond it a publisher's own database could not have counted."""

TIME_PATTERN = (
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
"""``date-time`` of RFC 3339 section 5.6, with at most nanoseconds. Whether the day exists is a second question."""

_TIME = re.compile(TIME_PATTERN)


def instant(text: str) -> Fraction:
    """Seconds from the start of year 1, UTC, of an RFC 3339 time; exact to its last decimal.

    Counted by hand, because ``datetime`` has no leap second, no nanoseconds and no offsets at either end of time.
    Raises ValueError where ``text`` is no such time.
    """
    if not _TIME.fullmatch(text):
        raise ValueError("not an RFC 3339 time with offset")
    days = date(int(text[0:4]), int(text[5:7]), int(text[8:10])).toordinal()
    clock = int(text[11:13]) * 3600 + int(text[14:16]) * 60
    rest = text[17:]
    if rest[-1] in "Zz":
        seconds, offset = rest[:-1], 0
    else:
        seconds, sign, hours, minutes = rest[:-6], rest[-6], rest[-5:-3], rest[-2:]
        offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1)
    return days * 86_400 + clock + Fraction(seconds) - offset


def compare(a: int | str, b: int | str) -> int:
    """-1, 0 or 1 as ``a`` is older than, the same as or newer than ``b``.

    Integers compare as integers, times as instants (``10:00+02:00`` is ``08:00Z``). Raises VersionConflict where one
    is an integer and the other a time.
    """
    if isinstance(a, int) != isinstance(b, int):
        raise VersionConflict(
            f"version changed its kind between {a} and {b}: keep to integers or to RFC 3339 times for one article."
        )
    left, right = (_order(a), _order(b))
    return (left > right) - (left < right)


def _order(version: int | str) -> Fraction:
    return Fraction(version) if isinstance(version, int) else instant(version)
