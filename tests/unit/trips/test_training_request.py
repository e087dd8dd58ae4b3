"""What is asked for a training set, and of the lake: bounds, SQL, Athena's states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES
from trips.errors import BadRequest, QueryFailed, QueryUnfinished
from trips.training_set import query, request


class TestRequest:
    def test_a_month_is_enough(self):
        found = request.parse({"month": "2019-07"})
        assert (found.since, found.until, found.seed, found.balance) == ("2019-07-01", "2019-08-01", 1, 2.1)
        assert (found.test, found.validation) == (0.05, 0.05)

    def test_a_set_for_validation_need_not_be(self):
        found = request.parse({"month": "2019-07", "validation": 0, "test": 0.2})
        assert (found.test, found.validation) == (0.2, 0.0)

    def test_december_ends_with_the_year(self):
        assert request.parse({"month": "2019-12"}).until == "2020-01-01"

    @pytest.mark.parametrize(
        "event",
        [
            {},
            {"month": 7},
            {"month": "2019-13"},
            {"month": "2019-07' OR '1'='1"},
            {"month": "2019-07", "seed": -1},
            {"month": "2019-07", "seed": True},
            {"month": "2019-07", "seed": "1"},
            {"month": "2019-07", "balance": 0.5},
            {"month": "2019-07", "balance": "2"},
            {"month": "2019-07", "balance": float("nan")},
            {"month": "2019-07", "test": 0},
            {"month": "2019-07", "test": 0.5},
            {"month": "2019-07", "test": True},
            {"month": "2019-07", "test": float("nan")},
            {"month": "2019-07", "validation": 0.001},
            {"month": "2019-07", "validation": "0.1"},
        ],
    )
    def test_what_cannot_be_meant(self, event):
        with pytest.raises(BadRequest):
            request.parse(event)

    def test_the_query_reads_every_column_and_one_month(self):
        text = query.sql(request.parse({"month": "2019-07"}), BIKES, "trips")
        assert all(f'"{name}"' in text for name, _ in BIKES.outputs)
        assert text.endswith("""WHERE "start_time" >= '2019-07-01' AND "start_time" < '2019-08-01'""")


class Athena:
    """Answers with a state for each look."""

    def __init__(self, *states):
        self.states = list(states)
        self.stopped = False

    def start_query_execution(self, **_):
        return {"QueryExecutionId": "q-1"}

    def get_query_execution(self, QueryExecutionId):  # noqa: N803 - boto3's name
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        place = {"OutputLocation": "s3://lake/athena/q-1.csv"}
        return {"QueryExecution": {"Status": {"State": state}, "ResultConfiguration": place}}

    def stop_query_execution(self, **_):
        self.stopped = True


def seconds_left():
    """The time of a function that runs down by ten seconds a look."""
    looks = iter(range(query.RESERVE_SECONDS + 60, 0, -10))
    return lambda: next(looks)


class TestQuery:
    lake = query.Lake("lake", "db", "trips", "wg")

    def run(self, monkeypatch, *states):
        athena = Athena(*states)
        monkeypatch.setattr(query.aws, "client", lambda _service: athena)
        monkeypatch.setattr(query.time, "sleep", lambda _seconds: None)
        return athena, lambda: query.run("SELECT 1", self.lake, seconds_left())

    def test_waits_for_the_answer(self, monkeypatch):
        _, run = self.run(monkeypatch, "QUEUED", "RUNNING", "SUCCEEDED")
        assert run() == "athena/q-1.csv"

    def test_a_failed_query_has_a_name(self, monkeypatch):
        _, run = self.run(monkeypatch, "RUNNING", "FAILED")
        with pytest.raises(QueryFailed, match="q-1 is FAILED"):
            run()

    def test_a_query_that_takes_too_long_is_stopped(self, monkeypatch):
        athena, run = self.run(monkeypatch, "RUNNING")
        with pytest.raises(QueryUnfinished):
            run()
        assert athena.stopped


@given(st.text(max_size=20) | st.from_regex(r"20[0-9]{2}-[01][0-9]['\";) -]{0,3}", fullmatch=True))
def test_no_request_brings_sql(month):
    """What comes from outside goes into the query only where it is a month, of digits and a hyphen."""
    try:
        asked = request.parse({"month": month})
    except BadRequest:
        return
    assert all(set(text) <= set("0123456789-") for text in (asked.since, asked.until))
    assert asked.month.isascii()


def test_a_lake_by_the_day_of_the_trip_is_read_only_where_the_month_lies():
    wish = request.parse({"month": "2019-12"})
    plain, by_day = (query.sql(wish, BIKES, "trips", by_day=way) for way in (False, True))
    assert "day >=" not in plain
    assert by_day == plain + " AND day >= '2019-12-01' AND day < '2020-01-01'"
