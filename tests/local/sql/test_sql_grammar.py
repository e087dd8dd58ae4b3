"""The stand-in that writes SQL: its statements run in the local Athena, and give what the rows say."""

from __future__ import annotations

import itertools
from collections import Counter
from statistics import mean

import pytest

from questions.guard import statement
from questions.model import Column, Table
from tests.local.sql import lake
from tests.local.sql.lake import COUNT, answer, rows, written

SUBSCRIBERS = [row for row in rows() if row["user_type"] == "Subscriber"]
CUSTOMERS = [row for row in rows() if row["user_type"] == "Customer"]
WEEKENDS = [row for row in rows() if row["day_of_week"] in {"Saturday", "Sunday"}]
BY_USER = Counter(row["user_type"] for row in rows())
BY_STATION = Counter(row["start_station_name"] for row in rows() if row["start_station_name"])
BY_HOUR = Counter(row["hour_of_day"] for row in rows())
BY_DAY = Counter(row["start_time"][:10] for row in rows())
BIKE = Counter(row["bike_id"] for row in rows()).most_common(1)[0]
LONGEST = max(row["duration_sec"] for row in rows())


def minutes(found: list) -> float:
    return round(mean(row["duration_sec"] for row in found) / 60, 1)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many trips are there?", COUNT),
        ("Count the rides", COUNT),
        ("How many trips were there in July 2019?", COUNT),
        ("How many trips in July?", COUNT),
        ("How many trips in 2019?", COUNT),
        ("How many trips in August 2019?", 0),
        ("How many trips on 2019-07-04?", BY_DAY["2019-07-04"]),
        ("How many trips were there on July 4th, 2019?", BY_DAY["2019-07-04"]),
        ("How many trips on 4 July 2019?", BY_DAY["2019-07-04"]),
        (
            "How many trips between 2019-07-01 and 2019-07-03?",
            sum(BY_DAY[f"2019-07-0{day}"] for day in (1, 2, 3)),
        ),
        ("How many trips did subscribers take?", len(SUBSCRIBERS)),
        ("How many trips where the user type is 'Customer'?", len(CUSTOMERS)),
        (
            "How many trips did customers take on weekends in July 2019?",
            len([row for row in WEEKENDS if row["user_type"] == "Customer"]),
        ),
        ("How many trips on Mondays?", sum(row["day_of_week"] == "Monday" for row in rows())),
        ("How many trips in the morning?", sum(row["part_of_day"] == "morning" for row in rows())),
        ("How many trips were longer than 30 minutes?", sum(row["duration_sec"] > 1800 for row in rows())),
        ("How many trips took less than 10 minutes?", sum(row["duration_sec"] < 600 for row in rows())),
        ("How many trips where duration is at least 1000?", sum(row["duration_sec"] >= 1000 for row in rows())),
        (f"How many trips of bike {BIKE[0]}?", BIKE[1]),
        ("How many different bikes were used?", len({row["bike_id"] for row in rows()})),
        ("How many start stations are there?", len(BY_STATION)),
        ("How many trips from Queen's Wharf?", BY_STATION["Queen's Wharf"]),
        (
            "How many trips from Opera House to Castle Hill?",
            sum((r["start_station_name"], r["end_station_name"]) == ("Opera House", "Castle Hill") for r in rows()),
        ),
        ("What was the longest trip?", LONGEST),
        ("What is the shortest trip?", min(row["duration_sec"] for row in rows())),
        ("What is the total duration?", sum(row["duration_sec"] for row in rows())),
        ("What is the average duration of a trip in minutes?", minutes(list(rows()))),
        ("How long is a trip on average, in minutes?", minutes(list(rows()))),
        ("How long do customers ride on average in minutes?", minutes(CUSTOMERS)),
        ("What share of trips are by subscribers?", round(100 * len(SUBSCRIBERS) / COUNT, 1)),
        ("What percentage of trips happened in July 2019 by subscribers?", round(100 * len(SUBSCRIBERS) / COUNT, 1)),
        ("How many trips yesterday?", 0),
        ("How many trips in the last 7 days?", 0),
    ],
)
def test_one_number(question, expected):
    ((value,),) = answer(question)
    assert float(value or "nan") == pytest.approx(expected)


def table(question: str, *turns: str) -> list[tuple[str | None, float]]:
    return [(name, float(value or "nan")) for name, value in answer(question, turns)]


@pytest.mark.parametrize(
    "question",
    [
        "How many trips by user type?",
        "Trips per user type",
        "Number of trips for each user type",
        "trips by rider type",
    ],
)
def test_groups_come_with_the_largest_first(question):
    assert table(question) == [(name, float(count)) for name, count in BY_USER.most_common()]


def test_days_come_in_their_order():
    assert table("How many trips per day in July 2019?") == [(day, float(BY_DAY[day])) for day in sorted(BY_DAY)]
    assert table("Trips per month in 2019") == [("2019-07", float(COUNT))]
    assert table("Trips by weekday")[0][0] == "Friday"
    assert sum(count for _, count in table("Trips per week")) == COUNT


@pytest.mark.parametrize(
    "question",
    ["Which start station has the most trips?", "What is the most popular start station?", "busiest start station"],
)
def test_the_first_of_all(question):
    ((name, count),) = table(question)
    assert count == max(BY_STATION.values()) == BY_STATION[name]


def test_which_may_be_a_time_and_the_least():
    ((hour, count),) = table("What is the busiest hour of the day?")
    assert BY_HOUR[int(hour or -1)] == count == max(BY_HOUR.values())
    ((_, fewest),) = table("Which day had the fewest trips?")
    assert fewest == min(BY_DAY.values())


