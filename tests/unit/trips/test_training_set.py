"""Training sets: each row in one set, only training balanced, the same for the same rows in whatever order."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import tracemalloc
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from common import aws
from common.errors import ServiceUnavailable
from tests.e2e.schemas import check
from tests.unit.trips.builders import BIKES
from trips.errors import BadRequest, NothingToTrainOn, QueryFailed, TooManyRows
from trips.handlers import build_training_set
from trips.training_set import files, manifest, parts, query, request, spill, split

HEADER = [name for name, _ in BIKES.outputs]
LABEL = HEADER.index("bike_share_for_all_trip")
LAKE, ANSWER = "lake", "athena/q-1.csv"
Rows = list[list[str]]


def trips(yes: int, no: int) -> Rows:
    """Trips that differ in their bike alone, those of the smaller class first."""
    at = HEADER.index("bike_id")
    rows = [["x"] * len(HEADER) for _ in range(yes + no)]
    for number, row in enumerate(rows):
        row[at], row[LABEL] = str(number), "Yes" if number < yes else "No"
    return rows


@dataclass
class Sets:
    """What was made: the rows of each set, its parts' bytes, and the counts."""

    rows: dict[str, Rows]
    bodies: dict[str, list[bytes]]
    counts: dict[str, int]

    def all(self) -> Rows:
        return [row for rows in self.rows.values() for row in rows]


@pytest.fixture
def make(tmp_path: Path) -> Any:
    number = iter(range(1_000_000))

    def made(rows: Rows, **wish: Any) -> Sets:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        path = folder / "rows.csv"
        path.write_bytes(answer(rows))
        sets, counts = files.make(path, request.parse({"month": "2019-07", **wish}), BIKES, folder)
        bodies = {name: [part.path.read_bytes() for part in made.parts] for name, made in sets.items()}
        found = {name: [row for body in each for row in read(body)] for name, each in bodies.items()}
        assert {name: len(rows) for name, rows in found.items()} == {name: made.rows for name, made in sets.items()}
        assert {name: positives(rows) for name, rows in found.items()} == {n: m.positives for n, m in sets.items()}
        assert [path.name for path in folder.iterdir() if path.is_file()] == [], "the disk is needed for the parts"
        return Sets(found, bodies, counts)

    return made


def answer(rows: Sequence[Sequence[str]]) -> bytes:
    """As Athena writes it: every value in quotes."""
    return "".join(",".join(f'"{value}"' for value in row) + "\n" for row in [HEADER, *rows]).encode()


def read(body: bytes) -> Rows:
    header, *rows = csv.reader(body.decode().splitlines(keepends=True))
    assert header == HEADER
    return rows


def positives(rows: Rows) -> int:
    return sum(row[LABEL] == "Yes" for row in rows)


def test_training_has_all_of_the_smaller_class_and_so_many_of_the_larger(make):
    made = make(trips(400, 3600))
    smaller = positives(made.rows["train"])
    assert len(made.rows["train"]) == int(2.1 * smaller)
    assert smaller + positives(made.rows["validation"]) + positives(made.rows["test"]) == 400
    assert made.counts == {
        "read": 4000,
        "doubles": 0,
        "left_out": 4000 - len(made.all()),
        **{name: len(rows) for name, rows in made.rows.items()},
    }


def test_the_test_and_the_validation_keep_the_class_ratio_of_the_month(make):
    made = make(trips(1000, 9000), test=0.2, validation=0.2)
    for name in ("test", "validation"):
        rows = made.rows[name]
        assert 1800 < len(rows) < 2200
        assert 0.08 < positives(rows) / len(rows) < 0.12, "nine times as many of the other class, as in the month"


def test_whatever_is_kept_of_training_the_other_sets_are_the_same(make):
    one, other = make(trips(100, 900)), make(trips(100, 900), balance=0)
    assert one.bodies["test"] == other.bodies["test"]
    assert one.bodies["validation"] == other.bodies["validation"]
    assert other.counts["left_out"] == 0
    assert len(other.all()) == 1000


