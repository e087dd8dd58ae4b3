"""Days that a text names, as YYYY-MM-DD: in numbers, and with the months' names of six languages.

Where day and month could change places (03/04/2024) both readings are given: a reference that is one too many finds a
passage more, one that is missing finds none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final

_MONTHS: Final = (
    "january januar janvier enero gennaio janeiro jan janv ene gen",
    "february februar février febrero febbraio fevereiro feb févr fev",
    "march märz mars marzo março mar mrz",
    "april avril abril aprile apr avr abr",
    "may mai mayo maggio maio mag",
    "june juni juin junio giugno junho jun giu",
    "july juli juillet julio luglio julho jul juil lug",
    "august août agosto aug ago",
    "september septembre septiembre settembre setembro sep sept set",
    "october oktober octobre octubre ottobre outubro oct okt ott out",
    "november novembre noviembre novembro nov",
    "december dezember décembre diciembre dicembre dezembro dec dez déc dic",
)
"""Folded, as ``references.folded`` leaves a text."""
_ORDINAL: Final = "(?:\\.|st|nd|rd|th|er|\u00ba|\u00b0)?"
_YEARS: Final = (1800, 2199)


@cache
def _by_name() -> dict[str, int]:
    return {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Made when they are first needed: they are costly to make, and a cold start must not pay for them."""
    month = "|".join(sorted(_by_name(), key=len, reverse=True))
    return (
        re.compile(r"(?<![\w.-])(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})(?![\w-])"),
        re.compile(r"(?<![\w.-])(?P<a>\d{1,2})[-./] ?(?P<b>\d{1,2})[-./] ?(?P<y>\d{4})(?![\w-])"),
        re.compile(r"(?P<y>\d{4}) ?[\u5e74\ub144] ?(?P<m>\d{1,2}) ?[\u6708\uc6d4] ?(?P<d>\d{1,2}) ?[\u65e5\uc77c]"),
        re.compile(rf"(?<!\w)(?P<d>\d{{1,2}}){_ORDINAL}(?: de)? (?P<n>{month})\b\.?,?(?: del?)? (?P<y>\d{{4}})(?!\w)"),
        re.compile(rf"(?<!\w)(?P<n>{month})\b\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})(?!\w)"),
    )  # fmt: skip


def of(folded: str) -> Iterator[str]:
    """Days in a folded text, each reading once per place."""
    for pattern in _patterns():
        for found in pattern.finditer(folded):
            part = found.groupdict()
            if "n" in part:
                yield from _day(part["y"], _by_name()[part["n"]], part["d"])
            elif "a" in part:
                yield from _day(part["y"], part["b"], part["a"])
                yield from _day(part["y"], part["a"], part["b"])
            else:
                yield from _day(part["y"], part["m"], part["d"])


def _day(year: str, month: str | int, day: str) -> Iterator[str]:
    try:
        if _YEARS[0] <= int(year) <= _YEARS[1]:
            yield date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return  # no such day
