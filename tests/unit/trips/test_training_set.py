"""Training sets: balanced, each row once, the same for the same rows and seed, whatever order they come in."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trips.builders import BIKES
from trips.errors import BadRequest, NothingToTrainOn, QueryFailed, QueryUnfinished, TooManyRows
from trips.training_set import files, query, request, split

HEADER = ["bike", "label"]


def trips(yes, no):
    return [[str(number), "Yes" if number < yes else "No"] for number in range(yes + no)]


def make(rows, ratio=2.1, seed=1):
    return split.make(rows, HEADER, "label", "Yes", ratio, seed)


def read(body):
    header, *rows = csv.reader(io.StringIO(body.decode()))
    assert header == HEADER
    return rows


def test_all_of_the_smaller_class_and_so_many_of_the_larger():
    made = make(trips(100, 900))
    kept = read(made.train) + read(made.test)
    assert sum(row[1] == "Yes" for row in kept) == 100
    assert len(kept) == 210
    assert made.counts == {
        "read": 1000,
        "doubles": 0,
        "smaller_class": 100,
        "larger_class": 900,
        "train": 200,
        "test": 10,
    }


def test_five_in_a_hundred_are_the_test_and_none_is_in_both():
    made = make(trips(500, 500))
    train, test = read(made.train), read(made.test)
    assert len(test) == 50
    assert not {row[0] for row in train} & {row[0] for row in test}


def test_the_order_of_the_lake_does_not_matter():
    rows = trips(40, 300)
    mixed = rows.copy()
    random.Random(7).shuffle(mixed)
    assert make(rows) == make(mixed)


def test_another_seed_is_another_choice_in_another_order():
    first, second = make(trips(40, 300)), make(trips(40, 300), seed=2)
    assert sorted(read(first.train)) != sorted(read(second.train))


def test_a_row_that_was_delivered_twice_counts_once():
    rows = trips(10, 10)
    made = make(rows + rows)
    assert made.counts["doubles"] == 20
    assert (made.train, made.test) == (make(rows).train, make(rows).test)


def test_classes_are_mixed():
    labels = [row[1] for row in read(make(trips(500, 500)).train)]
    changes = sum(one != other for one, other in pairwise(labels))
    assert changes > 300, "sorted classes would change once, 950 shuffled rows about 475 times"


def test_ratio_nothing_keeps_every_row():
    made = make(trips(0, 50), ratio=0)
    assert len(read(made.train) + read(made.test)) == 50


@given(st.integers(1, 40), st.integers(1, 40), st.floats(1, 4))
def test_counts_add_up(yes, no, ratio):
    made = make(trips(yes, no), ratio)
    kept = read(made.train) + read(made.test)
    smaller, larger = sorted((yes, no))
    assert len(kept) == made.counts["train"] + made.counts["test"]
    assert len(kept) == smaller + min(larger, int(ratio * smaller) - smaller)


def test_nothing_to_train_on():
    with pytest.raises(NothingToTrainOn, match="no rows"):
        make([])
    with pytest.raises(NothingToTrainOn, match="one class"):
        make(trips(0, 5))


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(split, "MOST_ROWS", 9)
    with pytest.raises(TooManyRows):
        make(trips(5, 5))


class TestRequest:
    def test_a_month_is_enough(self):
        found = request.parse({"month": "2019-07"})
        assert (found.since, found.until, found.seed, found.balance) == ("2019-07-01", "2019-08-01", 1, 2.1)

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
    looks = iter(range(180, 0, -10))
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


class TestManifest:
    wish = request.parse({"month": "2019-07"})
    sets = split.Sets(b"bike,label\n1,Yes\n", b"bike,label\n", {"train": 1, "test": 0})

    def folder(self, sets=sets, wish=wish, recipe=BIKES):
        manifest = files.manifest_of(sets, wish, recipe)
        folder = manifest["manifest"].removesuffix("/manifest.json")
        assert {name: each["key"] for name, each in manifest["files"].items()} == {
            name: f"{folder}/{name}.csv" for name in ("train", "test")
        }
        return folder

    def test_the_same_sets_have_the_same_name(self):
        assert self.folder() == self.folder()
        assert self.folder().startswith("training/month=2019-07/seed=1-")

    @pytest.mark.parametrize(
        "changed",
        [
            {"sets": split.Sets(b"bike,label\n2,Yes\n", sets.test, sets.counts)},
            {"wish": request.parse({"month": "2019-07", "balance": 0})},
            {"recipe": replace(BIKES, derived=())},
        ],
        ids=["rows", "balance", "columns"],
    )
    def test_what_the_files_hold_and_mean_is_in_the_name(self, changed):
        assert self.folder(**changed) != self.folder()

    def test_a_row_that_came_once_more_is_no_other_set(self):
        again = split.Sets(self.sets.train, self.sets.test, {**self.sets.counts, "doubles": 1})
        assert self.folder(sets=again) == self.folder()

    def test_a_new_schema_is_a_new_name(self, monkeypatch):
        before = self.folder()
        monkeypatch.setattr(files, "SCHEMA", 2)
        assert self.folder() != before


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
