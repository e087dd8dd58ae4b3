"""Trips of an invented bike share system, in the columns and quotes in which Bay Wheels publishes the real ones.

Made from a seed, so that the same call gives the same bytes everywhere. Hours follow a working city: two rushes, few
trips at night. About one trip in fifty is dockless, hence without stations. Whose pass is that of ``bike share for
all`` is no accident: those are subscribers, they ride before and after everybody else, seldom at weekends, and not far.
So there is something to learn (``share_of_all``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

HEADER = (
    "duration_sec,start_time,end_time,start_station_id,start_station_name,start_station_latitude,"
    "start_station_longitude,end_station_id,end_station_name,end_station_latitude,end_station_longitude,"
    "bike_id,user_type,bike_share_for_all_trip,rental_access_method"
)
HOURS = (3, 2, 1, 1, 2, 6, 18, 52, 88, 64, 40, 38, 42, 42, 44, 56, 84, 110, 76, 44, 30, 22, 14, 8)
"""How many trips begin in each hour, in proportion."""
STATIONS = (
    "Harbour Square (North Pier)", "Central Station (West Hall)", "Town Hall at 4th St", "Market St at 10th St",
    "Canal St at Mill Bridge", "University Library", "Botanic Garden, Main Gate", "Old Brewery Yard", "Opera House",
    "Stadium at Ring Road", "River Park Landing", "St Mary's Hospital", "Airport Shuttle Stop", "Castle Hill",
    "Fish Market, Coming Soon", "Museum Mile at 2nd St", "Tannery Lane", "Lakeside Baths", "Foundry Works at 7th St",
    "Queen's Wharf",
)  # fmt: skip
DOCKLESS, SUBSCRIBERS = 0.02, 0.8
CUSTOMERS_FOR_ALL, FOR_ALL, WEEKEND_FOR_ALL = 0.01, 0.09, 0.03
EARLY_OR_LATE_FOR_ALL = 0.5
EARLY, LATE, LONG = 7, 20, 900
"""Before this hour, from that one on; seconds of a trip that is long."""
MONTH = datetime(2019, 7, 1)
DAYS = 31


@dataclass(frozen=True)
class _Station:
    number: int
    name: str
    latitude: float
    longitude: float


def lines(count: int, seed: int = 2019) -> Iterator[str]:
    """``count`` trips of July 2019, newest first, without the header."""
    chance = random.Random(seed)  # noqa: S311 - data for a demonstration
    stations = [
        _Station(3 + 7 * number, name, 37.3 + chance.random() / 2, -122.45 + chance.random() / 2)
        for number, name in enumerate(STATIONS)
    ]
    hours = chance.choices(range(24), HOURS, k=count)
    starts = sorted(
        (
            MONTH + timedelta(days=chance.randrange(DAYS), hours=hour, microseconds=100 * chance.randrange(36_000_000))
            for hour in hours
        ),
        reverse=True,
    )
    for start in starts:
        yield _line(chance, stations, start)


def _line(chance: random.Random, stations: list[_Station], start: datetime) -> str:
    seconds = int(chance.lognormvariate(6.4, 0.7)) + 60
    end = start + timedelta(seconds=seconds, microseconds=100 * chance.randrange(10_000))
    dockless = chance.random() < DOCKLESS
    method = chance.choice(('"app"', '"clipper"')) if dockless else ""
    places = ",".join(_place(chance, chance.choice(stations), dockless) for _ in range(2))
    user = "Subscriber" if chance.random() < SUBSCRIBERS else "Customer"
    for_all = "Yes" if chance.random() < share_of_all(start, user, seconds) else "No"
    bike = chance.randrange(10, 4000)
    return f'{seconds},"{_time(start)}","{_time(end)}",{places},{bike},"{user}","{for_all}",{method}'


def share_of_all(start: datetime, user: str, seconds: int) -> float:
    """How likely a trip is one of ``bike share for all``: what a model may learn of it at most."""
    if user != "Subscriber":
        return CUSTOMERS_FOR_ALL
    if start.weekday() > 4:
        return WEEKEND_FOR_ALL
    usual = EARLY_OR_LATE_FOR_ALL if start.hour < EARLY or start.hour >= LATE else FOR_ALL
    return usual / 2 if seconds >= LONG else usual


def _place(chance: random.Random, station: _Station, dockless: bool) -> str:
    if dockless:
        return f",,{station.latitude + chance.random() / 1000:.6f},{station.longitude:.6f}"
    return f'{station.number},"{station.name}",{station.latitude:.6f},{station.longitude:.6f}'


def _time(moment: datetime) -> str:
    """Four digits of a second, as the real files have them."""
    return moment.isoformat(" ", "microseconds")[:-2]


def text(count: int, seed: int = 2019) -> str:
    """A whole file: header and ``count`` lines."""
    return "\n".join([HEADER, *lines(count, seed)]) + "\n"
