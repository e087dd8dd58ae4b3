"""Days, months and ranges of days in a question; the column of a table that holds times, and parts of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local.services.bedrock.sql.prompt import Column, Table
from local.services.bedrock.sql.words import stems

_MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
)
_MONTHS += ("november", "december")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    + (r"|nov(?:ember)?|dec(?:ember)?)")
)
_NTH = r"(\d{1,2})(?:st|nd|rd|th)?"
_ISO = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_DAY = rf"(?:{_ISO}|{_MONTH} {_NTH},? (\d{{4}})|{_NTH} (?:of )?{_MONTH},? (\d{{4}}))"
RANGE = re.compile(rf"\b(?:between|from|since)? ?({_DAY}) (?:and|to|until|through) ({_DAY})", re.IGNORECASE)
ONE_DAY = re.compile(rf"\b(?:on |of )?({_DAY})", re.IGNORECASE)
MONTH = re.compile(rf"\b(?:in |of |during |for )?(?:{_MONTH},? (\d{{4}})|(\d{{4}})-(\d{{2}}))\b", re.IGNORECASE)
BARE_MONTH = re.compile(rf"\b(?:in|during|for|of) {_MONTH}\b", re.IGNORECASE)
YEAR = re.compile(r"\b(?:in|of|during|for) ((?:19|20)\d{2})\b", re.IGNORECASE)
RELATIVE = re.compile(r"\b(today|yesterday|(?:in the |the |during the )?(?:last|past) (\d+) days)\b", re.IGNORECASE)
_ISO_TEXT = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_TIMELY = frozenset({"date", "time", "timestamp", "day", "dt", "at"})
_FIRST = frozenset({"start", "started", "begin", "began", "pickup", "created", "event", "order", "ordered"})
_LAST = frozenset({"end", "ended", "dropoff", "finish", "finished", "updated", "stop"})


@dataclass(frozen=True)
class Period:
    """From ``start`` up to and without ``end``: days, or expressions of the type date."""

    start: date | str
    end: date | str | None

    @property
    def year(self) -> int | None:
        return self.start.year if isinstance(self.start, date) else None


@dataclass(frozen=True)
class Times:
    """A column that holds times as ``kind``: text, date or timestamp. ``written``: its name in a statement."""

    column: Column
    kind: str
    written: str

    @property
    def day(self) -> str:
        return {"text": f"substr({self.written}, 1, 10)", "date": self.written}.get(
            self.kind, f"CAST({self.written} AS date)"
        )

    @property
    def as_date(self) -> str:
        return f"CAST({self.day} AS date)" if self.kind == "text" else self.day

    def part(self, unit: str) -> str:
        """``unit``: day, month, year, hour, week or weekday."""
        texts = {"month": f"substr({self.written}, 1, 7)", "year": f"substr({self.written}, 1, 4)"}
        texts["hour"] = f"substr({self.written}, 12, 2)"
        if unit == "day":
            return self.day
        if unit == "weekday":
            return f"day_of_week({self.as_date})"
        if unit == "week":
            return f"date_trunc('week', {self.as_date})"
        if self.kind == "text":
            return texts[unit]
        return f"date_trunc('month', {self.day})" if unit == "month" else f"{unit}({self.written})"

    def within(self, period: Period) -> list[str]:
        """Conditions of a period."""
        found = [f"{self.written} >= {self._bound(period.start)}"]
        if period.end is not None:
            found.append(f"{self.written} < {self._bound(period.end)}")
        return found

    def _bound(self, moment: date | str) -> str:
        if isinstance(moment, date):
            text = {"text": "'{}'", "date": "DATE '{}'"}.get(self.kind, "TIMESTAMP '{} 00:00:00'")
            return text.format(moment.isoformat())
        return {"text": f"CAST({moment} AS varchar)", "date": moment}.get(self.kind, f"CAST({moment} AS timestamp)")


def kind(column: Column) -> str:
    """How a column holds times; empty where it does not."""
    if column.type.startswith("timestamp"):
        return "timestamp"
    if column.type == "date":
        return "date"
    parts = set(stems(column.name))
    looks = any(_ISO_TEXT.match(value) for value in column.values)
    named = bool(parts & _TIMELY) and "of" not in parts and not parts & {"part", "week", "zone"}
    return "text" if column.is_text and (looks or (named and not column.values)) else ""


def column(table: Table, written: dict[str, str], ending: bool = False) -> Times | None:
    """The column that tells when a row happened; with ``ending`` when it ended."""
    found = [(each, how) for each in table.columns if (how := kind(each))]
    if not found:
        return None
    best, how = max(found, key=lambda pair: _rank(pair[0], ending))
    return Times(best, how, written[best.name])


def is_of_arrival(column: Column) -> bool:
    """Whether a partition tells when rows came, not when what they tell happened."""
    return bool(set(stems(column.comment)) & {"arrival", "arrived", "load", "loaded", "ingestion", "ingested"})


def _rank(column: Column, ending: bool) -> float:
    parts = set(stems(column.name))
    good, bad = (_LAST, _FIRST) if ending else (_FIRST, _LAST)
    rank = 3.0 * bool(parts & good) - 3.0 * bool(parts & bad) - 1.0 * column.partition
    return rank - 4.0 * (column.partition and is_of_arrival(column))


def day_of(text: str) -> date | None:
    """A day as a question writes it; None for one that no calendar has."""
    found = ONE_DAY.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, name, nth, its_year, nth2, name2, year2 = found.groups()[1:10]
    if year:
        return _date(int(year), int(month), int(day))
    return _date(int(its_year or year2), month_of(name or name2), int(nth or nth2))


def month_of(name: str) -> int:
    return next(at for at, each in enumerate(_MONTHS, 1) if each.startswith(name.lower()[:3]))


def whole_month(year: int, month: int) -> Period | None:
    first = _date(year, month, 1)
    return Period(first, date(year + month // 12, month % 12 + 1, 1)) if first else None


def whole_day(day: date) -> Period:
    return Period(day, day + timedelta(days=1))


def known_years(table: Table) -> Iterator[int]:
    """Years of sampled times, the latest first."""
    years = {int(value[:4]) for each in table.columns if kind(each) for value in each.values if _ISO_TEXT.match(value)}
    return iter(sorted(years, reverse=True))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