def test_no_row_is_in_two_sets(make):
    bikes = [row[HEADER.index("bike_id")] for row in make(trips(500, 500), balance=0).all()]
    assert sorted(bikes) == sorted({str(number) for number in range(1000)})


def test_rows_that_come_late_move_no_row_to_another_set(make):
    early, late = make(trips(300, 700), balance=0), make(trips(300, 1700), balance=0)
    for name, rows in early.rows.items():
        assert {tuple(row) for row in rows} <= {tuple(row) for row in late.rows[name]}


def test_the_order_of_the_lake_does_not_matter(make):
    rows = trips(40, 300)
    mixed = rows.copy()
    random.Random(7).shuffle(mixed)
    assert make(rows) == make(mixed)


def test_another_seed_is_another_choice_in_another_order(make):
    first, second = make(trips(40, 300)), make(trips(40, 300), seed=2)
    assert sorted(first.rows["train"]) != sorted(second.rows["train"])
    assert sorted(first.rows["test"]) != sorted(second.rows["test"])


def test_a_row_that_was_delivered_twice_counts_once(make):
    rows = trips(10, 30)
    made = make(rows + rows)
    assert made.counts["doubles"] == 40
    assert made.bodies == make(rows).bodies


def test_classes_are_mixed(make):
    labels = [row[LABEL] for row in make(trips(500, 500)).rows["train"]]
    changes = sum(one != other for one, other in pairwise(labels))
    assert changes > 300, "sorted classes would change once, 900 shuffled rows about 450 times"


def test_without_validation_its_rows_are_training(make):
    made = make(trips(50, 50), validation=0, balance=0)
    assert set(made.rows) == {"train", "test"}
    assert len(made.all()) == 100


def test_a_set_without_rows_has_one_part_with_the_header(make):
    made = make(trips(1, 1), balance=0)
    assert [len(bodies) for bodies in made.bodies.values()] == [1, 1, 1]


def test_names_with_commas_quotes_and_lines_stay_whole(make):
    rows = trips(5, 5)
    for number, row in enumerate(rows):
        row[HEADER.index("start_station_name")] = f'Pier ""{number}"", North\nGate'
    names = {row[HEADER.index("start_station_name")] for row in make(rows, balance=0).all()}
    assert names == {f'Pier "{number}", North\nGate' for number in range(10)}


def test_a_part_ends_with_the_row_that_passes_its_size(make, monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 3000)
    made = make(trips(100, 100))
    bodies = made.bodies["train"]
    longest = max(len(line) for line in bodies[0].splitlines(keepends=True)[1:])
    assert len(bodies) > 2
    assert all(3000 <= len(body) < 3000 + longest for body in bodies[:-1])
    assert len(made.all()) == make(trips(100, 100)).counts["train"] + made.counts["validation"] + made.counts["test"]


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=40, unique=True), st.integers(0, 45))
def test_the_lowest_ranks_are_counted_without_sorting_all(ranks, count):
    highest = split.lowest(array("Q", ranks), count)
    assert [rank for rank in sorted(ranks) if rank <= highest] == sorted(ranks)[:count]


@given(st.integers(1, 40), st.integers(1, 40), st.floats(1, 4))
def test_of_the_larger_class_so_many_are_kept(yes, no, ratio):
    ranks = split.Ranks(array("Q", range(yes)), array("Q", range(100, 100 + no)))
    kept = split.balanced(ranks, ratio, "label")
    smaller, larger = sorted((yes, no))
    of_yes = sum(rank <= kept.positive for rank in ranks.positive)
    of_no = sum(rank <= kept.other for rank in ranks.other)
    assert of_yes + of_no == smaller + min(larger, int(ratio * smaller) - smaller)


def test_nothing_to_train_on(make):
    with pytest.raises(NothingToTrainOn, match="no rows"):
        make([])
    with pytest.raises(NothingToTrainOn, match="one class"):
        make(trips(0, 50))


def test_too_many_rows(make, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 9)
    with pytest.raises(TooManyRows):
        make(trips(5, 5))


