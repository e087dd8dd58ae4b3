"""The handler: Firehose's contract for any bytes, rows left out are kept, nothing is counted twice."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from common import aws
from common.objects import Bucket
from local.cloud.testing import ROOT
from tests.unit.trips import contract
from tests.unit.trips.builders import BIKES, HEADER, chunk, event, line, parsed, record, row
from trips.cleaning import firehose_answer, records, sent_again
from trips.handlers import clean

LAKE = "lake"


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The lake's bucket, and the environment that the template gives."""
    variables = {
        "LAKE_BUCKET": LAKE,
        "RECIPE": "bike_share",
        "OUTPUT_FORMAT": "json",
        "BALANCE": "0",
        "POWERTOOLS_SERVICE_NAME": "trips",
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Trips",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def defect(message: str, *arguments: object) -> None:
        raise AssertionError(message % arguments)

    # A record that meets a defect of ours is failed and logged; here it fails the test too.
    monkeypatch.setattr(records._log, "exception", defect)
    aws.client.cache_clear()
    with mock_aws():
        made = boto3.resource("s3").create_bucket(Bucket=LAKE)
        yield made
    aws.client.cache_clear()


def metrics(text: str) -> dict[str, float]:
    """Values under [service] alone."""
    documents = [json.loads(line) for line in text.splitlines()]
    plain = [d for d in documents if d["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]]
    assert len(plain) == 1
    names = [metric["Name"] for metric in plain[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: plain[0][name] for name in names}


class TestResults:
    def test_good_bad_and_empty_records_side_by_side(self, lake, capsys):
        sent = event(chunk(line(), line(start_station_id="")), b"hello world", b"", chunk(line()))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert [r["result"] for r in answer["records"]] == ["Ok", "ProcessingFailed", "Dropped", "Ok"]
        assert len(parsed(base64.b64decode(answer["records"][0]["data"]))) == 1
        found = metrics(capsys.readouterr().out)
        assert found.pop("TransformMilliseconds") > 0
        assert found == {
            "RecordsOk": 2,
            "RecordsDropped": 1,
            "RecordsFailed": 1,
            "RowsIn": 3,
            "RowsOut": 2,
            "RowsIncomplete": 1,
            "RowsSampledOut": 0,
        }

    def test_a_record_without_base64_or_without_data(self, lake):
        sent = event(chunk(line()))
        sent["records"] += [{"recordId": "odd", "data": "a"}, {"recordId": "none"}]
        answer = clean.handler(sent, None)
        assert [r["result"] for r in answer["records"]] == ["Ok", "ProcessingFailed", "Dropped"]

    def test_a_record_of_incomplete_rows_is_dropped_and_its_rows_are_kept(self, lake):
        answer = clean.handler(event(chunk(line(bike_id=""))), None)
        assert answer["records"][0]["result"] == "Dropped"
        assert len(list(lake.objects.all())) == 1

    def test_a_defect_costs_its_record_and_no_other(self, lake, monkeypatch):
        read, told = records.read, []

        def broken(data, recipe):
            if b"17" in data:
                raise ZeroDivisionError
            return read(data, recipe)

        monkeypatch.setattr(records, "read", broken)
        monkeypatch.setattr(records._log, "exception", lambda *arguments: told.append(arguments))
        answer = clean.handler(event(chunk(line(bike_id="17")), chunk(line())), None)
        assert [r["result"] for r in answer["records"]] == ["ProcessingFailed", "Ok"]
        assert len(told) == 1

    def test_csv_by_parameter(self, lake, monkeypatch):
        monkeypatch.setenv("OUTPUT_FORMAT", "csv")
        answer = clean.handler(event(chunk(line())), None)
        assert base64.b64decode(answer["records"][0]["data"]).startswith(b"870,2019-07-31 23:59:41.464100,")

    def test_balance_by_parameter(self, lake, monkeypatch, capsys):
        monkeypatch.setenv("BALANCE", "2.1")
        yes, no = line(bike_share_for_all_trip="Yes"), line()
        clean.handler(event(chunk(*[yes] * 10, *[no] * 90)), None)
        found = metrics(capsys.readouterr().out)
        assert (found["RowsIn"], found["RowsOut"], found["RowsSampledOut"]) == (100, 21, 79)


class TestLeftovers:
    def test_rows_left_out_are_one_object_of_json_lines(self, lake):
        sent = event(chunk(line(), line(bike_id="")), chunk(line(start_time="soon")))
        clean.handler(sent, None)
        (stored,) = lake.objects.all()
        assert stored.key.startswith("errors/rows/")
        lines = [json.loads(text) for text in stored.get()["Body"].read().splitlines()]
        assert lines == [
            {
                "schema": 2,
                "record": "r-0",
                "line": 3,
                "reason": "empty",
                "column": "bike_id",
                "header": HEADER,
                "text": line(bike_id=""),
            },
            {
                "schema": 2,
                "record": "r-1",
                "line": 2,
                "reason": "invalid",
                "column": "start_time",
                "header": HEADER,
                "text": line(start_time="soon"),
            },
        ]

    def test_a_retry_writes_the_same_object(self, lake):
        sent = event(chunk(line(), line(bike_id="")))
        assert clean.handler(sent, None) == clean.handler(sent, None)
        assert len(list(lake.objects.all())) == 1

    def test_clean_records_need_no_storage(self, lake):
        clean.handler(event(chunk(line())), None)
        assert list(lake.objects.all()) == []

    def test_what_cannot_be_kept_fails_its_record_and_no_other(self, lake, monkeypatch, capsys):
        monkeypatch.setenv("LAKE_BUCKET", "no-such-bucket")
        sent = event(chunk(line(), line(bike_id="")), chunk(line()))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert [r["result"] for r in answer["records"]] == ["ProcessingFailed", "Ok"]
        found = metrics(capsys.readouterr().out)
        assert (found["RowsIn"], found["RowsOut"], found["RowsIncomplete"], found["RecordsFailed"]) == (1, 1, 0, 1)

    def test_a_network_that_is_down(self, lake, monkeypatch):
        def refuse(*_args, **_options):
            raise EndpointConnectionError(endpoint_url="https://s3")

        monkeypatch.setattr(Bucket, "put", refuse)
        answer = clean.handler(event(chunk(line(bike_id=""))), None)
        assert answer["records"][0]["result"] == "ProcessingFailed"

    def test_reasons_are_a_dimension_of_their_own(self, lake, capsys):
        clean.handler(event(chunk(line(), line(bike_id=""), line(bike_id=""), "1,2")), None)
        documents = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
        split = {d["Reason"]: d["RowsIncomplete"] for d in documents if "Reason" in d}
        assert split == {"empty": 2, "columns": 1}
        assert documents[0]["columns"] == {"empty:bike_id": 2}


class Stream:
    """A Firehose stream that keeps what is put on it, and refuses the first ``refusals`` records."""

    def __init__(self, refusals: int = 0) -> None:
        self.records: list[bytes] = []
        self.refusals = refusals

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        assert DeliveryStreamName == "trips"
        assert len(Records) <= 500
        assert sum(len(entry["Data"]) for entry in Records) <= 4 * 1024 * 1024
        assert all(len(entry["Data"]) <= 1000 * 1024 for entry in Records)
        answers: list[dict[str, str]] = []
        for entry in Records:
            refused = self.refusals > 0
            self.refusals -= refused
            answers.append({"ErrorCode": "ServiceUnavailableException"} if refused else {"RecordId": "r"})
            if not refused:
                self.records.append(entry["Data"])
        return {"FailedPutCount": sum("ErrorCode" in answer for answer in answers), "RequestResponses": answers}


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Stream:
    made, client = Stream(), aws.client
    monkeypatch.setattr(
        aws, "client", lambda service, **more: made if service == "firehose" else client(service, **more)
    )
    monkeypatch.setattr(aws.client, "cache_clear", client.cache_clear, raising=False)
    monkeypatch.setattr(sent_again.time, "sleep", lambda _seconds: None)
    return made


def compact(count: int) -> bytes:
    """Rows of 85 bytes, whose names make them six times as large in JSON."""
    short = {"start_station_name": "A", "end_station_name": "B", "user_type": "Customer", "duration_sec": "9"}
    times = {"start_time": "2019-07-01 10:00:00", "end_time": "2019-07-01 10:00:09"}
    places = {name: "1.0" for name in HEADER.split(",") if name.endswith(("latitude", "longitude"))}
    values = row(**short, **times, **places, start_station_id="1", end_station_id="2")
    return chunk(*(",".join({**values, "bike_id": str(number)}.values()) for number in range(count)))


class TestHeaders:
    def test_a_record_that_is_not_understood_is_kept_whole_with_the_reason_and_counted(self, lake, capsys):
        data = chunk(*[line()] * 3, header=HEADER.replace("end_time", "finish"))
        answer = clean.handler(event(data, chunk(line())), None)
        assert [entry["result"] for entry in answer["records"]] == ["Dropped", "Ok"]
        (stored,) = lake.objects.all()
        entry = json.loads(stored.get()["Body"].read())
        assert (entry["reason"], entry["column"], entry["rows"]) == ("header", "end_time", 3)
        assert entry["text"] == data.decode()
        text = capsys.readouterr().out
        found = metrics(text)
        assert (found["RecordsNotUnderstood"], found["RowsIn"], found["RowsIncomplete"]) == (1, 4, 3)
        (problem,) = json.loads(text.splitlines()[0])["headers"]
        assert problem == "end_time is missing; is it one of 'finish'? Then make that an alias."

    def test_what_had_to_be_adapted_is_told(self, lake, capsys):
        clean.handler(event(chunk(line() + ",1", header=HEADER.replace("end_time", "End Time") + ",weather")), None)
        text = capsys.readouterr().out
        assert metrics(text)["HeadersAdapted"] == 1
        told = json.loads(text.splitlines()[0])
        assert (told["adapted"], told["unknown_columns"]) == (["End Time -> end_time"], ["weather"])

    def test_values_that_had_to_be_adapted_are_told(self, lake, capsys):
        clean.handler(event(chunk(line(user_type="Guest"), line(user_type="customer"))), None)
        text = capsys.readouterr().out
        assert metrics(text)["ValuesUnknown"] == 1
        assert json.loads(text.splitlines()[0])["values"] == {"spelling:user_type": 1, "unknown:user_type": 1}


class TestSize:
    def test_compact_rows_go_again_until_all_are_answered_once(self, lake, stream):
        """A call takes 1 MB, which would be 8 MB of answer: what does not fit comes back through the stream."""
        sizes = [compact(n) for n in (6000, 5000)]
        assert len(sizes[0]) / 6000 < 90
        bikes: list[int] = []
        waiting, calls = list(sizes), 0
        while waiting:
            batch, room = [], 1024 * 1024
            while waiting and len(waiting[0]) <= room:
                room -= len(waiting[0])
                batch.append(waiting.pop(0))
            sent = event(*batch)
            answer = clean.handler(sent, None)
            contract.check(sent, answer)
            assert "ProcessingFailed" not in [entry["result"] for entry in answer["records"]]
            bikes += [entry["bike_id"] for r in answer["records"] for entry in parsed(base64.b64decode(r["data"]))]
            waiting += stream.records
            stream.records.clear()
            calls += 1
            assert calls < 20, "it goes round and round"
        assert sorted(bikes) == sorted([*range(6000), *range(5000)])

    def test_a_record_that_fills_an_answer_alone_goes_again_in_pieces(self, lake, stream, capsys):
        sent = event(compact(11000))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert [entry["result"] for entry in answer["records"]] == ["Dropped"]
        assert len(stream.records) > 4
        assert all(piece.startswith(HEADER.encode() + b"\n") for piece in stream.records)
        assert sum(piece.count(b"\n") - 1 for piece in stream.records) == 11000
        found = metrics(capsys.readouterr().out)
        assert (found["RowsIn"], found["RowsSentAgain"]) == (0, 11000)
        assert found["RecordsSentAgain"] == len(stream.records)

    def test_what_is_refused_once_is_sent_once_more(self, lake, stream):
        stream.refusals = 2
        clean.handler(event(compact(11000)), None)
        assert sum(piece.count(b"\n") - 1 for piece in stream.records) == 11000

    def test_what_cannot_be_sent_again_fails_whole(self, lake, stream, monkeypatch, capsys):
        stream.refusals = 1_000_000
        sent = event(compact(11000), chunk(line()))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert [entry["result"] for entry in answer["records"]] == ["ProcessingFailed", "Ok"]
        assert metrics(capsys.readouterr().out)["RecordsFailed"] == 1

    def test_a_row_that_fills_an_answer_alone_fails(self, lake, stream):
        """A control character is six in JSON."""
        sent = event(chunk(line(start_station_name="a" + "\x01" * 900_000 + "b")), chunk(line()))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert [entry["result"] for entry in answer["records"]] == ["ProcessingFailed", "Ok"]
        assert stream.records == []

    def test_rows_left_out_of_a_record_that_goes_again_are_kept_when_it_comes(self, lake, stream):
        clean.handler(event(compact(11000) + line(bike_id="").encode()), None)
        assert list(lake.objects.all()) == []
        assert sum(piece.count(b"\n") - 1 for piece in stream.records) == 11001

    def test_what_fits_is_left_alone(self):
        outcomes = records.records(event(chunk(line()))["records"], BIKES, records.Wish("json"))
        firehose_answer.fit(outcomes)
        assert outcomes[0].result == "Ok"

    def test_sizes_are_told_before_the_answer_is_made(self):
        outcomes = records.records(
            [record(chunk(line()), 'quoted "id" ü'), record(b"x" * 50)], BIKES, records.Wish("json")
        )
        outcomes[0].day = "2019-07-31"
        for outcome in outcomes:
            assert len(json.dumps(outcome.answer())) <= outcome.size() <= len(json.dumps(outcome.answer())) + 20

    def test_a_failed_record_counts_and_keeps_nothing(self):
        outcomes = records.records(
            event(chunk(*[line(), line(bike_id="")] * 9))["records"], BIKES, records.Wish("json")
        )
        firehose_answer.fit(outcomes, most=100, again=False)
        assert (outcomes[0].result, outcomes[0].rows, outcomes[0].left) == ("ProcessingFailed", 0, [])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.one_of(st.just(line()), TEXT), max_size=8).map(lambda lines: chunk(*lines)),
)


@given(
    st.lists(BYTES, max_size=6),
    st.sampled_from(["json", "csv"]),
    st.sampled_from([("0", "arrival"), ("2.1", "arrival"), ("0", "event"), ("2.1", "event")]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_an_answer_that_firehose_takes(lake, stream, monkeypatch, capsys, payloads, output, options):
    ratio, by = options
    monkeypatch.setenv("OUTPUT_FORMAT", output)
    monkeypatch.setenv("PARTITION_BY", by)
    monkeypatch.setenv("BALANCE", ratio)
    sent = event(*payloads)
    capsys.readouterr()
    answer = clean.handler(sent, None)
    contract.check(sent, answer)
    found = metrics(capsys.readouterr().out)
    assert found["RowsIn"] == found["RowsOut"] + found["RowsIncomplete"] + found["RowsSampledOut"]
    assert found["RecordsOk"] + found["RecordsDropped"] + found["RecordsFailed"] == len(payloads)
    assert clean.handler(sent, None) == answer, "a retry answers the same"


def test_importing_the_handler_imports_nothing_heavy():
    program = (
        "import sys, trips.handlers.clean; "
        "heavy = {'boto3', 'botocore', 'pydantic', 'yaml', 'PIL', 'aws_lambda_powertools', 'pandas', 'numpy'}; "
        "heavy &= set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT / "functions", timeout=60)


def test_a_clean_record_imports_nothing_heavy_either():
    program = (
        "import sys, json; from trips.handlers import clean; clean.handler(json.load(sys.stdin), None); "
        "heavy = {'boto3', 'botocore', 'pydantic', 'aws_lambda_powertools'} & set(sys.modules); assert not heavy, heavy"
    )
    environ = {
        "LAKE_BUCKET": LAKE,
        "RECIPE": "bike_share",
        "OUTPUT_FORMAT": "json",
        "BALANCE": "0",
        "POWERTOOLS_SERVICE_NAME": "trips",
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Trips",
    }
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=ROOT / "functions",
        env=environ,
        input=json.dumps(event(chunk(line()))),
        text=True,
        timeout=60,
    )
