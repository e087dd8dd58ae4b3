"""A question, or a follow-up of one, as a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from local.services.bedrock.sql import conditions, measures, times, words
from local.services.bedrock.sql.asked import Reading
from local.services.bedrock.sql.plan import Group, Measure, Plan, name
from local.services.bedrock.sql.prompt import Asked, Column, Table

_FOLLOWS = re.compile(
    r"\s*(?:and|but|only|just|what about|how about|now|also|the same|same|instead|then|by|per|in|on|for|without|top|as"
    r"|or|sorted|ordered)\b",
    re.IGNORECASE,
)
_UNITS = r"(day of (?:the )?week|hour of (?:the )?day|weekday|day|date|month|year|hour|week)s?\b"
_BY = r"\b(?:grouped by|broken down by|split by|by|per|for each|in each|of each|on each|for every|each)\s"
_POPULAR = r"\b(most|least) (?:common|popular|frequent|frequently used|often used|used|active|busy)\b|\b(busiest)\b"
_OF = r"(?= (?:average|avg|mean|median|total)\b)"
_MOST = (
    rf"\b(?:(most|highest number of|(?:highest|longest|largest|biggest){_OF})"
    rf"|(fewest|least|lowest number of|(?:lowest|shortest|smallest){_OF}))\b"
)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_ROWS_SHOWN = 20
_NO_LIMIT = 10


class Missing(Exception):
    """What of a question the tables do not have."""

    def __init__(self, what: Sequence[str]) -> None:
        self.what = tuple(dict.fromkeys(what))
        super().__init__(" ".join(self.what))


def plan_of(asked: Asked) -> Plan:
    """Raises Missing."""
    base: Plan | None = None
    for turn in asked.turns:
        try:
            base = _plan(turn, asked.tables, base)
        except Missing:
            continue
    return _plan(asked.question, asked.tables, base)


def _plan(question: str, tables: Sequence[Table], base: Plan | None) -> Plan:
    if base is not None and _FOLLOWS.match(question):
        return read(question, base.table, base)
    failed: Missing | None = None
    named = [table for table in tables if any(words.names_table(word, table) for word in re.findall(r"\w+", question))]
    for table in [*named, *(table for table in tables if table not in named)]:
        try:
            return read(question, table, None)
        except Missing as missing:
            if failed is None or len(missing.what) < len(failed.what):
                failed = missing
    if base is not None:
        return read(question, base.table, base)
    raise failed or Missing(["any table"])


def read(question: str, table: Table, base: Plan | None) -> Plan:
    """Raises Missing with the words that mean nothing here."""
    reading = Reading(question, table)
    found, year = conditions.read(reading, base.year if base else None)
    limit = _limit(reading)
    popular = _popular(reading)
    rows = _rows(reading, limit)
    asked = [] if rows else measures.read(reading)
    sort = _sorted(reading)
    groups = _groups(reading)
    if not groups and not rows and (popular or limit or re.search(r"\b(?:which|what)\b", reading.text, re.IGNORECASE)):
        groups = _which(reading, popular or (limit or 0, "") if popular or limit else None)
    made = Plan(table, tuple(asked), tuple(groups), found, sort=sort, limit=limit, year=year)
    plan = _amended(base, made, reading) if base is not None else _whole(made, rows, popular, reading)
    if left := reading.left():
        raise Missing(left)
    by = sort.removesuffix(" DESC")
    if by and plan.measures and by not in {group.written for group in plan.groups}:
        raise Missing([f"an order by {by}, which no group is"])
    return _ranked(plan, popular, limit) if base is None and popular else plan


def _whole(made: Plan, rows: Plan | None, popular: tuple[int, str] | None, reading: Reading) -> Plan:
    """A plan that stands by itself."""
    if rows is not None:
        return replace(rows, conditions=made.conditions, year=made.year)
    if made.measures:
        return made
    listed = reading.take(r"\b(?:show|list|give|display)\b")
    column = _listed_column(reading) if not made.groups else None
    if column is not None:
        return replace(made, columns=(column,), distinct=True)
    one = len(made.groups) == 1 and not made.limit and not popular
    if (
        one
        and not made.groups[0].timely
        and re.match(r"\s*(?:which|what|list|show)\b", reading.question, re.IGNORECASE)
    ):
        column = next((each for each in made.table.columns if name(each.name) == made.groups[0].written), None)
        if column is not None and not re.search(r"\b(?:by|per|each)\b", reading.question, re.IGNORECASE):
            return replace(made, columns=(column,), groups=(), distinct=True)
    if made.groups:
        return replace(made, measures=(Measure("count"),))
    if listed and made.table.columns:
        return replace(made, columns=made.table.columns, limit=made.limit or _ROWS_SHOWN)
    raise Missing(reading.left() or ["what is to be counted"])


def _amended(base: Plan, made: Plan, reading: Reading) -> Plan:
    """The plan before, with what a follow-up says otherwise."""
    new = bool(made.measures or made.groups or made.conditions or made.limit or made.sort)
    if not new:
        raise Missing(reading.left() or ["what is to be changed"])
    gone = {"key:"} if "time" in made.conditions else set()
    kept = {
        about: texts
        for about, texts in base.conditions.items()
        if not any(about.startswith(each) for each in gone)
        and not (about.startswith("value:") and about in made.conditions)
    }
    plan = replace(base, conditions={**kept, **made.conditions}, year=made.year)
    if made.groups:
        plan = replace(plan, groups=made.groups, columns=(), distinct=False, sort="", limit=made.limit)
    if made.measures:
        plan = replace(plan, measures=made.measures, columns=(), distinct=False, sort="")
    if not plan.measures and not plan.columns:
        plan = replace(plan, measures=(Measure("count"),))
    return replace(plan, sort=made.sort or plan.sort, limit=made.limit or plan.limit)


def _limit(reading: Reading) -> int | None:
    number = rf"(\d+|{'|'.join(_NUMBERS)})"
    superlative = (
        r"(?=(?:most|least|longest|shortest|highest|lowest|largest|smallest|busiest|latest|earliest|newest)\b)"
    )
    found = reading.take(rf"\b(?:top|first|best) {number}\b") or reading.take(rf"\b{number} {superlative}")
    if found is None:
        return None
    return _NUMBERS.get(found[1].lower()) or max(1, int(found[1]))


def _popular(reading: Reading) -> tuple[int, str] | None:
    """The place behind the word, and the direction: empty for the most, ASC for the least."""
    found = reading.take(_POPULAR)
    if found is not None:
        return found.start() + 3, "ASC" if (found[1] or "").lower() == "least" else ""
    found = reading.take(_MOST)
    if found is None:
        return None
    return found.start() + 3, "ASC" if found[2] else ""


def _rows(reading: Reading, limit: int | None) -> Plan | None:
    """``show the 5 longest trips``, ``list the latest 3 trips``: rows of the table by one of its columns."""
    shows = reading.has(r"^\s*(?:please )?(?:show|list|give|display|what are)\b")
    found = re.search(r"\b(longest|shortest|latest|newest|last|earliest|oldest) (?:(\d+) )?(\w+)", reading.text)
    if found is None or not (shows or limit) or not words.names_table(found[3], reading.table):
        return None
    word = found[1]
    if word in {"longest", "shortest"}:
        column = next((each for each in reading.table.columns if measures.is_duration(each)), None)
    else:
        holder = times.column(reading.table, reading.written)
        column = holder.column if holder else None
    if column is None:
        return None
    reading.blank(*found.span())
    down = " DESC" if word in {"longest", "latest", "newest", "last"} else ""
    most = int(found[2]) if found[2] else limit or _NO_LIMIT
    written = reading.written[column.name]
    extra = {f"known:{column.name}": (f"{written} IS NOT NULL",)}
    return Plan(reading.table, columns=reading.table.columns, conditions=extra, sort=f"{written}{down}", limit=most)


def _sorted(reading: Reading) -> str:
    down = " DESC" if reading.take(r"\b(?:in )?(?:descending|decreasing)(?: order)?\b") else ""
    reading.take(r"\b(?:in )?(?:ascending|increasing)(?: order)?\b|\balphabetically\b")
    found = reading.take(r"\b(?:sorted|ordered|sort|order)(?: them| it| that)?(?: by)?\b")
    if found is None:
        return ""
    group = _group(reading, found.start() + 3)
    return f"{group.written}{down}" if group else ""


def _groups(reading: Reading) -> list[Group]:
    found: list[Group] = []
    at = 0
    while match := re.compile(_BY, re.IGNORECASE).search(reading.text, at):
        group = _group(reading, match.end() - 1)
        if group is None:
            at = match.end() - 1  # "by subscribers", which is taken
            continue
        found.append(group)
        reading.blank(*match.span())
        found += _more_groups(reading, match.start())
        at = match.start()
    return found


def _more_groups(reading: Reading, at: int) -> Iterator[Group]:
    """``and part of day``, behind a group."""
    following = re.compile(r"[\s|]*(?:and|,)(?: by| per)?(?=\s)", re.IGNORECASE)
    while more := following.match(reading.text, at):
        group = _group(reading, more.end())
        if group is None:
            return
        reading.blank(*more.span())
        yield group


def _group(reading: Reading, at: int) -> Group | None:
    """The column, or the part of a time, that the words behind a place mean."""
    start, phrase = reading.phrase(at)
    longest = words.column(phrase, reading.table)
    unit = re.compile(_UNITS, re.IGNORECASE).match(phrase)
    if unit is not None and not (longest and longest[1] > len(unit[0].split())):
        of_week = re.fullmatch(r"day of (?:the )?week", unit[1], re.IGNORECASE)
        group = _part(reading, "weekday" if of_week else unit[1].lower().split()[0])
        if group is not None:
            reading.blank(start, start + unit.end())
            return group
    column = reading.column(at)
    return Group(reading.written[column.name], column.name, bool(times.kind(column))) if column else None


def _part(reading: Reading, unit: str) -> Group | None:
    own = {"hour": {"hour"}, "weekday": {"weekday"}}.get(unit)
    for column in reading.table.columns:
        parts = set(words.stems(column.name)) - {"of", "day", "start"}
        if own and (parts == own or (unit == "weekday" and words.stems(column.name) == ["day", "of", "week"])):
            return Group(reading.written[column.name], column.name, True)
    holder = times.column(reading.table, reading.written)
    return Group(holder.part("day" if unit == "date" else unit), unit, True) if holder else None


def _which(reading: Reading, ranked: tuple[int, str] | None) -> list[Group]:
    """``which station ...``, ``the most popular stations``, ``top 5 stations``."""
    found = re.search(r"\b(?:which|what)\b", reading.text, re.IGNORECASE)
    places = [found.end()] if found else []
    if ranked is not None:
        places += [match.end() for match in re.finditer(r"\|", reading.text)]
    for place in places:
        group = _group(reading, place)
        if group is not None:
            return [group]
    return []


def _listed_column(reading: Reading) -> Column | None:
    """``list the different user types``."""
    found = reading.take(r"\b(?:different|distinct|unique|kinds of|all)\b")
    return reading.column(found.start() + 3) if found else None


def _ranked(plan: Plan, popular: tuple[int, str], limit: int | None) -> Plan:
    """The first of the groups: one for ``which station``, some for ``the most popular stations``."""
    if not plan.groups:
        return plan
    label = name(plan.measures[0].label)
    return replace(plan, sort=f"{label} {popular[1] or 'DESC'}, 1", limit=limit or 1)
