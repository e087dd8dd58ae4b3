"""X-Ray beside the functions: what they tell by datagram, what Lambda tells of them, how AWS's API gives it back."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.services.xray import daemon, service
from local.services.xray.traces import MOST_BYTES, TRACES, BadSegment, Traces, checked
from tests.local.engine_client import engine_client

AT = 1_796_000_000.0


def trace_id(number: int = 0) -> str:
    return f"1-6b0c1e80-{number:024x}"


def segment(**changes: Any) -> dict[str, Any]:
    whole = {"name": "plan", "id": "0" * 16, "trace_id": trace_id(), "start_time": AT, "end_time": AT + 2}
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


def subsegment(number: int, **changes: Any) -> dict[str, Any]:
    own = {"id": f"{number:016x}", "type": "subsegment", "parent_id": "0" * 16, "namespace": "aws", "name": "Polly"}
    return segment(**{**own, **changes})


def kept(*documents: dict[str, Any], most: int = 10) -> Traces:
    made = Traces(most)
    for document in documents:
        made.put(json.dumps(document))
    return made


# What is kept


def test_what_comes_apart_is_put_together_in_any_order():
    inner = subsegment(2, parent_id=f"{1:016x}", name="S3", start_time=AT + 1.5)
    late, early = subsegment(1, start_time=AT + 1), subsegment(3, start_time=AT + 0.5)
    (found,) = kept(inner, late, early, segment()).documents(trace_id()) or []
    assert [each["id"] for each in found["subsegments"]] == [early["id"], late["id"]]
    assert [each["name"] for each in found["subsegments"][1]["subsegments"]] == ["S3"]


def test_a_subsegment_without_its_parent_stands_by_itself():
    assert [each["name"] for each in kept(subsegment(1)).documents(trace_id()) or []] == ["Polly"]


def test_the_end_of_a_segment_replaces_its_beginning():
    (found,) = kept(segment(end_time=None, in_progress=True), segment()).documents(trace_id()) or []
    assert "in_progress" not in found


def test_the_oldest_traces_go():
    made = kept(*(segment(trace_id=trace_id(number)) for number in range(12)), most=10)
    assert made.documents(trace_id(1)) is None
    assert made.documents(trace_id(2)) is not None


def test_looking_changes_nothing():
    made = kept(segment(), subsegment(1))
    assert made.documents(trace_id()) == made.documents(trace_id())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, "name"),
        ({"name": "a<b"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"id": "12"}, "id"),
        ({"trace_id": "1-2-3"}, "trace_id"),
        ({"start_time": "now"}, "start_time"),
        ({"end_time": None}, "end_time"),
        ({"type": "segment"}, "type"),
        ({"type": "subsegment"}, "parent_id"),
        ({"namespace": "own"}, "namespace"),
        ({"fault": "yes"}, "Booleans"),
        ({"aws": "Polly"}, "aws"),
        ({"http": {"response": {"status": "200"}}}, "status"),
        ({"annotations": {"a b": 1}}, "annotations"),
        ({"annotations": {"a": [1]}}, "annotations"),
        ({"cause": {"exceptions": [{"type": "E"}]}}, "cause"),
        ({"cause": {"exceptions": ["E"]}}, "cause"),
    ],
)
def test_a_document_against_the_schema_is_refused(changes, said):
    with pytest.raises(BadSegment, match=said):
        checked(json.dumps(segment(**changes)))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps(segment(metadata={"x": "y" * MOST_BYTES}))])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(BadSegment):
        checked(text)


# Datagrams


@pytest.mark.parametrize(
    ("datagram", "taken"),
    [
        (b'{"format": "json", "version": 1}\n' + json.dumps(segment()).encode(), True),
        (b'{"format":"json","version":1}\n' + json.dumps(segment()).encode(), True),
        (b'{"format": "json", "version": 2}\n' + json.dumps(segment()).encode(), False),
        (json.dumps(segment()).encode(), False),
        (b'{"format": "json", "version": 1}\nT1SCgwKCg==', False),
        (b"\xff\n{}", False),
        (b"", False),
    ],
)
def test_what_the_daemon_takes(datagram, taken):
    found = Traces()
    assert daemon.take(datagram, found) is taken
    assert (found.documents(trace_id()) is not None) is taken


# The API


@pytest.fixture
def xray() -> Iterator[Any]:
    TRACES.clear()
    with engine_client("xray", service.handle) as client:
        yield client
    TRACES.clear()


def put(xray: Any, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    answer = xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(each) for each in documents])
    refused: list[dict[str, Any]] = answer["UnprocessedTraceSegments"]
    return refused


def around() -> dict[str, datetime]:
    middle = datetime.fromtimestamp(AT, UTC)
    return {"StartTime": middle - timedelta(hours=1), "EndTime": middle + timedelta(hours=1)}


def test_a_trace_is_read_as_it_was_put(xray):
    polly = subsegment(1, http={"response": {"status": 200}}, end_time=AT + 3)
    assert put(xray, segment(), polly) == []
    answer = xray.batch_get_traces(TraceIds=[trace_id(), trace_id(7)])
    assert answer["UnprocessedTraceIds"] == [trace_id(7)]
    (trace,) = answer["Traces"]
    assert (trace["Id"], trace["Duration"]) == (trace_id(), 3.0)
    (read,) = (json.loads(each["Document"]) for each in trace["Segments"])
    assert read == {**segment(), "subsegments": [polly]}


def test_of_many_documents_the_bad_ones_are_named(xray):
    (refused,) = put(xray, segment(), segment(id="1" * 16, start_time=None))
    assert refused["Id"] == "1" * 16
    assert "start_time" in refused["Message"]


def test_a_summary_says_what_happened(xray):
    slow = subsegment(1, error=True, throttle=True)
    write = subsegment(2, name="S3", annotations={"condition": "lost", "tries": 2, "held": False})
    put(xray, segment(fault=True), slow, write)
    (summary,) = xray.get_trace_summaries(**around())["TraceSummaries"]
    assert summary["Id"] == trace_id()
    assert (summary["HasFault"], summary["HasError"], summary["HasThrottle"]) == (True, False, True)
    assert {each["Name"] for each in summary["ServiceIds"]} == {"plan", "Polly", "S3"}
    values = {name: found[0]["AnnotationValue"] for name, found in summary["Annotations"].items()}
    assert values == {
        "condition": {"StringValue": "lost"},
        "tries": {"NumberValue": 2.0},
        "held": {"BooleanValue": False},
    }


def test_summaries_come_in_pages_the_newest_first(xray):
    many = service.PAGE * 2 + 1
    put(xray, *(segment(trace_id=trace_id(n), start_time=AT + n, end_time=AT + n + 1) for n in range(many)))
    pages = list(xray.get_paginator("get_trace_summaries").paginate(**around()))
    assert [len(page["TraceSummaries"]) for page in pages] == [service.PAGE, service.PAGE, 1]
    assert [each["Id"] for page in pages for each in page["TraceSummaries"]] == [
        trace_id(number) for number in reversed(range(many))
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"FilterExpression": 'service("Polly")'},
        {"EndTime": datetime.fromtimestamp(AT, UTC) + timedelta(hours=30)},
        {"EndTime": datetime.fromtimestamp(AT, UTC) - timedelta(hours=2)},
        {"NextToken": "further"},
    ],
)
def test_what_cannot_be_listed_is_refused_by_name(xray, changes):
    with pytest.raises(ClientError) as caught:
        xray.get_trace_summaries(**{**around(), **changes})
    assert caught.value.response["Error"]["Code"] == "InvalidRequestException"


def test_an_operation_that_is_not_here_is_told(xray):
    with pytest.raises(ClientError) as caught:
        xray.get_service_graph(**around())
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_member_that_is_missing_is_an_invalid_request(xray):
    xray.meta.events.register("before-call.xray", lambda params, **_: params.update(body=b"{}"))
    with pytest.raises(ClientError) as caught:
        xray.batch_get_traces(TraceIds=["1"])
    assert caught.value.response["Error"]["Code"] == "InvalidRequestException"


# On a cloud


def read(cloud: Any, trace: str) -> list[dict[str, Any]]:
    traces = cloud.client("xray").batch_get_traces(TraceIds=[trace])["Traces"]
    return [json.loads(each["Document"]) for found in traces for each in found["Segments"]]


def test_an_invocation_is_a_segment_under_the_parent_of_its_header(call, cloud):
    environ = call("Traced", {"do": "environ"})["payload"]["environ"]
    parts = dict(part.split("=") for part in environ["_X_AMZN_TRACE_ID"].split(";"))
    (found,) = read(cloud, parts["Root"])
    assert (found["id"], found["name"]) == (parts["Parent"], cloud.physical_id("Traced"))
    assert found["origin"] == "AWS::Lambda::Function"
    assert "fault" not in found


def test_an_invocation_that_fails_is_a_fault(call, cloud):
    begun = datetime.now(UTC) - timedelta(minutes=1)
    call("Traced", {"do": "raise"})
    listed = cloud.client("xray").get_trace_summaries(StartTime=begun, EndTime=begun + timedelta(hours=1))
    newest = listed["TraceSummaries"][0]
    assert newest["HasFault"] is True
    assert [each["Name"] for each in newest["ServiceIds"]] == [cloud.physical_id("Traced")]


def test_a_function_that_is_not_traced_has_no_header_and_no_segment(call):
    assert "_X_AMZN_TRACE_ID" not in call("Plain", {"do": "environ"})["payload"]["environ"]


def test_a_datagram_of_a_function_is_read_by_the_api(call, cloud):
    """The daemon's address is the function's alone to know; a test may ask it."""
    host, port = call("Traced", {"do": "environ"})["payload"]["environ"]["AWS_XRAY_DAEMON_ADDRESS"].split(":")
    assert host == "127.0.0.1"
    trace = f"1-6b0c1e80-{uuid4().hex[:24]}"
    document = subsegment(1, trace_id=trace)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b'{"format": "json", "version": 1}\n' + json.dumps(document).encode(), (host, int(port)))
    while not (found := read(cloud, trace)):
        time.sleep(0.02)  # another process reads it; the test's own time limit ends this
    assert found == [document]
