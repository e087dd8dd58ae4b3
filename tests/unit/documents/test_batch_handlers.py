"""BatchPrepare and BatchReport on buckets in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from documents.errors import BatchIncomplete, BatchTooLarge, InvalidBatch
from documents.handlers.batch import prepare as batch_prepare
from documents.handlers.batch import report as batch_report
from tests import samples
from tests.unit.documents.conftest import Account
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES


class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    def __init__(self, left: int = 900_000) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> int:
        return self.left


def body(account: Account, key: str) -> bytes:
    return bytes(account.s3.get_object(Bucket=SUMMARIES, Key=key)["Body"].read())


def lines(account: Account, key: str) -> list[Any]:
    return [json.loads(line) for line in body(account, key).decode().split("\n") if line]


def put(account: Account, *keys: str, text: bytes = b"x") -> None:
    for key in keys:
        account.s3.put_object(Bucket=INBOX, Key=key, Body=text)


def prepare(request: Any, context: Context | None = None) -> dict[str, Any]:
    return batch_prepare.handler({"request": request, "batch": "b1"}, context or Context())


class TestPrepare:
    def test_a_prefix(self, account: Account) -> None:
        put(account, "in/b", "in/a ü+", "in/", "in/packet.json", "out/c")
        found = prepare({"prefix": "in/"})
        assert found == {
            "batch": "b1",
            "bucket": SUMMARIES,
            "inbox": INBOX,
            "list": "batches/b1/list.jsonl",
            "documents": 2,
            "skipped": 0,
            "left_out": {"not_documents": 2, "repeated": 0},
            "again": "",
        }
        assert lines(account, found["list"]) == [{"key": "in/a ü+"}, {"key": "in/b"}]
        assert prepare({"prefix": "in/"}) == found

    def test_more_than_one_page_of_a_listing(self, account: Account) -> None:
        put(account, *(f"many/{number:04}" for number in range(1005)))
        assert prepare({"prefix": "many/"})["documents"] == 1005

    def test_a_manifest(self, account: Account) -> None:
        account.s3.put_object(Bucket=SUMMARIES, Key="batches/b0/failures.jsonl", Body=b'{"key":"x","error":"E"}\n')
        found = prepare({"manifest": f"s3://{SUMMARIES}/batches/b0/failures.jsonl", "again": "now"})
        assert (found["documents"], found["again"]) == (1, "now")
        assert lines(account, found["list"]) == [{"key": "x"}]

    def test_a_manifest_that_is_not_there(self, account: Account) -> None:
        with pytest.raises(InvalidBatch, match="no object"):
            prepare({"manifest": f"s3://{SUMMARIES}/nowhere"})
        with pytest.raises(InvalidBatch, match="BatchManifestBucket"):
            prepare({"manifest": "s3://a-bucket-of-nobody/list.csv"})

    def test_nothing_is_written_for_a_manifest_that_is_wrong(self, account: Account) -> None:
        account.s3.put_object(Bucket=SUMMARIES, Key="m", Body=b'{"key":"x"}\nnonsense\n')
        with pytest.raises(InvalidBatch, match="Line 2"):
            prepare({"manifest": f"s3://{SUMMARIES}/m"})
        assert "Contents" not in account.s3.list_objects_v2(Bucket=SUMMARIES, Prefix="batches/")

    def test_nothing_to_do_is_an_empty_list(self, account: Account) -> None:
        assert prepare({"prefix": "nowhere/"})["documents"] == 0
        assert body(account, "batches/b1/list.jsonl") == b""

    def test_what_is_done_is_left_out_and_what_changed_is_not(self, account: Account) -> None:
        long = "in/" + "x" * 1015  # its summary could have no key
        put(account, "in/done", "in/changed", "in/new", "in/odd", long)
        tag = account.s3.head_object(Bucket=INBOX, Key="in/done")["ETag"].strip('"')
        summaries = {"done": {"document": {"etag": tag}}, "changed": {"document": {"etag": "older"}}, "odd": []}
        for name, summary in summaries.items():
            account.s3.put_object(Bucket=SUMMARIES, Key=f"summaries/in/{name}.json", Body=json.dumps(summary))
        found = prepare({"prefix": "in/", "skip_done": True})
        assert (found["documents"], found["skipped"]) == (4, 1)
        assert [row["key"] for row in lines(account, found["list"])] == ["in/changed", "in/new", "in/odd", long]

    def test_what_cannot_be_listed_in_time_is_refused_and_not_cut_off(self, account: Account) -> None:
        put(account, "in/a")
        with pytest.raises(BatchTooLarge, match="split"):
            prepare({"prefix": "in/"}, Context(left=59_000))


def done(key: str, outcome: str = "summarized", error: str = "") -> dict[str, Any]:
    return {"key": key, "outcome": outcome, "error": error}


def died(key: str) -> dict[str, Any]:
    given = json.dumps({"key": key, "inbox": INBOX, "again": ""})
    return {"Input": given, "Status": "FAILED", "Error": "States.DataLimitExceeded", "ExecutionArn": "arn:child"}


class TestReport:
    def state(self, account: Account, keys: list[str], files: dict[str, list[Any]], skipped: int = 0) -> dict[str, Any]:
        """What the machine gives, with the map's files as ResultWriter leaves them."""
        found: dict[str, list[dict[str, Any]]] = {}
        for status, rows in files.items():
            found[status] = []
            for number, row in enumerate(rows):
                key = f"batches/b1/results/id/{status}_{number}.jsonl"
                account.s3.put_object(Bucket=SUMMARIES, Key=key, Body=json.dumps(row, ensure_ascii=False) + "\n")
                found[status].append({"Key": key, "Size": 1})
        manifest = "batches/b1/results/id/manifest.json"
        account.s3.put_object(Bucket=SUMMARIES, Key=manifest, Body=json.dumps({"ResultFiles": found}))
        listed = "".join(json.dumps({"key": key}) + "\n" for key in keys)
        account.s3.put_object(Bucket=SUMMARIES, Key="batches/b1/list.jsonl", Body=listed)
        return {
            "batch": "b1",
            "list": "batches/b1/list.jsonl",
            "documents": len(keys),
            "skipped": skipped,
            "left_out": {"not_documents": 1, "repeated": 0},
            "request": {"prefix": "in/"},
            "execution": "arn:execution",
            "started_at": "2026-01-01T00:00:00Z",
            "ended_at": "2026-01-01T00:01:00Z",
            "results": {"MapRunArn": "arn:run", "ResultWriterDetails": {"Bucket": SUMMARIES, "Key": manifest}},
        }

    def test_every_document_is_counted_and_what_failed_is_listed(self, account: Account) -> None:
        files = {
            "SUCCEEDED": [done("a"), done("b", "duplicate"), done("c", "rejected", "BrokenDocument")],
            "FAILED": [died("ü")],
            "PENDING": [],
        }
        state = self.state(account, ["a", "b", "c", "ü"], files, skipped=2)
        answer = batch_report.handler(state, Context())
        counts = {"total": 6, "summarized": 1, "duplicate": 1, "rejected": 1, "failed": 1, "skipped": 2}
        assert answer["counts"] == answer["counts"] | counts
        report = json.loads(body(account, answer["report"]))
        assert (report["counts"], report["map_run"], report["schema"]) == (answer["counts"], "arn:run", 1)
        assert (report["request"], report["failures"]) == ({"prefix": "in/"}, "batches/b1/failures.jsonl")
        assert lines(account, answer["failures"]) == [
            {"key": "c", "outcome": "rejected", "error": "BrokenDocument"},
            {"key": "ü", "outcome": "failed", "error": "States.DataLimitExceeded", "execution": "arn:child"},
        ]
        assert batch_report.handler(state, Context()) == answer

    def test_no_failures_no_file(self, account: Account) -> None:
        answer = batch_report.handler(self.state(account, ["a"], {"SUCCEEDED": [done("a")]}), Context())
        assert answer["failures"] is None

    def test_a_batch_that_found_nothing_says_what_to_look_at(self, account: Account) -> None:
        nothing = {"results": None, "left_out": {"not_documents": 0, "repeated": 0}}
        state = self.state(account, [], {}) | nothing
        answer = batch_report.handler(state, Context())
        assert (answer["counts"]["total"], answer["failures"]) == (0, None)
        assert answer["hint"].startswith("No object of the inbox has a key that begins with 'in/'")
        assert json.loads(body(account, answer["report"]))["hint"] == answer["hint"]
        folders = state | {"left_out": {"not_documents": 2, "repeated": 0}}
        assert "all 2 keys are folders" in batch_report.handler(folders, Context())["hint"]
        manifest = state | {"request": {"manifest": "s3://b/k"}}
        assert batch_report.handler(manifest, Context())["hint"] == "The manifest s3://b/k names no document."

    def test_a_batch_that_found_something_has_no_hint(self, account: Account) -> None:
        answer = batch_report.handler(self.state(account, ["a"], {"SUCCEEDED": [done("a")]}), Context())
        assert answer["hint"] is None

    def test_nothing_to_do(self, account: Account) -> None:
        state = self.state(account, [], {}, skipped=3) | {"results": None}
        assert batch_report.handler(state, Context())["counts"]["total"] == 3

    @pytest.mark.parametrize(
        ("rows", "missing"), [([done("a")], 1), ([done("a"), done("b"), done("b")], 0)], ids=["missing", "double"]
    )
    def test_a_sum_that_is_not_whole_fails_after_the_report(
        self, account: Account, rows: list[Any], missing: int
    ) -> None:
        with pytest.raises(BatchIncomplete):
            batch_report.handler(self.state(account, ["a", "b"], {"SUCCEEDED": rows}), Context())
        assert json.loads(body(account, "batches/b1/report.json"))["counts"]["missing"] == missing
        if missing:
            assert lines(account, "batches/b1/failures.jsonl") == [
                {"key": "b", "outcome": "missing", "error": "NoResult"}
            ]

    def test_result_files_that_are_gone_are_no_success(self, account: Account) -> None:
        state = self.state(account, ["a"], {"SUCCEEDED": [done("a")]})
        for key in ("batches/b1/results/id/SUCCEEDED_0.jsonl", "batches/b1/results/id/manifest.json"):
            account.s3.delete_object(Bucket=SUMMARIES, Key=key)
            with pytest.raises(BatchIncomplete, match="gone"):
                batch_report.handler(state, Context())


class TestSamples:
    def test_the_machine_takes_its_sample(self, account: Account) -> None:
        sample = samples.document("summarize_batch")
        assert prepare(sample)["documents"] == 0

    def test_prepare_takes_its_sample(self, account: Account) -> None:
        sample = samples.document("documents_batch_prepare")
        put(account, sample["request"]["prefix"] + "a.pdf")
        assert batch_prepare.handler(sample, Context())["documents"] == 1

    def test_report_takes_its_sample(self, account: Account) -> None:
        sample = samples.document("documents_batch_report")
        details = sample["results"]["ResultWriterDetails"]
        rows = "key/SUCCEEDED_0.jsonl"
        objects = {
            sample["list"]: '{"key":"a"}\n{"key":"b"}\n{"key":"c"}\n',
            rows: "".join(json.dumps(done(key)) + "\n" for key in "abc"),
            details["Key"]: json.dumps({"ResultFiles": {"SUCCEEDED": [{"Key": rows, "Size": 1}]}}),
        }
        for key, text in objects.items():
            account.s3.put_object(Bucket=SUMMARIES, Key=key, Body=text)
        counts = batch_report.handler(sample, Context())["counts"]
        assert (counts["total"], counts["summarized"], counts["skipped"]) == (3, 3, 0)
