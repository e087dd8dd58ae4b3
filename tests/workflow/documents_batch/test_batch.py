"""The machine of a batch with its real handlers; the machine for one document does what its keys say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.waiting import eventually
from tests.workflow.documents_batch.conftest import Batches, scripted

ALL = scripted(fail="fail", reject="rejected", twice="duplicate", old="superseded", odd="splendid")


@pytest.fixture(autouse=True)
def _played(batches: Batches) -> Iterator[None]:
    with batches.played_by(ALL):
        yield


def test_every_document_of_a_prefix_has_an_outcome(batches: Batches, prefix: str) -> None:
    names = ["a note.txt", "ü+%.pdf", "twice", "old", "reject", "fail", "odd"]
    batches.upload(*(prefix + name for name in [*names, "", "packet.json"]))
    output = batches.run({"prefix": prefix})
    assert output["counts"] == {
        "total": 7,
        "summarized": 2,
        "duplicate": 1,
        "superseded": 1,
        "ignored": 0,
        "rejected": 1,
        "failed": 2,
        "skipped": 0,
        "missing": 0,
    }
    failures = {line["key"].removeprefix(prefix): line for line in batches.lines(output["failures"])}
    assert {name: line["error"] for name, line in failures.items()} == {
        "reject": "BrokenDocument",
        "fail": "Broken",
        "odd": "UnknownOutcome",
    }
    arn = failures["fail"]["execution"]
    assert arn.startswith(batches.document_machine.replace(":stateMachine:", ":execution:"))
    assert batches.states.describe_execution(executionArn=arn)["status"] == "FAILED"
    report = json.loads(batches.s3.get_object(Bucket=batches.summaries, Key=output["report"])["Body"].read())
    assert (report["counts"], report["left_out"]) == (output["counts"], {"not_documents": 2, "repeated": 0})


def test_the_failures_can_be_fed_back_in(batches: Batches, prefix: str) -> None:
    batches.upload(prefix + "fine", prefix + "fail", prefix + "reject")
    output = batches.run({"prefix": prefix})
    address = f"s3://{batches.summaries}/{output['failures']}"
    with batches.played_by(scripted()):
        assert batches.counts({"manifest": address}) == {"total": 2, "summarized": 2}


def test_a_list_of_more_than_a_state_may_carry(batches: Batches, prefix: str) -> None:
    keys = [f"{prefix}{number:03}{'x' * 900}" for number in range(300)]
    body = ("key,pages\n" + "".join(f"{key},1\n" for key in keys)).encode()
    assert len(body) > 262_144
    manifest = batches.keep(f"batches/{prefix}list.csv", body)
    assert batches.counts({"manifest": manifest}) == {"total": 300, "summarized": 300}


def test_a_manifest_that_names_a_document_twice_does_it_once(batches: Batches, prefix: str) -> None:
    line = json.dumps({"key": f"{prefix}a"}) + "\n"
    manifest = batches.keep(f"batches/{prefix}list.jsonl", (line * 3).encode())
    assert batches.counts({"manifest": manifest}) == {"total": 1, "summarized": 1}


def test_nothing_to_do_is_reported_too(batches: Batches, prefix: str) -> None:
    output = batches.run({"prefix": prefix})
    assert (output["counts"]["total"], output["failures"]) == (0, None)


@pytest.mark.parametrize(
    "request_", [{}, [], {"prefix": "a", "skipdone": True}, {"manifest": "s3://millrace-nowhere"}], ids=str
)
def test_a_request_that_makes_no_sense_starts_nothing(batches: Batches, request_: object) -> None:
    execution = batches.start(request_)
    assert batches.ended(execution)["error"] == "InvalidBatch"
    assert batches.states.list_map_runs(executionArn=execution)["mapRuns"] == []


def test_a_line_that_names_nothing_starts_nothing(batches: Batches, prefix: str) -> None:
    manifest = batches.keep(f"batches/{prefix}list.jsonl", b'{"key": "a"}\n{"kye": "b"}\n')
    execution = batches.start({"manifest": manifest})
    found = batches.ended(execution)
    assert (found["error"], "Line 2" in found["cause"]) == ("InvalidBatch", True)


def test_a_batch_that_failed_is_kept_for_a_redrive(batches: Batches, prefix: str) -> None:
    # A key that the function may not read, in a bucket where it may read others.
    execution = batches.start({"manifest": f"s3://{batches.summaries}/{prefix}nowhere"})
    found = batches.ended(execution)
    assert (found["error"], "BatchManifestBucket" in found["cause"]) == ("InvalidBatch", True)
    queue, sqs = batches.cloud.outputs["DocumentsFailedQueueUrl"], batches.cloud.client("sqs")

    def kept() -> bool | None:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=1).get("Messages", [])
        details = [json.loads(message["Body"])["detail"] for message in messages]
        return any(each["executionArn"] == execution and prefix in each["input"] for each in details) or None

    eventually(kept, "message about the batch")


def test_progress_can_be_seen_and_a_stopped_batch_stops_its_documents(batches: Batches, prefix: str) -> None:
    manifest = batches.keep(f"batches/{prefix}list.csv", f"key\n{prefix}fine\n{prefix}wait\n".encode())
    with batches.played_by(scripted(wait="wait")):
        execution = batches.start({"manifest": manifest})
        eventually(lambda: batches.states.list_map_runs(executionArn=execution)["mapRuns"] or None, "the map run")
        counts = {"total": 2, "succeeded": 1, "running": 1}
        eventually(lambda: counts.items() <= batches.map_run(execution)["itemCounts"].items() or None, "progress")
        batches.states.stop_execution(executionArn=execution)
        eventually(lambda: batches.map_run(execution)["status"] == "ABORTED" or None, "the map's end")

        def stopped() -> bool | None:
            listed = batches.states.list_executions(stateMachineArn=batches.document_machine, statusFilter="ABORTED")
            arns = [entry["executionArn"] for entry in listed["executions"]]
            inputs = [batches.states.describe_execution(executionArn=arn)["input"] for arn in arns]
            return any(f"{prefix}wait" in text for text in inputs) or None

        eventually(stopped, "the document's end")


def test_a_text_again_reaches_each_document(batches: Batches, prefix: str) -> None:
    batches.upload(prefix + "a")
    seen = {
        "QueryLanguage": "JSONata",
        "StartAt": "S",
        "States": {
            "S": {"Type": "Succeed", "Output": {"outcome": "rejected", "error": "{% $states.input.detail.again %}"}}
        },
    }
    with batches.played_by(seen):
        output = batches.run({"prefix": prefix, "again": "once-more"})
    assert [line["error"] for line in batches.lines(output["failures"])] == ["once-more"]


class TestRights:
    """Each right of the machine's role is needed: without it a batch does not succeed."""

    @pytest.fixture
    def role(self, batches: Batches) -> str:
        described = batches.states.describe_state_machine(stateMachineArn=batches.batch_machine)
        return str(described["roleArn"]).rsplit("/", 1)[-1]

    @pytest.mark.parametrize(
        ("statement", "action"),
        [
            ("StartSummaries", "states:StartExecution"),
            ("WaitForSummaries", "states:DescribeExecution"),
            ("WaitForSummaries", "states:StopExecution"),
            ("HearOfTheirEnd", "events:PutRule"),
            ("HearOfTheirEnd", "events:PutTargets"),
            ("HearOfTheirEnd", "events:DescribeRule"),
            ("ReadTheList", "s3:GetObject"),
            ("WriteResults", "s3:PutObject"),
            ("StartChildren", "states:StartExecution"),
        ],
    )
    def test_without_one_of_them(self, batches: Batches, prefix: str, role: str, statement: str, action: str) -> None:
        iam = batches.cloud.client("iam")
        name, document = self.holding(iam, role, statement)
        less = json.loads(json.dumps(document))
        (found,) = [each for each in less["Statement"] if each.get("Sid") == statement]
        actions = [found["Action"]] if isinstance(found["Action"], str) else found["Action"]
        found["Action"] = [each for each in actions if each != action] or ["states:Nothing"]
        manifest = batches.keep(f"batches/{prefix}list.csv", f"key\n{prefix}fine\n".encode())
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less))
        try:
            with batches.hurried():
                ended = batches.ended(batches.start({"manifest": manifest}))
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        if ended["status"] == "SUCCEEDED":
            assert json.loads(ended["output"])["counts"]["failed"] == 1
        else:
            assert f"not authorized to perform: {action}" in ended["cause"]
        assert batches.counts({"manifest": manifest}) == {"total": 1, "summarized": 1}

    def holding(self, iam: object, role: str, statement: str) -> tuple[str, dict]:
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            document = json.loads(document) if isinstance(document, str) else document
            if any(each.get("Sid") == statement for each in document["Statement"]):
                return name, document
        raise AssertionError(f"{role} has no statement {statement}")
