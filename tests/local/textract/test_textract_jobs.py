"""Jobs without a cloud around them: pages of results, tokens, faults on request. S3 and SNS are dictionaries here."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.cloud.http import Request, Response
from local.services import CONTROL
from local.services.textract import access, service, switches
from local.services.textract.access import Found, Reference
from local.services.textract.errors import InvalidS3Object
from tests.local.textract.builders import Answer, call, error, pdf_of, waited

ACCOUNT = "123456789012"
CHANNEL = {"SNSTopicArn": "arn:aws:sns:us-east-1:123456789012:done", "RoleArn": "arn:aws:iam::123456789012:role/r"}


@dataclass
class World:
    """What Textract sees of S3 and SNS."""

    objects: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def look(self, _request: Request, wanted: Reference) -> Found:
        if wanted.key not in self.objects:
            raise InvalidS3Object
        return Found(len(self.objects[wanted.key]), "etag")

    def read(self, _region: str, wanted: Reference, _found: Found) -> bytes:
        if wanted.key not in self.objects:
            raise InvalidS3Object
        return self.objects[wanted.key]

    def write(self, _region: str, bucket: str, key: str, body: bytes) -> None:
        self.written[f"{bucket}/{key}"] = body

    def publish(self, _region: str, role: str, topic: str, message: str) -> None:
        assert (topic, role) == (CHANNEL["SNSTopicArn"], CHANNEL["RoleArn"])
        self.messages.append(json.loads(message))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    for name in ("look", "read", "write", "publish"):
        monkeypatch.setattr(access, name, getattr(made, name))
    monkeypatch.setattr(access, "check_role", lambda *_: None)
    monkeypatch.setattr(access, "allow_output", lambda *_: None)
    made.objects["two.pdf"] = pdf_of("Invoice Number: 4711", "Total: 12.50", pages=2)
    service.JOBS.forget()
    switches.clear()
    switches.USAGE.reset()
    switches.THROTTLES.override("off")
    yield made
    waited(lambda: service.JOBS.running() == 0)  # a job must not outlive the world it reads and writes
    switches.THROTTLES.override(None)
    switches.clear()


def start(key: str = "two.pdf", operation: str = "StartDocumentAnalysis", **members: object) -> Response:
    body: dict[str, object] = {"DocumentLocation": {"S3Object": {"Bucket": "inbox", "Name": key}}, **members}
    if operation == "StartDocumentAnalysis":
        body.setdefault("FeatureTypes", ["FORMS"])
    return call(operation, body, account=ACCOUNT)


def job(*arguments: Any, **members: Any) -> str:
    response = start(*arguments, **members)
    assert response.status == 200, response.body
    return str(json.loads(response.body)["JobId"])


def get(job_id: str, **members: object) -> dict[str, Any]:
    response = call("GetDocumentAnalysis", {"JobId": job_id, **members}, account=ACCOUNT)
    assert response.status == 200, response.body
    return dict(json.loads(response.body))


def ended(job_id: str) -> dict[str, Any]:
    return dict(waited(lambda: (found := get(job_id))["JobStatus"] != "IN_PROGRESS" and found))


def told(world: World, count: int) -> list[dict[str, Any]]:
    return list(waited(lambda: len(world.messages) >= count and world.messages))


def control(method: str, what: str, body: object = None) -> Response:
    data = json.dumps(body).encode() if body is not None else b""
    return CONTROL["/_local/textract"](Request(method, f"/_local/textract/{what}", {}, {}, data, "us-east-1", ACCOUNT))


# --- results ---------------------------------------------------------------------------------------------------


def test_all_pages_are_in_the_result_in_order(world: World) -> None:
    found = ended(job())
    assert found["DocumentMetadata"] == {"Pages": 2}
    assert found["JobStatus"] == "SUCCEEDED"
    assert [block["Page"] for block in found["Blocks"]] == sorted(block["Page"] for block in found["Blocks"])
    assert len([block for block in found["Blocks"] if block["BlockType"] == "PAGE"]) == 2
    Answer(found["Blocks"])  # no id twice, over the pages too


def test_results_come_in_pages_that_join_to_the_whole(world: World) -> None:
    identifier = job()
    whole = ended(identifier)["Blocks"]
    joined, token, count = [], None, 0
    while True:
        part = get(identifier, MaxResults=7, **({"NextToken": token} if token else {}))
        assert len(part["Blocks"]) <= 7
        assert part["DocumentMetadata"] == {"Pages": 2}
        joined += part["Blocks"]
        count += 1
        token = part.get("NextToken")
        if token is None:
            break
    assert joined == whole
    assert count == -(-len(whole) // 7)


def test_no_answer_has_more_than_a_thousand_blocks(world: World) -> None:
    world.objects["long.pdf"] = pdf_of(*("word " * 18 for _ in range(30)), pages=2)
    identifier = job("long.pdf")
    assert len(ended(identifier)["Blocks"]) == 1000
    assert len(get(identifier, MaxResults=5000)["Blocks"]) == 1000
    assert "NextToken" in get(identifier)


@pytest.mark.parametrize("token", ["bm9uc2Vuc2U=", "%%%", "é"])
def test_a_token_that_was_never_given_is_refused(world: World, token: str) -> None:
    identifier = job()
    ended(identifier)
    response = call("GetDocumentAnalysis", {"JobId": identifier, "NextToken": token}, account=ACCOUNT)
    assert error(response) == "InvalidParameterException"


def test_another_account_and_operation_do_not_see_the_job(world: World) -> None:
    identifier = job()
    assert error(call("GetDocumentAnalysis", {"JobId": identifier}, account="9" * 12)) == "InvalidJobIdException"
    other = call("GetDocumentTextDetection", {"JobId": identifier}, account=ACCOUNT)
    assert error(other) == "InvalidJobIdException"


def test_the_output_is_in_files_of_a_thousand_blocks(world: World) -> None:
    world.objects["long.pdf"] = pdf_of(*("word " * 18 for _ in range(30)), pages=2)
    identifier = job("long.pdf", OutputConfig={"S3Bucket": "outbox", "S3Prefix": "results"})
    first = ended(identifier)
    names = [f"outbox/results/{identifier}/{number}" for number in (1, 2)]
    assert list(world.written) == names
    parts = [json.loads(world.written[name]) for name in names]
    assert len(parts[0]["Blocks"]) == 1000
    assert [block["Id"] for block in parts[0]["Blocks"]] == [block["Id"] for block in first["Blocks"]]
    assert parts[0]["NextToken"] is not None
    assert parts[1]["NextToken"] is None
    assert all(part["DocumentMetadata"] == {"Pages": 2} for part in parts)
    members = {"BlockType", "Id", "Text", "Query", "RowIndex", "Relationships", "PageClassification", "Hint"}
    assert all(members <= set(block) for part in parts for block in part["Blocks"])


# --- what cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"just text", "INVALID_IMAGE_TYPE"),
        (b"%PDF-1.4\nbroken", "INVALID_IMAGE_TYPE"),
        (b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024 * 1024), "DOCUMENT_TOO_LARGE"),
    ],
)
def test_a_document_that_cannot_be_read_fails_its_job(world: World, data: bytes, message: str) -> None:
    world.objects["bad"] = data
    found = ended(job("bad", NotificationChannel=CHANNEL))
    assert (found["JobStatus"], found["StatusMessage"]) == ("FAILED", message)
    assert "Blocks" not in found
    assert told(world, 1)[0]["Status"] == "FAILED"


def test_an_object_that_is_gone_at_the_start_is_refused(world: World) -> None:
    assert error(start("none.pdf")) == "InvalidS3ObjectException"


def test_a_document_of_two_frames_is_taken(world: World) -> None:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(
        data, "TIFF", save_all=True, append_images=[Image.new("RGB", (200, 300), "white")]
    )
    world.objects["two.tiff"] = data.getvalue()
    assert ended(job("two.tiff"))["DocumentMetadata"] == {"Pages": 2}


# --- tokens ----------------------------------------------------------------------------------------------------


def test_the_same_token_gives_the_same_job(world: World) -> None:
    first = job(ClientRequestToken="token-1")
    assert job(ClientRequestToken="token-1") == first
    assert job(ClientRequestToken="token-2") != first
    assert switches.USAGE.counts()["StartDocumentAnalysis"] == 3


def test_the_same_token_with_another_request_is_a_mismatch(world: World) -> None:
    job(ClientRequestToken="token-1")
    response = start(ClientRequestToken="token-1", FeatureTypes=["TABLES"])
    assert error(response) == "IdempotentParameterMismatchException"


# --- faults ----------------------------------------------------------------------------------------------------


def test_a_job_can_be_late(world: World) -> None:
    assert control("POST", "jobs", {"delay": 0.6}).status == 200
    late, punctual = job(NotificationChannel=CHANNEL), job()
    ended(punctual)
    assert get(late)["JobStatus"] == "IN_PROGRESS"
    assert "Blocks" not in get(late)
    assert world.messages == []
    assert ended(late)["JobStatus"] == "SUCCEEDED"
    told(world, 1)


def test_a_job_can_fail_with_a_message(world: World) -> None:
    control("POST", "jobs", {"status": "FAILED", "message": "INTERNAL_ERROR"})
    found = ended(job(NotificationChannel=CHANNEL))
    assert (found["JobStatus"], found["StatusMessage"]) == ("FAILED", "INTERNAL_ERROR")
    assert told(world, 1)[0]["Status"] == "FAILED"


def test_a_job_can_lose_pages(world: World) -> None:
    control("POST", "jobs", {"status": "PARTIAL_SUCCESS", "lost_pages": [2]})
    found = ended(job())
    assert found["JobStatus"] == "PARTIAL_SUCCESS"
    assert found["Warnings"] == [{"ErrorCode": "INTERNAL_ERROR", "Pages": [2]}]
    assert {block["Page"] for block in found["Blocks"]} == {1}
    assert found["DocumentMetadata"] == {"Pages": 2}


@pytest.mark.parametrize("count", [0, 2])
def test_a_completion_can_be_told_never_or_twice(world: World, count: int) -> None:
    control("POST", "jobs", {"notifications": count})
    struck = job(NotificationChannel=CHANNEL)
    ended(struck)
    following = job(NotificationChannel=CHANNEL)
    ids = [message["JobId"] for message in told(world, count + 1)]
    assert sorted(ids) == sorted([struck] * count + [following])


def test_faults_strike_as_often_as_asked_and_the_oldest_first(world: World) -> None:
    control("POST", "jobs", {"status": "FAILED", "times": 2})
    control("POST", "jobs", {"status": "PARTIAL_SUCCESS", "lost_pages": [1], "times": None})
    outcomes = [ended(job())["JobStatus"] for _ in range(4)]
    assert outcomes == ["FAILED", "FAILED", "PARTIAL_SUCCESS", "PARTIAL_SUCCESS"]
    control("DELETE", "jobs")
    assert ended(job())["JobStatus"] == "SUCCEEDED"


def test_calls_can_fail_with_a_named_error(world: World) -> None:
    fault = {"error": "ThrottlingException", "operation": "StartDocumentAnalysis", "times": 2}
    assert control("POST", "calls", fault).status == 200
    assert call("GetDocumentAnalysis", {"JobId": "a" * 64}).status == 400  # another operation: not struck
    assert [error(start()), error(start())] == ["ThrottlingException"] * 2
    assert start().status == 200


def test_a_fault_of_the_service_is_a_500(world: World) -> None:
    control("POST", "calls", {"error": "InternalServerError"})
    response = start()
    assert (response.status, error(response)) == (500, "InternalServerError")


def test_too_many_jobs_are_refused_until_one_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "JOBS", 1)
    control("POST", "throttle", {"setting": "on"})
    control("POST", "jobs", {"delay": 0.4})
    first = job()
    assert error(start()) == "LimitExceededException"
    ended(first)
    assert start().status == 200


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("jobs", {"status": "DONE"}),
        ("jobs", {"delay": -1}),
        ("jobs", {"times": 0}),
        ("jobs", {"lost_pages": [0]}),
        ("jobs", []),
        ("calls", {}),
        ("calls", {"error": "NoSuchError"}),
        ("calls", {"error": "ThrottlingException", "times": 0}),
        ("throttle", {"setting": "fast"}),
        ("throttle", {}),
    ],
)
def test_a_wrong_wish_is_explained(world: World, what: str, body: object) -> None:
    response = control("POST", what, body)
    assert response.status == 400
    assert what in json.loads(response.body)["message"]
    assert start().status == 200


def test_usage_counts_calls_pages_notifications_and_errors(world: World) -> None:
    identifier = job(NotificationChannel=CHANNEL)
    ended(identifier)
    told(world, 1)
    start("none.pdf")
    counted = waited(lambda: (u := json.loads(control("GET", "usage").body)).get("notifications") and u)
    assert counted["StartDocumentAnalysis"] == 1
    assert counted["pages"] == 2
    assert counted["notifications"] == 1
    assert counted["InvalidS3ObjectException"] == 1
    control("DELETE", "usage")
    assert json.loads(control("GET", "usage").body) == {}


def test_other_paths_are_not_found() -> None:
    assert control("GET", "nonsense").status == 404
    assert control("PUT", "jobs").status == 404
