"""Days and months however they are written: ``2026-03-04``, ``4 March 2026``, ``March 4, 2026``, ``04.03.2026``.

A day is ``(year, month, day)``; 0 stands for what is not said. ``03/04/2026`` may be two days, and either is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.answers.evidence.words import folded

Day = tuple[int, int, int]

_NAMES = (
    "january januar janvier enero gennaio januari jan",
    "february februar fevrier febrero febbraio februari feb",
    "march marz maerz mars marzo maart mar",
    "april avril abril aprile apr",
    "may mai mayo maggio mei",
    "june juni juin junio giugno jun",
    "july juli juillet julio luglio jul",
    "august aout agosto augustus aug",
    "september septembre septiembre settembre sept sep",
    "october oktober octobre octubre ottobre oct okt",
    "november novembre noviembre nov",
    "december dezember decembre diciembre dicembre dec dez",
)
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_WEEKDAYS = """
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag
    sonntag lundi mardi mercredi jeudi vendredi samedi dimanche
"""
WEEKDAYS: Final = {name: 101 + place % 7 for place, name in enumerate(_WEEKDAYS.split())}
"""Numbers that no month has."""

_YEAR = r"(?P<y>[12]\d{3})"
_WORD = r"(?P<m>[^\W\d_]{3,10})\.?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er)?\.?"
_OF = r"(?:of\s+|de\s+|del?\s+)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![\d.]){_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<a>\d{{1,2}})(?P<s>[./-])(?P<b>\d{{1,2}})(?P=s){_YEAR}(?!\d)",
        rf"(?<!\d)(?<!\d[.,]){_DAY}\s*{_OF}{_WORD},?\s+{_OF}{_YEAR}(?!\d)",
        rf"\b{_WORD}\s+{_DAY},?\s+{_YEAR}(?!\d)",
        rf"(?<!\d)(?<!\d[.,]){_DAY}\s+{_OF}{_WORD}(?!\w)",
        rf"\b{_WORD}\s+{_DAY}(?!\w|[.,]\d)",
        rf"\b{_WORD},?\s+{_OF}{_YEAR}(?!\d)",
    )
)


@dataclass(frozen=True, slots=True)
class Mention:
    """``days``: what it may mean; ``start`` and ``end``: its place in the text."""

    days: frozenset[Day]
    start: int
    end: int


def mentions(text: str) -> list[Mention]:
    """Every date of a text; of two that lie over each other the one that says more."""
    found: list[Mention] = []
    for form in _FORMS:
        for match in form.finditer(text):
            days = frozenset(_days(match))
            if days and not any(other.start < match.end() and match.start() < other.end for other in found):
                found.append(Mention(days, *match.span()))
    return sorted(found, key=lambda mention: mention.start)


def holds(known: frozenset[Day], day: Day) -> bool:
    """Whether one of the days that are known says all that ``day`` says."""
    return any(all(said in (0, there) for said, there in zip(day, other, strict=True)) for other in known)


def named(words: Iterable[str]) -> set[int]:
    """Numbers of the months and days of the week among folded words."""
    return {number for word in words for calendar in (MONTHS, WEEKDAYS) if (number := calendar.get(word))}


def _days(match: re.Match[str]) -> Iterator[Day]:
    said = match.groupdict()
    year = int(said.get("y") or 0)
    if "a" in said:
        first, second = int(said["a"]), int(said["b"])
        # Days stand first but for Americans, who write slashes.
        for day, month in ((first, second), *([(second, first)] if said["s"] == "/" else [])):
            if _is_day(month, day):
                yield year, month, day
        return
    if said["m"] == "may":  # in small letters it is the verb
        return
    month = int(said["m"]) if said["m"].isdecimal() else MONTHS.get(folded(said["m"]), 0)
    day = int(said.get("d") or 1)
    if month and _is_day(month, day):
        yield year, month, int(said.get("d") or 0)


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