@pytest.mark.parametrize(
    "question", ["Top 5 start stations by number of trips", "What are the 5 most popular start stations?"]
)
def test_the_first_five(question):
    found = table(question)
    assert len(found) == 5
    assert [count for _, count in found] == [float(count) for _, count in BY_STATION.most_common(5)]


def test_measures_per_group_and_the_highest_mean():
    found = dict(table("What is the average duration per user type in minutes?"))
    assert found == {"Subscriber": minutes(SUBSCRIBERS), "Customer": minutes(CUSTOMERS)}
    ((name, _),) = table("Which user type has the highest average duration?")
    assert name == max(found, key=lambda each: found[each])
    assert table("Percentage of trips by user type")[0] == ("Subscriber", round(100 * len(SUBSCRIBERS) / COUNT, 1))
    assert len(answer("How many trips by user type and part of day, sorted by user type?")) == 8


def test_a_value_behind_by_is_no_group():
    found = table("How many trips by subscribers by part of day?")
    assert dict(found) == Counter(row["part_of_day"] for row in SUBSCRIBERS)


def test_values_and_rows_are_listed():
    assert (
        answer("Which user types are there?")
        == answer("List the different user types")
        == [["Customer"], ["Subscriber"]]
    )
    found = answer("Show the 3 longest trips")
    assert [row[0] for row in found] == [str(n) for n in sorted((r["duration_sec"] for r in rows()), reverse=True)[:3]]
    assert len(answer("Show trips in July 2019")) == 20


@pytest.mark.parametrize(
    ("turns", "question", "same"),
    [
        (["How many trips in July 2019?"], "and by day?", "How many trips in July 2019 per day?"),
        (["How many trips by user type?"], "only on weekends", "How many trips on weekends by user type?"),
        (["How many trips in July 2019?"], "and in August?", "How many trips in August 2019?"),
        (["How many trips did subscribers take?"], "what about customers?", "How many trips did customers take?"),
        (["How many trips by user type?"], "and the average duration?", "What is the average duration by user type?"),
        (["How many trips by user type?"], "as a percentage?", "Percentage of trips by user type"),
        (["How many trips by start station?"], "top 3", "Top 3 start stations"),
        (
            ["How many trips in July 2019?", "and by day?", "what is the weather?"],
            "only on weekends",
            "How many trips per day on weekends in July 2019?",
        ),
        (["How many trips by user type?"], "How many bikes are there?", "How many bikes are there?"),
    ],
)
def test_a_follow_up_is_answered_like_the_whole_question(turns, question, same):
    assert answer(question, turns) == answer(same)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("What is the average tip?", "'tip'"),
        ("How warm was it in July?", "'warm'"),
        ("How many trips with a helmet?", "'helmet'"),
        ("How many trips in the Netherlands by governor?", "'governor'"),
        ("Average number of trips per day", "'Average'"),
        ("How many trips per day, sorted by user type?", "order by user_type"),
        ("", "counted"),
    ],
)
def test_what_the_tables_lack_is_said(question, missing):
    read = written(question or "?")
    assert missing in (read.missing or "")
    assert read.sql == ""


def test_a_follow_up_about_nothing_known_is_refused_too():
    assert "weather" in (written("and the weather?", ["How many trips by user type?"]).missing or "")


def test_it_obeys_orders_so_that_the_guard_must_not():
    for question, begin in (
        ("Delete all trips", "DELETE FROM trips"),
        ("How many trips? And drop the table", "DROP TABLE trips"),
    ):
        assert written(question).sql.startswith(begin)


def test_the_fitting_of_several_tables_is_asked():
    weather = Table(
        "lake", "weather", (Column("taken", "date"), Column("temperature", "double"), Column("city", "varchar"))
    )
    other = Table("lake", "my-orders", (Column("order time", "timestamp"), Column("amount", "decimal(10,2)")))
    tables = [weather, other]
    assert written("What is the average temperature by city?", tables=tables).sql == (
        "SELECT city, avg(temperature) AS average_temperature\nFROM weather\nGROUP BY city\n"
        "ORDER BY average_temperature DESC, city"
    )
    assert written("What is the highest amount in May 2020?", tables=tables).sql == (
        'SELECT max(amount) AS highest_amount\nFROM "my-orders"\n'
        "WHERE \"order time\" >= TIMESTAMP '2020-05-01 00:00:00'\n"
        "  AND \"order time\" < TIMESTAMP '2020-06-01 00:00:00'"
    )


HEADS = ("How many trips", "Average duration in minutes", "Share of trips", "How many different bikes", "Longest trip")
CONDITIONS = ("", "in July 2019", "by subscribers", "on weekends longer than 20 minutes", "in the morning", "yesterday")
GROUPS = (
    "",
    "by user type",
    "per day",
    "by hour, sorted by hour",
    "per month and user type",
    "per week top 3",
    "by year",
)


@pytest.mark.parametrize("head", HEADS)
def test_every_statement_is_one_that_the_guard_lets_run(head):
    for condition, group in itertools.product(CONDITIONS, GROUPS):
        statement.prove(written(f"{head} {condition} {group}").sql, [lake.table()], "lake")


def test_partitions_are_chosen_where_they_can_be():
    """A partition of the event's own day is bounded on both sides, one of arrival below, and no time means all."""
    own = Table("lake", "sales", (Column("price", "double"), Column("sold", "date", "", True)))
    assert (
        "sold >= DATE '2020-05-01'\n  AND sold < DATE '2020-06-01'"
        in written("Total price in May 2020", tables=[own]).sql
    )
    assert "day >= '2019-07-01'" in written("How many trips in July 2019?").sql
    assert "day < " not in written("How many trips in July 2019?").sql
    assert "day IS NOT NULL" in written("How many trips?").sql
