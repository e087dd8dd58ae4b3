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
from tests.unit.trips.builders import BIKES, chunk, event, line, parsed, record
from trips.cleaning import firehose_answer, records
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
                "schema": 1,
                "record": "r-0",
                "line": 3,
                "reason": "empty",
                "column": "bike_id",
                "text": line(bike_id=""),
            },
            {
                "schema": 1,
                "record": "r-1",
                "line": 2,
                "reason": "invalid",
                "column": "start_time",
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


class TestSize:
    def test_single_records_fail_until_the_answer_fits(self):
        """A row grows 2.7 times from CSV to JSON: four records of 700 kB come in 3.8 MB and would go out in 10."""
        rows = [line(bike_id=str(n + 1)) for n in range(3500)]
        sent = event(*[chunk(*rows)] * 4, chunk(line()))
        outcomes = records.records(sent["records"], BIKES, "json")
        firehose_answer.fit(outcomes)
        answer = {"records": [outcome.answer() for outcome in outcomes]}
        contract.check(sent, answer)
        results = [outcome.result for outcome in outcomes]
        assert results[-1] == "Ok"
        assert results.count("Ok") >= 2
        assert results.count("ProcessingFailed") >= 1

    def test_the_handler_fits_its_answer(self, lake):
        rows = [line(bike_id=str(n + 1)) for n in range(3500)]
        sent = event(*[chunk(*rows)] * 4, chunk(line()))
        answer = clean.handler(sent, None)
        contract.check(sent, answer)
        assert answer["records"][-1]["result"] == "Ok"

    def test_what_fits_is_left_alone(self):
        outcomes = records.records(event(chunk(line()))["records"], BIKES, "json")
        firehose_answer.fit(outcomes)
        assert outcomes[0].result == "Ok"

    def test_sizes_are_told_before_the_answer_is_made(self):
        outcomes = records.records([record(chunk(line()), 'quoted "id" ü'), record(b"x" * 50)], BIKES, "json")
        for outcome in outcomes:
            assert len(json.dumps(outcome.answer())) <= outcome.size() <= len(json.dumps(outcome.answer())) + 20

    def test_a_failed_record_counts_and_keeps_nothing(self):
        outcomes = records.records(event(chunk(*[line(), line(bike_id="")] * 9))["records"], BIKES, "json")
        firehose_answer.fit(outcomes, most=100)
        assert (outcomes[0].result, outcomes[0].rows, outcomes[0].left) == ("ProcessingFailed", 0, [])


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.one_of(st.just(line()), TEXT), max_size=8).map(lambda lines: chunk(*lines)),
)


@given(st.lists(BYTES, max_size=6), st.sampled_from(["json", "csv"]), st.sampled_from(["0", "2.1"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_an_answer_that_firehose_takes(lake, monkeypatch, capsys, payloads, output, ratio):
    monkeypatch.setenv("OUTPUT_FORMAT", output)
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