def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(spill, "BUFFER", 4096)
    path = tmp_path / "rows.csv"
    rows = trips(1000, 9000)
    for row in rows:
        row[HEADER.index("end_station_name")] = "n" * 2000
    path.write_bytes(answer(rows))
    size = path.stat().st_size
    tracemalloc.start()
    try:
        _, counts = files.make(path, request.parse({"month": "2019-07", "balance": 0}), BIKES, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts["read"] == 10_000
    assert peak < size / 5


class Events:
    """EventBridge: keeps its entries; ``refuses`` one request."""

    def __init__(self, real: Any) -> None:
        self.entries: list[dict[str, Any]] = []
        self.refuses = False
        self._real = real

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.refuses:
            self.refuses = False
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        keys = {
            found["Key"] for found in self._real.list_objects_v2(Bucket=LAKE, Prefix="training/").get("Contents", [])
        }
        self.entries += Entries
        assert json.loads(Entries[0]["Detail"])["manifest"]["key"] in keys, "the event tells of what is there"
        return {"FailedEntryCount": 0, "Entries": [{}]}


@dataclass
class Account:
    s3: Any
    events: Events

    def put(self, rows: Rows) -> None:
        self.s3.put_object(Bucket=LAKE, Key=ANSWER, Body=answer(rows))

    def get(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=LAKE, Key=key)["Body"].read())

    def all(self) -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket=LAKE, Prefix="training/").get("Contents", [])
        return {entry["Key"]: self.get(entry["Key"]) for entry in found}

    def build(self, **wish: Any) -> dict[str, Any]:
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: 900_000, function_name="build", memory_limit_in_mb=1769,
            invoked_function_arn="arn", aws_request_id="r",
        )  # fmt: skip
        return build_training_set.handler({"month": "2019-07", **wish}, context)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    variables = {
        "LAKE_BUCKET": LAKE, "RECIPE": "bike_share", "DATABASE": "db", "TABLE": "trips", "WORK_GROUP": "wg",
        "EVENT_BUS": "default", "POWERTOOLS_SERVICE_NAME": "trips", "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Trips",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(query, "run", lambda *_: ANSWER)
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=LAKE)
        found = Account(s3, Events(s3))
        monkeypatch.setattr(aws, "client", lambda service: {"s3": s3, "events": found.events}[service])
        yield found


def test_the_manifest_says_what_lies_beside_it(account):
    account.put(trips(100, 900))
    made = account.build()
    check(made, "training-set")
    assert json.loads(account.get(made["manifest"])) == made
    keys = {made["manifest"]}
    for name, entry in made["files"].items():
        rows = []
        for part in entry["parts"]:
            body = account.get(part["key"])
            assert (len(body), hashlib.sha256(body).hexdigest()) == (part["bytes"], part["sha256"])
            assert len(read(body)) == part["rows"]
            rows += read(body)
        assert (len(rows), positives(rows)) == (entry["rows"], entry["positives"])
        assert made["rows"][name] == entry["rows"]
        keys |= {entry["manifest"], *(part["key"] for part in entry["parts"])}
    assert set(account.all()) == keys
    assert made["rows"]["read"] == made["rows"]["doubles"] + made["rows"]["left_out"] + sum(
        entry["rows"] for entry in made["files"].values()
    )


