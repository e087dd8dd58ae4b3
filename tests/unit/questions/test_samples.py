"""Values of columns and bounds of partitions: kept for a day, and never worth a question's failure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common.objects import Bucket
from questions.model import Table
from questions.tables import catalogue, partitions, samples, sampling
from tests.unit.questions.catalogues import UPDATED, Glue, counts, glue_table, glue_view, refusal

LAKE, ANSWERS = "lake-bucket", "answers"
NOON = 1_790_000_000.0
COLUMNS = [("user_type", "string"), ("ride_id", "string"), ("n", "bigint")]


@dataclass
class Athena:
    """Answers each query with ``rows`` after it was looked at ``slow`` times; ``fails`` raises or ends it so."""

    rows: Sequence[Sequence[str]] = (("Subscriber", "r1"), ("Customer", "r2"), ("Subscriber", "r3"))
    slow: int = 0
    fails: str = ""
    started: list[dict[str, Any]] = field(default_factory=list)
    looked: int = 0

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        if self.fails == "refused":
            raise refusal("AccessDeniedException", 400, "StartQueryExecution")
        assert 32 <= len(request["ClientRequestToken"]) <= 128
        self.started.append(request)
        return {"QueryExecutionId": request["ClientRequestToken"]}

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        self.looked += 1
        state = "RUNNING" if self.looked <= self.slow else self.fails or "SUCCEEDED"
        return {"QueryExecution": {"Status": {"State": state}, "Statistics": {"DataScannedInBytes": 77}}}

    def get_query_results(self, **_: Any) -> dict[str, Any]:
        rows = [["header"] * len(self.rows[0]) if self.rows else [], *self.rows]
        return {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": cell} for cell in row]} for row in rows]}}


@dataclass
class Cloud:
    s3: Any
    athena: Athena = field(default_factory=Athena)
    glue: Glue = field(default_factory=Glue)
    now: float = NOON
    slept: list[float] = field(default_factory=list)
    bill: list[tuple[str, int]] = field(default_factory=list)

    def sources(self) -> samples.Sources:
        queries = sampling.Queries(
            self.athena,
            "questions",
            2.0,
            self.slept.append,
            lambda: sum(self.slept),
            lambda *each: self.bill.append(each),
        )
        return samples.Sources(Bucket(ANSWERS, self.s3), self.glue, self.s3, queries, lambda: self.now)

    def read(self, *records: Mapping[str, Any]) -> list[Table]:
        self.glue.tables = list(records)
        return samples.with_samples(catalogue.listing(self.glue, "lake", ["lake"]), self.sources())

    def kept(self, name: str = "trips") -> dict[str, Any]:
        body = self.s3.get_object(Bucket=ANSWERS, Key=f"schemas/lake/{name}.json")["Body"].read()
        return dict(json.loads(body))


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        for name in (LAKE, ANSWERS):
            s3.create_bucket(Bucket=name)
        yield Cloud(s3)


@pytest.fixture(name="metrics", autouse=True)
def _metrics(monkeypatch):
    return counts(monkeypatch, samples, catalogue)


def told(table: Table) -> dict[str, tuple[str, ...]]:
    return {column.name: column.samples for column in table.columns if column.samples}


def test_text_columns_get_their_most_frequent_values_by_one_small_query(cloud):
    (table,) = cloud.read(glue_table("trips", COLUMNS))
    assert told(table) == {"user_type": ("Subscriber", "Customer"), "ride_id": ("r1", "r2", "r3")}
    (asked,) = cloud.athena.started
    assert asked["QueryString"] == 'SELECT "user_type", "ride_id" FROM "lake"."trips" LIMIT 500'
    assert asked["WorkGroup"] == "questions"
    assert cloud.bill == [(asked["ClientRequestToken"], 77)]


def test_they_are_kept_for_a_day_and_a_version(cloud):
    first = cloud.read(glue_table("trips", COLUMNS))
    assert cloud.read(glue_table("trips", COLUMNS)) == first
    assert len(cloud.athena.started) == 1
    cloud.now += samples.KEPT_SECONDS
    cloud.read(glue_table("trips", COLUMNS))
    assert len(cloud.athena.started) == 2
    cloud.read(glue_table("trips", COLUMNS, UpdateTime=UPDATED + timedelta(seconds=1)))
    assert len(cloud.athena.started) == 3
    assert len({each["ClientRequestToken"] for each in cloud.athena.started}) == 3


def test_glues_newest_partition_is_asked_and_its_bounds_are_told(cloud):
    days = [f"2019-07-{day:02}" for day in range(1, 32)]
    cloud.glue.partitions = {"trips": [(day, str(number)) for number, day in enumerate(reversed(days))]}
    (table,) = cloud.read(glue_table("trips", COLUMNS, keys=[("day", "date"), ("n2", "int")]))
    assert told(table)["day"] == ("2019-07-01", "2019-07-31")
    assert told(table)["n2"] == ("0", "30")
    sql = cloud.athena.started[0]["QueryString"]
    assert "WHERE \"day\" = CAST('2019-07-31' AS date) AND \"n2\" = CAST('0' AS integer) LIMIT" in sql
    assert dict(cloud.glue.asked)["GetPartitions"]["ExcludeColumnSchema"] is True


def projected(**parameters: str) -> dict[str, Any]:
    return glue_table(
        "trips",
        COLUMNS,
        keys=[("day", "string")],
        Parameters={"projection.enabled": "true", "projection.day.type": "date", **parameters},
    )


@pytest.mark.parametrize("template", ["", f"s3://{LAKE}/trips/day=${{day}}/"])
def test_of_a_projection_the_folders_say_which_days_there_are(cloud, template):
    for day in ("2019-07-01", "2019-07-30", "2019-06-02"):
        cloud.s3.put_object(Bucket=LAKE, Key=f"trips/day={day}/a.json", Body=b"{}")
    extra = {"storage.location.template": template} if template else {}
    (table,) = cloud.read(projected(**extra))
    assert told(table)["day"] == ("2019-06-02", "2019-07-01", "2019-07-30")
    assert "WHERE \"day\" = '2019-07-30'" in cloud.athena.started[0]["QueryString"]


def test_an_enumeration_says_its_values_itself(cloud):
    record = projected(**{"projection.day.type": "enum", "projection.day.values": "mon, tue"})
    (table,) = cloud.read(record)
    assert told(table)["day"] == ("mon", "tue")


def test_what_would_be_dear_is_not_asked(cloud):
    """A projected table without folders is listed day by day, a view reads whatever it is made of."""
    found = cloud.read(projected(), glue_table("base", COLUMNS), glue_view("v", "SELECT * FROM base"))
    assert [each["QueryString"].partition(" FROM ")[2] for each in cloud.athena.started] == ['"lake"."base" LIMIT 500']
    assert [bool(told(table)) for table in found] == [True, False, False]


def test_nobody_waits_long_and_the_next_question_finds_the_query_ended(cloud, metrics):
    cloud.athena.slow = 10_000
    (table,) = cloud.read(glue_table("trips", COLUMNS))
    assert told(table) == {}
    assert metrics["SamplesMissing"] == 1
    assert sum(cloud.slept) <= 2.0
    cloud.athena.slow = 0
    cloud.slept.clear()
    (table,) = cloud.read(glue_table("trips", COLUMNS))
    assert told(table)
    first, second = cloud.athena.started
    assert first["ClientRequestToken"] == second["ClientRequestToken"]


@pytest.mark.parametrize("fails", ["FAILED", "CANCELLED", "refused"])
def test_a_question_goes_on_without_samples(cloud, metrics, fails):
    cloud.athena.fails = fails
    (table,) = cloud.read(glue_table("trips", COLUMNS))
    assert told(table) == {}
    assert metrics["SamplesMissing"] == 1
    assert [scanned for _, scanned in cloud.bill] == [77] * (fails == "CANCELLED")


def test_a_query_that_failed_is_asked_anew_after_an_hour(cloud):
    cloud.athena.fails = "FAILED"
    for _ in range(2):
        cloud.read(glue_table("trips", COLUMNS))
        cloud.read(glue_table("trips", COLUMNS))
        cloud.now += 3600
    assert len({each["ClientRequestToken"] for each in cloud.athena.started}) == 2


def test_yesterdays_values_are_better_than_none(cloud):
    cloud.read(glue_table("trips", COLUMNS))
    cloud.now += samples.KEPT_SECONDS
    cloud.athena.fails = "FAILED"
    (table,) = cloud.read(glue_table("trips", COLUMNS))
    assert told(table)["user_type"] == ("Subscriber", "Customer")


def test_partitions_that_cannot_be_listed_leave_the_values(cloud):
    listed = catalogue.listing(Glue([glue_table("trips", COLUMNS, keys=[("day", "string")])]), "lake", ["lake"])
    cloud.glue.fails = [("AccessDeniedException", 400)]
    (table,) = samples.with_samples(listed, cloud.sources())
    assert set(told(table)) == {"user_type", "ride_id"}


def test_whoever_comes_second_does_not_write_over_newer_samples(cloud, monkeypatch):
    listed = catalogue.listing(Glue([glue_table("trips", COLUMNS)]), "lake", ["lake"])
    run = sampling.run

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(sampling, "run", run)
        cloud.now += 5
        samples.with_samples(listed, cloud.sources())
        cloud.now -= 5
        return run(*arguments)

    monkeypatch.setattr(sampling, "run", overtaken)
    (table,) = samples.with_samples(listed, cloud.sources())
    assert told(table)
    assert cloud.kept()["at"] == int(NOON) + 5


def test_names_and_values_are_quoted_in_the_query():
    (listed,) = catalogue.listing(
        Glue([glue_table("my-trips", [("start time", "string")], keys=[("day", "string")])]), "lake", ["lake"]
    )
    sql = sampling.statement(listed.table, {"day": "x' OR '1' = '1"})
    assert sql.startswith('SELECT "start time" FROM "lake"."my-trips" WHERE "day" = ')
    assert sql.endswith("'x'' OR ''1'' = ''1' LIMIT 500")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["b", "a", "b", "", "  "], ("b", "a")),
        ([f"id{number:03}" for number in range(100)], ("id000", "id001", "id002")),
        (["x" * 61, "line\nfeed", "ok"], ("ok",)),
        ([], ()),
    ],
)
def test_which_values_are_shown(values, expected):
    assert sampling.common_values(values) == expected


def test_numbers_are_ordered_by_their_size():
    assert partitions._bounds(["n"], [("9",), ("10",), ("2",)]).newest == {"n": "10"}
