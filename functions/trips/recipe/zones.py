"""Time zones: their data, and the hours of a year that do not exist or come twice.

Python reads the system's data (``zoneinfo``). A minimal image of Amazon Linux 2023 has none, so the copy that
python-dateutil carries is taken there; it comes with boto3.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from operator import sub
from typing import NamedTuple

from trips.errors import BadRecipe

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Clocks are only changed for these years; nobody knows the rules of others."""


class Change(NamedTuple):
    """A stretch of local time, the end not included, that a clock skips (``exists`` is False) or shows twice."""

    begin: datetime
    end: datetime
    exists: bool


@cache
def zone(name: str) -> tzinfo:
    """The zone of an IANA name. Raises BadRecipe."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        found = _carried(name)
        if found is None:
            raise BadRecipe(f"[time] zone = {name!r} is no time zone that is known, like America/New_York.") from error
        return found


def _carried(name: str) -> tzinfo | None:
    """The zone out of python-dateutil's archive, if there are both."""
    import tarfile
    from importlib.util import find_spec
    from pathlib import Path
    from zoneinfo import ZoneInfo

    package = find_spec("dateutil")
    if package is None or package.origin is None:
        return None
    archive = Path(package.origin).parent / "zoneinfo" / "dateutil-zoneinfo.tar.gz"
    if not archive.is_file():
        return None
    with tarfile.open(archive) as files:
        try:
            file = files.extractfile(name)
        except KeyError:
            return None
        return None if file is None else ZoneInfo.from_file(file, key=name)


@cache
def changes(name: str, year: int) -> tuple[Change, ...]:
    """Where the clock of a zone is put forward or back in a year."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    place = zone(name)
    day, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    while day < last:
        following = day + timedelta(days=1)
        before, after = _offset(day, place), _offset(following, place)
        if before != after:
            moment = _moment(day, following, place)
            old, new = ((moment + offset).replace(tzinfo=None) for offset in (before, after))
            found.append(Change(min(old, new), max(old, new), exists=new < old))
        day = following
    return tuple(found)


def _offset(moment: datetime, place: tzinfo) -> timedelta:
    return moment.astimezone(place).utcoffset() or timedelta()


def _moment(low: datetime, high: datetime, place: tzinfo) -> datetime:
    """The first second of the new offset, which comes after ``low`` and by ``high``."""
    old = _offset(low, place)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(middle, place) == old else (low, middle)
    return high


def local(moment: datetime, name: str) -> datetime:
    """A time with an offset as the clocks of the zone show it, without one."""
    return moment.astimezone(zone(name)).replace(tzinfo=None)


def near(first: datetime, last: datetime, name: str) -> list[Change]:
    """The changes that some time between both may meet."""
    years = range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1) if name else range(0)
    found = (change for year in years for change in changes(name, year))
    return [change for change in found if change.begin <= last and first < change.end]


def lengths(starts: Sequence[datetime], ends: Sequence[datetime], changed: Sequence[Change]) -> list[timedelta]:
    """What lies between local times, the hours counted that a clock skipped or showed twice between them.

    ``changed``: the changes that they may meet. An end that seems to come before its start is taken for the second
    showing of its hour, where that makes sense.
    """
    found = list(map(sub, ends, starts))
    for change in changed:
        shift = change.end - change.begin
        for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if change.exists and change.begin <= end < start < change.end:
                found[row] += shift
            elif start < change.begin and end >= change.end:
                found[row] += shift if change.exists else -shift
    return found