def test_sagemaker_finds_the_parts_by_their_manifest_file(account, monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", 5000)
    account.put(trips(100, 900))
    made = account.build()
    assert len(made["files"]["train"]["parts"]) > 1
    for channel in made["channels"]:
        source = channel["s3DataSource"]
        key = source["S3Uri"].removeprefix(f"s3://{LAKE}/")
        first, *others = json.loads(account.get(key))
        found = [f"{first['prefix']}{other}" for other in others]
        entry = made["files"][channel["channelName"]]
        assert found == [f"s3://{LAKE}/{part['key']}" for part in entry["parts"]]
        assert others[0] == "part-00000.csv"
        assert (source["S3DataType"], key) == ("ManifestFile", entry["manifest"])


def test_it_tells_of_the_manifest_after_it_is_there(account):
    account.put(trips(100, 900))
    made = account.build(seed=7)
    (event,) = account.events.entries
    assert (event["Source"], event["DetailType"], event["EventBusName"]) == (
        "millrace.trips",
        "TrainingSetBuilt",
        "default",
    )
    detail = json.loads(event["Detail"])
    check(detail, "training-set-built")
    assert detail == {
        "schema": 1,
        "manifest": {"bucket": LAKE, "key": made["manifest"]},
        "month": "2019-07",
        "seed": 7,
        "rows": {name: entry["rows"] for name, entry in made["files"].items()},
    }


def test_twice_it_writes_the_same_and_tells_the_same(account):
    account.put(trips(100, 900))
    first, before = account.build(), account.all()
    assert account.build() == first
    assert account.all() == before
    one, other = account.events.entries
    assert one == other


def test_an_event_that_was_not_taken_is_told_by_the_next_call(account):
    account.put(trips(100, 900))
    account.events.refuses = True
    with pytest.raises(ServiceUnavailable):
        account.build()
    assert account.events.entries == []
    account.build()
    assert len(account.events.entries) == 1


@pytest.mark.parametrize("number", range(7))
def test_a_call_that_dies_leaves_no_manifest_and_the_next_one_ends_it(account, monkeypatch, number):
    account.put(trips(100, 900))
    put, calls = files.Bucket.put, iter(range(100))

    def dying(self: Any, *given: Any, **named: Any) -> Any:
        if next(calls) == number:
            raise MemoryError
        return put(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(files.Bucket, "put", dying)
        with pytest.raises(MemoryError):
            account.build()
    assert not [key for key in account.all() if key.endswith("manifest.json")]
    assert account.events.entries == []
    made = account.build()
    assert set(account.all()) >= {made["manifest"]}


def test_an_answer_that_is_not_there_or_too_large(account, monkeypatch):
    with pytest.raises(QueryFailed, match=r"athena/q-1\.csv"):
        account.build()
    account.put(trips(1, 1))
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(TooManyRows, match="100 bytes"):
        account.build()


def test_a_recipe_without_classes_has_no_training_set(account, monkeypatch):
    monkeypatch.setattr(build_training_set.parser, "named", lambda _name: replace(BIKES, label=-1))
    with pytest.raises(BadRequest, match="balance"):
        account.build()


class TestFolder:
    wish = request.parse({"month": "2019-07"})

    def of(self, wish=wish, recipe=BIKES, train="aa", **counts):
        made = {
            name: parts.Made([parts.Part(Path("part-00000.csv"), 1, 9, sha)], 1, 0)
            for name, sha in (("train", train), ("test", "bb"))
        }
        counts = {"read": 2, "doubles": 0, "left_out": 0, "train": 1, "test": 1, **counts}
        document = manifest.of(made, counts, wish, recipe, LAKE)
        folder = document["manifest"].removesuffix("/manifest.json")
        assert document["files"]["train"]["parts"][0]["key"] == f"{folder}/train/part-00000.csv"
        return folder

    def test_the_same_sets_have_the_same_name(self):
        assert self.of() == self.of()
        assert self.of().startswith("training/month=2019-07/seed=1-")

    @pytest.mark.parametrize(
        "changed",
        [
            {"train": "cc"},
            {"wish": request.parse({"month": "2019-07", "balance": 0})},
            {"wish": request.parse({"month": "2019-07", "test": 0.1})},
            {"recipe": replace(BIKES, derived=())},
        ],
        ids=["rows", "balance", "shares", "columns"],
    )
    def test_what_the_files_hold_and_mean_is_in_the_name(self, changed):
        assert self.of(**changed) != self.of()

    def test_a_row_that_came_once_more_is_no_other_set(self):
        assert self.of(doubles=1, read=3) == self.of()

    def test_a_new_schema_is_a_new_name(self, monkeypatch):
        before = self.of()
        monkeypatch.setattr(manifest, "SCHEMA", 3)
        assert self.of() != before
