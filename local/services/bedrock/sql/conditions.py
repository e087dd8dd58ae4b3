"""Values, times and comparisons in a question, each as a condition under what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from local.services.bedrock.sql import times
from local.services.bedrock.sql.asked import Reading
from local.services.bedrock.sql.measures import is_duration, seconds_in, unit_of
from local.services.bedrock.sql.plan import literal
from local.services.bedrock.sql.prompt import Column
from local.services.bedrock.sql.times import Period, Times

Conditions = dict[str, tuple[str, ...]]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MORE = "longer|more|over|greater|higher|above|after"
_LESS = "less|under|shorter|fewer|lower|below|before"
_COMPARED = re.compile(
    rf"\b(?P<op>at least|at most|{_MORE}|{_LESS})(?: than)? (?P<number>\d[\d,]*(?:\.\d+)?)"
    r"(?: ?(?P<unit>seconds?|secs?|minutes?|mins?|hours?)\b)?"
)
_LEAST = 2
"""Characters of a sampled value that is looked for: a letter alone stands in every question."""


def read(reading: Reading, base_year: int | None) -> tuple[Conditions, int | None]:
    """What a question restricts, and the year that it speaks of. ``base_year``: of the question before it."""
    found: Conditions = {}
    year = _times(reading, found, base_year)
    _weekdays(reading, found)
    _quoted(reading, found)
    for about, condition in _values(reading):
        found[about] = (condition,)
    _places(reading, found)
    _compared(reading, found)
    _equal(reading, found)
    return found, year


def _times(reading: Reading, found: Conditions, base_year: int | None) -> int | None:
    ending = reading.has(r"\b(?:ended|ending|finished|arrived)\b")
    holder = times.column(reading.table, reading.written, ending)
    if holder is None:
        return base_year
    period = _period(reading, base_year)
    if period is None:
        return base_year
    found["time"] = tuple(holder.within(period))
    for column in reading.table.columns:
        kind = times.kind(column)
        if column.partition and kind and column != holder.column:
            key = Times(column, kind, reading.written[column.name])
            # What arrives later lies in a later partition, never in an earlier one.
            late = times.is_of_arrival(column)
            found[f"key:{column.name}"] = tuple(key.within(Period(period.start, None if late else period.end)))
    return period.year or base_year


def _period(reading: Reading, base_year: int | None) -> Period | None:
    for pattern, made in (
        (times.RANGE, _range),
        (times.ONE_DAY, _one_day),
        (times.MONTH, _month),
        (times.YEAR, _year),
        (times.RELATIVE, _relative),
    ):
        match = pattern.search(reading.text)
        if match is not None and (period := made(match)) is not None:
            reading.blank(*match.span())
            return period
    return _bare_month(reading, base_year)


def _range(match: re.Match[str]) -> Period | None:
    first, last = times.day_of(match[1]), times.day_of(match[11])
    return Period(first, times.whole_day(last).end) if first and last else None


def _one_day(match: re.Match[str]) -> Period | None:
    day = times.day_of(match[1])
    return times.whole_day(day) if day else None


def _month(match: re.Match[str]) -> Period | None:
    name, year, iso_year, iso_month = match.groups()
    return times.whole_month(int(year or iso_year), times.month_of(name) if name else int(iso_month))


def _year(match: re.Match[str]) -> Period | None:
    january, december = times.whole_month(int(match[1]), 1), times.whole_month(int(match[1]), 12)
    return Period(january.start, december.end) if january and december else None


def _relative(match: re.Match[str]) -> Period:
    word = match[1].lower()
    if word == "today":
        return Period("current_date", "current_date + INTERVAL '1' DAY")
    days = "1" if word == "yesterday" else match[2]
    return Period(f"current_date - INTERVAL '{days}' DAY", "current_date")


def _bare_month(reading: Reading, base_year: int | None) -> Period | None:
    """A month without a year is of the year before it in the session, or of the last one that is sampled."""
    match = times.BARE_MONTH.search(reading.text)
    year = base_year or next(times.known_years(reading.table), None)
    if match is None or year is None:
        return None
    reading.blank(*match.span())
    return times.whole_month(year, times.month_of(match[1]))


def _weekdays(reading: Reading, found: Conditions) -> None:
    holder = times.column(reading.table, reading.written)
    if holder is None:
        return
    of_week = f"day_of_week({holder.as_date})"
    if reading.take(r"\b(?:(?:on|at|during) )?(?:the )?weekends?\b"):
        found["weekday"] = (f"{of_week} IN (6, 7)",)
    elif reading.take(r"\b(?:on|during) (?:working days|workdays|weekdays)\b"):
        found["weekday"] = (f"{of_week} <= 5",)
    elif match := reading.take(rf"\b(?:on )?({'|'.join(_DAYS)})s?\b"):
        found["weekday"] = (f"{of_week} = {_DAYS.index(match[1].lower()) + 1}",)


def _quoted(reading: Reading, found: Conditions) -> None:
    """``user type is 'Customer'``."""
    while match := re.search(r"(?<!\w)'([^']+)'|\"([^\"]+)\"", reading.text):
        column = reading.column_before(match.start(), lambda each: each.is_text)
        value = match[1] or match[2]
        if column is None:
            reading.blank(*match.span())
            reading.text += f" {value} "  # nobody's value: it is looked for among the samples
            return
        match = re.search(re.escape(match[0]), reading.text)
        if match is not None:
            reading.blank(*match.span())
        found[f"value:{column.name}"] = (f"{reading.written[column.name]} = {literal(value)}",)


def _values(reading: Reading) -> Iterator[tuple[str, str]]:
    """Sampled values in the question, the longest first; one that two columns have goes to the one it points at."""
    holders: dict[str, list[tuple[Column, str]]] = {}
    for column in reading.table.columns:
        for value in column.values if column.is_text and not times.kind(column) else ():
            if len(value) >= _LEAST and not value.endswith("..."):
                holders.setdefault(value.lower(), []).append((column, value))
    taken: dict[str, list[str]] = {}
    for value in sorted(holders, key=len, reverse=True):
        pattern = (
            rf"(?<!\w)(?:(from|starting at|starting in|to|ending at|ending in) )?(?:the )?{re.escape(value)}s?(?!\w)"
        )
        match = reading.take(pattern)
        if match is None:
            continue
        column, exact = _pointed(holders[value], (match[1] or "").lower())
        taken.setdefault(column.name, []).append(exact)
    for name, values in taken.items():
        written = reading.written[name]
        several = f"{written} IN ({', '.join(literal(each) for each in values)})"
        yield f"value:{name}", several if len(values) > 1 else f"{written} = {literal(values[0])}"


def _places(reading: Reading, found: Conditions) -> None:
    """``from Mill Bridge to Market Street``: names that no sample shows, where a table has both ends of a way."""
    for prepositions, ends in (("from|at|in", ("start", "from", "pickup")), ("to", ("end", "to", "dropoff"))):
        match = re.search(rf"\b(?:{prepositions}) ((?:[A-Z][\w']* ?)+)", reading.text)
        named = [each for each in reading.table.columns if each.is_text and "name" in each.name.split("_")]
        column = next((each for each in named if each.name.split("_")[0] in ends), None)
        if match is not None and column is not None:
            reading.blank(*match.span())
            found[f"value:{column.name}"] = (f"{reading.written[column.name]} = {literal(match[1].strip())}",)


def _pointed(holders: list[tuple[Column, str]], preposition: str) -> tuple[Column, str]:
    ends = preposition.startswith(("to", "ending"))
    wanted = ("end", "to", "dropoff") if ends else ("start", "from", "pickup")
    return next((each for each in holders if each[0].name.split("_")[0] in wanted), holders[0])


def _compared(reading: Reading, found: Conditions) -> None:
    while match := _COMPARED.search(reading.text):
        number = match["number"].replace(",", "")
        column = _compared_column(reading, match)
        if column is None:
            return
        match = _COMPARED.search(reading.text)
        if match is None:
            return
        reading.blank(*match.span())
        op = match["op"].lower()
        sign = {"at least": ">=", "at most": "<="}.get(op) or (">" if op in _MORE.split("|") else "<")
        if match["unit"]:
            factor = seconds_in(match["unit"]) / seconds_in(unit_of(column))
            number = f"{float(number) * factor:.6f}".rstrip("0").rstrip(".")
        found[f"number:{column.name}:{sign}"] = (f"{reading.written[column.name]} {sign} {number}",)


def _compared_column(reading: Reading, match: re.Match[str]) -> Column | None:
    if match["unit"] or match["op"].lower() in {"longer", "shorter"}:
        return next((column for column in reading.table.columns if is_duration(column)), None)
    before = reading.column_before(match.start(), lambda each: each.is_number)
    return before or reading.column(match.end(), lambda each: each.is_number)


def _equal(reading: Reading, found: Conditions) -> None:
    """``bike 1234``, ``hour of day is 8``."""
    for match in list(re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])", reading.text)):
        again = re.search(rf"(?<![\w.-]){re.escape(match[0])}(?![\w-])", reading.text)
        if again is None or re.search(r"\b(?:top|first|last)\s$", reading.text[: again.start()], re.IGNORECASE):
            continue
        column = reading.column_before(again.start(), lambda each: each.is_number)
        if column is not None and (again := re.search(rf"(?<![\w.-]){re.escape(match[0])}(?![\w-])", reading.text)):
            reading.blank(*again.span())
            found[f"number:{column.name}:="] = (f"{reading.written[column.name]} = {match[0]}",)
