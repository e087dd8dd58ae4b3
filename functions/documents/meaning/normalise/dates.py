"""Dates to ISO 8601: whole ones as 2024-03-04, a month as 2024-03, a year as 2024.

A date whose day and month could be either is refused, never guessed. What decides, in this order: a written month; a
number over 12; a four-digit year in front (year, month, day); full stops (day first, where no one in the region writes
the month first); the order of the region. A document that proves another order than its region's (13/01/2024 cannot
be month first) makes the region's order doubtful for all its other dates, see ``Evidence``.

A year of two digits is the one from 80 years before the document came in to 19 years after; of a birth, the latest
that has already been.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from documents.meaning.normalise.locale import Locale, Order
from documents.meaning.normalise.normalised import Normalised

YEARS_AHEAD = 19
_LONGEST = 80
"""Characters: a longer value is prose that may hold a date, not a date."""

_ANY_YEAR = 2026
"""For years of two digits where only equality matters: both sides are read with the same one."""

_NUMERIC = re.compile(r"(\d{1,4})\s?([/.\-\u2010-\u2015 ])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{1,2})(?![\d/])")
_MONTH_YEAR = re.compile(r"(\d{1,2})\s?[/.\-]\s?(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_MONTH_DAY = re.compile(
    r"(?<!\d)(\d{4})\s?[\u5e74\ub144]\s?(\d{1,2})\s?[\u6708\uc6d4]\s?(\d{1,2})\s?[\u65e5\uc77c]"
)
"""As Chinese, Japanese and Korean write it: the signs for year, month and day."""
_TIME = re.compile(
    r"[T,\s]\s*(?:(?:at|um|à|a las)\s+)?\d{1,2}[:.h]\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?|uhr|h)?\s*"
    r"(?:z|utc|gmt|[a-z]{2,4}|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er|re|º|ª|\.)(?=\W|$)", re.IGNORECASE)
_ONLY_A_DAY = re.compile(r"\d+(st|nd|rd|th|er|re|º|ª)?", re.IGNORECASE)
"""A number that says itself that it is no year; a full stop behind one says less."""
_FILLER = re.compile(r"\b(?:of|the|de|del|den|der|dem|le|el|on|am|du|dated)\b|,", re.IGNORECASE)

# Each row is a month: names and short names in English, German, French, Spanish; names in Italian, Portuguese, Dutch.
_MONTHS = (
    "january jan januar jänner jaenner janvier janv enero ene gennaio janeiro januari",
    "february feb februar février fevrier févr fevr fév febrero febbraio fevereiro februari",
    "march mar märz maerz mrz mär mars marzo março maart",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio maio mei",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet juil julio luglio julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre set settembre setembro",
    "october oct oktober okt octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
_WEEKDAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun "
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so "
    "lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim "
    "lunes martes miércoles miercoles mié jueves jue viernes vie sábado sabado sáb domingo dom"
)


@cache
def months() -> dict[str, int]:
    """The month's number by every name of it that is known, in small letters."""
    return {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


@cache
def weekdays() -> frozenset[str]:
    return frozenset(_WEEKDAYS.split())


class Evidence:
    """Which orders of day and month the dates of one document prove: 25/12/2024 proves day first."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.orders: frozenset[Order] = frozenset(order for text in texts for order in _proved(text))

    def order(self, locale: Locale) -> Order | None:
        """The region's order unless the document contradicts it; without a region, the one order that was proved."""
        if locale.order is None:
            return next(iter(self.orders)) if len(self.orders) == 1 else None
        return None if self.orders - {locale.order} else locale.order


def normalise(
    text: str, locale: Locale, today: date, *, birth: bool = False, evidence: Evidence | None = None
) -> Normalised | None:
    """``text`` as a date, or None where it is none. A time of day behind it, and a weekday before it, are left out.

    ``today``: the day the document came in, for years of two digits. ``birth``: it is a person's date of birth.
    """
    if len(text) > _LONGEST:
        return None
    text = re.sub(r"\d", lambda digit: str(int(digit[0])), text)  # whatever script the digits are of
    text = _TIME.sub("", " ".join(_YEAR_MONTH_DAY.sub(r"\1-\2-\3", text).split()).strip(" .,;:")).strip(" ,")
    first, _, rest = text.partition(" ")
    if rest[:1].isdigit() and first.casefold().strip(".,") in weekdays() - months().keys():
        text = rest
    order = (evidence or Evidence()).order(locale)
    return _numeric(text, order, locale, today, birth) or _written(text, today, birth) or _partial(text)


def mentions(text: str) -> Iterator[frozenset[str]]:
    """For each thing in ``text`` that may be a whole date, every date it may be, in ISO form."""
    # A long document writes the same dates again and again.
    for pieces in dict.fromkeys((found[1], found[3], found[4]) for found in _NUMERIC.finditer(text)):
        made = (_made(_sorted(pieces, order), _ANY_YEAR, birth=False) for order in ("dmy", "mdy", "ymd"))
        if days := frozenset(day for day in made if day):
            yield days
    words = re.findall(r"\d+|[^\W\d_]+", text.casefold())
    for index, word in enumerate(words):
        if word in months() and (days := frozenset(_around(words[max(0, index - 3) : index + 5], months()[word]))):
            yield days


def readings(text: str) -> frozenset[str]:
    """Every date of ``mentions``."""
    return frozenset(day for days in mentions(text) for day in days)


def _around(words: list[str], month: int) -> Iterator[str]:
    """Dates of a written month with the numbers near it."""
    days = {int(word) for word in words if word.isdigit() and len(word) <= 2}
    for year in {int(word) for word in words if re.fullmatch("[12][0-9]{3}", word)}:
        for day in days:
            if _is_day(year, month, day):
                yield date(year, month, day).isoformat()


def _numeric(text: str, order: Order | None, locale: Locale, today: date, birth: bool) -> Normalised | None:
    if compact := _COMPACT.fullmatch(text):
        made = _made((compact[1], compact[2], compact[3]), today.year, birth=birth)
        return Normalised(made) if made else None
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return None
    pieces = (found[1], found[3], found[4])
    if len(found[1]) == 3:
        return None
    if len(found[1]) == 4 or (order == "ymd" and len(found[4]) != 4):
        return _decided(pieces, ("ymd",), today, birth)
    return _decided(pieces, _candidates(order, found[2], locale), today, birth)


def _candidates(order: Order | None, mark: str, locale: Locale) -> tuple[Order, ...]:
    """Orders to think of, the likely one alone where one is known and the year stands last."""
    if mark == "." and locale.order != "mdy":
        return ("dmy",)
    if mark == "." or order not in ("dmy", "mdy"):
        return ("dmy", "mdy")
    return (order,)


def _decided(pieces: tuple[str, str, str], orders: tuple[Order, ...], today: date, birth: bool) -> Normalised:
    """The one date that the orders agree on. A day that only the other order knows is read in that order."""
    made = {value for order in orders if (value := _made(_sorted(pieces, order), today.year, birth=birth, today=today))}
    if not made and orders in (("dmy",), ("mdy",)):
        other: Order = "mdy" if orders == ("dmy",) else "dmy"
        value = _made(_sorted(pieces, other), today.year, birth=birth, today=today)
        made = {value} if value else set()
    if len(made) == 1:
        return Normalised(made.pop())
    if made:
        return Normalised(None, "DATE_AMBIGUOUS", "day and month could be either; set Locale to the documents' region")
    return Normalised(None, "DATE_AMBIGUOUS", "there is no such day in the calendar")


def _sorted(pieces: tuple[str, str, str], order: str) -> tuple[str, str, str]:
    """Year, month and day."""
    by = dict(zip(order, pieces, strict=True))
    return by["y"], by["m"], by["d"]


def _made(parts: tuple[str, str, str], year: int, *, birth: bool, today: date | None = None) -> str | None:
    if len(parts[0]) not in (2, 4) or max(len(parts[1]), len(parts[2])) > 2:
        return None
    month, day = int(parts[1]), int(parts[2])
    whole = int(parts[0])
    if len(parts[0]) == 2:
        whole = _whole_year(whole, year, birth)
        if birth and today and _is_day(whole, month, day) and date(whole, month, day) > today:
            whole -= 100
    return date(whole, month, day).isoformat() if _is_day(whole, month, day) else None


def _whole_year(two: int, now: int, birth: bool) -> int:
    latest = now if birth else now + YEARS_AHEAD
    return latest - (latest - two) % 100


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _written(text: str, today: date, birth: bool) -> Normalised | None:
    """A date with the month's name in it: March 4th, 2024, 4. März 2024, 04-Mar-24, 4 de marzo de 2024."""
    is_day = [bool(mark) for mark in _ONLY_A_DAY.findall(text)]
    plain = _FILLER.sub(" ", _ORDINAL.sub(r"\1 ", text.casefold()))
    words = [word for word in re.split(r"[\s./\-]+", plain) if word]
    if words and words[0] in weekdays() and not (words[0] in months() and len(words) <= 3):
        words = words[1:]
    month_names = [word for word in words if word in months()]
    if len(month_names) == 2 and words[0] == "mar":  # mardi and martes have the same short form as March
        words, month_names = words[1:], month_names[1:]
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    if len(month_names) != 1 or len(numbers) + 1 != len(words) or not numbers:
        return None
    month = months()[month_names[0]]
    if len(numbers) == 1:
        return _month_alone(numbers[0], month)
    if len(numbers) != 2:
        return None
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    if len(year) == 2 and is_day[-1]:  # 06 June 11th: the 6th and the 11th, or the 11th of a year of two digits
        return Normalised(None, "DATE_AMBIGUOUS", "either of its two numbers may be the day")
    value = _made((year, str(month), day), today.year, birth=birth, today=today)
    return Normalised(value) if value else Normalised(None, "DATE_AMBIGUOUS", "there is no such day in the calendar")


def _month_alone(number: str, month: int) -> Normalised | None:
    if len(number) == 4:
        return Normalised(f"{number}-{month:02}") if int(number) else None
    if len(number) > 2:
        return None
    return Normalised(None, "DATE_AMBIGUOUS", "it has no year")


def _partial(text: str) -> Normalised | None:
    if (found := _MONTH_YEAR.fullmatch(text)) and 1 <= int(found[1]) <= 12 and int(found[2]):
        return Normalised(f"{found[2]}-{int(found[1]):02}")
    if (found := re.fullmatch(r"([12]\d{3})\s?[/.\-]\s?(\d{1,2})", text)) and 1 <= int(found[2]) <= 12:
        return Normalised(f"{found[1]}-{int(found[2]):02}")
    return Normalised(text) if re.fullmatch(r"(?:19|20)[0-9]{2}", text) else None


def _proved(text: str) -> Iterator[Order]:
    for found in _NUMERIC.finditer(text):
        first, second = int(found[1]), int(found[3])
        if len(found[4]) != 4 or found[2] not in "/-" or max(first, second) > 31:
            continue
        if first > 12 >= second >= 1:
            yield "dmy"
        elif second > 12 >= first >= 1:
            yield "mdy"
