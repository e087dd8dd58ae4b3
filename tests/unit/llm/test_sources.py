"""The other ways to a pair: log events by a subscription filter, the output of batch inference, packed records."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from common import aws
from llm import model
from llm.errors import NotLogEvents
from llm.handlers import read_logs, read_stream, take_events
from llm.logs import aggregates, batch_outputs, log_events, messages
from llm.logs.batch_outputs import Job
from llm.logs.rules import Rules
from llm.model import Pair
from llm.modules.ingest import Ingest
from tests import samples
from tests.unit.llm import builders, emf, worker
from tests.unit.llm.builders import ANSWERED, ASKED, AT, converse
from tests.unit.llm.worker import kinesis, said

GROUP = "bedrock/calls"


@pytest.fixture
def totals(account, monkeypatch, request, capsys):
    ingest = Ingest(lambda: AT.timestamp() + 60)
    with worker.running(monkeypatch, request.node.name, ingest, worker.Counting()):
        take_events._settings.cache_clear()
        yield lambda: emf.totals(capsys.readouterr().out)
        take_events._settings.cache_clear()


# Log events


def message(*events, kind="DATA_MESSAGE", **changes):
    """A delivery as CloudWatch Logs packs it; each event is a record, or text as it stands."""
    texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
    body = {
        "messageType": kind,
        "owner": builders.ACCOUNT,
        "logGroup": GROUP,
        "logStream": "aws/bedrock/modelinvocations",
        "subscriptionFilters": ["millrace"],
        "logEvents": [
            {"id": str(number), "timestamp": int(AT.timestamp() * 1000), "message": text}
            for number, text in enumerate(texts)
        ],
        **changes,
    }
    return gzip.compress(json.dumps(body).encode())


def delivered(packed):
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def take(packed):
    return take_events.handler(delivered(packed), worker.Context())


def read_what_waits(key, received=1):
    found = boto3.client("s3").head_object(Bucket=worker.PAIRS, Key=key)
    return worker.handle(worker.message(worker.event_of(key, found["ETag"], worker.PAIRS), received))


def test_log_events_become_an_object_that_is_measured_once(totals):
    packed = message(converse(request_id="a"), json.dumps(converse(request_id="b"), indent=2), "no record")
    first, again = take(packed), take(packed)
    assert first == again == {"events": 3, "key": first["key"]}
    assert messages.kind_of(first["key"]) == "events"
    assert read_what_waits(first["key"]) == read_what_waits(first["key"]) == []
    found = totals()
    assert (found["Seen"], found["SkippedMalformed"], found["RecordsRead"]) == (2, 1, 3)
    assert (found["ObjectsRead"], found["ObjectsDuplicate"], found["LogEventsTaken"]) == (1, 1, 6)


def test_the_sample_is_taken_and_measured(totals):
    taken = take_events.handler(samples.document("llm_take_events"), worker.Context())
    assert taken["events"] == 2
    assert read_what_waits(taken["key"]) == []
    found = totals()
    assert (found["PairsEvaluated"], found["RefusalsDeclared"]) == (2, 1)


def test_bodies_beside_log_events_are_fetched_from_the_log_bucket(totals):
    path = worker.put_body(converse()["output"]["outputBodyJson"])
    key = take(message(builders.off_loaded(answered=path)))["key"]
    assert read_what_waits(key) == []
    assert totals()["Seen"] == 1


def test_a_message_that_only_tries_the_door_leaves_nothing(totals):
    assert take(message("CWL CONTROL MESSAGE", kind="CONTROL_MESSAGE")) == {"events": 0, "key": ""}
    assert boto3.client("s3").list_objects_v2(Bucket=worker.PAIRS)["KeyCount"] == 0
    assert "RecordsRead" not in totals()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"awslogs": {}},
        {"awslogs": {"data": 7}},
        {"awslogs": {"data": "!"}},
        {"awslogs": {"data": base64.b64encode(b"plain").decode()}},
        delivered(gzip.compress(b"[]")),
        delivered(gzip.compress(b"[" * 100_000)),
        delivered(message(logEvents={})),
        delivered(message(kind="OTHER")),
        delivered(message(converse())[:-9]),
        delivered(gzip.compress(bytes(log_events.MOST_MESSAGE + 1))),
    ],
)
def test_what_is_no_delivery_is_refused_and_kept_by_lambda(event):
    with pytest.raises(NotLogEvents):
        log_events.from_event(event)


@given(st.binary(max_size=300))
def test_any_message_is_a_delivery_or_refused(data):
    for packed in (data, gzip.compress(data)):
        with pytest.raises(NotLogEvents):
            log_events.read(packed)


def test_events_without_a_message_or_a_time_are_counted_not_lost():
    delivery = log_events.read(message(logEvents=[{"timestamp": "soon"}, 7, {"message": " "}, {"message": "{}"}]))
    assert len(delivery.records) == 4
    assert messages.kind_of(delivery.stored()[0]) == "events"
    assert log_events.read(message(logEvents=[{"timestamp": 10**30, "message": "x"}])).first is None


def test_log_events_of_another_account_come_by_the_stream(totals):
    packed = message(converse(request_id="a"), converse(request_id="b"))
    again = message(converse(request_id="b"))
    answer = read_stream.handler(kinesis(packed, again, said(3), gzip.compress(b"{}")), worker.Context())
    assert answer == {"batchItemFailures": []}
    found = totals()
    assert (found["Seen"], found["SkippedDuplicate"], found["SkippedMalformed"]) == (3, 1, 1)


def test_own_calls_do_not_come_back_by_the_stream(totals):
    own = converse(identity={"arn": f"arn:aws:sts::123456789012:assumed-role/{worker.OWN_ROLE}/x"})
    read_stream.handler(kinesis(message(own)), worker.Context())
    assert totals()["SkippedSelf"] == 1


# Packed records


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def packed(*records, keys=(b"k",), tail=b""):
    """What the producer library makes of these records."""
    inside = b"".join(field(1, key) for key in keys)
    for record in records:
        inside += field(3, field(1, 0) + field(3, record) + field(4, field(1, b"tag")))
    inside += tail
    return aggregates.MAGIC + inside + hashlib.md5(inside, usedforsecurity=False).digest()


def test_packed_records_are_pairs_of_their_own(totals):
    batch = kinesis(packed(said(1), said(2), said(1)), said(3), packed(message(converse(request_id="z"))))
    assert read_stream.handler(batch, worker.Context()) == {"batchItemFailures": []}
    found = totals()
    assert (found["Seen"], found["SkippedDuplicate"], found["RecordsRead"]) == (4, 1, 5)


def test_a_packed_batch_that_comes_again_counts_once(totals):
    batch = kinesis(packed(said(1), said(2)))
    for _ in range(2):
        read_stream.handler(batch, worker.Context())
    assert totals()["Seen"] == 2


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_what_was_packed_comes_out(records):
    assert aggregates.unpacked(packed(*records)) == records


@given(st.binary(max_size=120))
def test_bytes_that_nobody_packed_stay_as_they_are(data):
    assert aggregates.unpacked(data) is None
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    found = aggregates.unpacked(aggregates.MAGIC + data + digest)
    assert found is None or sum(map(len, found)) <= len(data)


@pytest.mark.parametrize(
    "tail",
    [
        field(3, b"x")[:-1] + b"",
        varint(3 << 3 | 2) + varint(10**9),
        varint(3 << 3 | 2) + b"\xff" * 11,
        varint(9 << 3 | 3),
        varint(9 << 3 | 1) + b"1234",
        b"\x80",
    ],
)
def test_a_message_that_is_none_is_no_records(tail):
    assert aggregates.unpacked(packed(b"good", tail=tail)) is None


def test_fields_of_later_versions_are_passed_over():
    tail = varint(8 << 3 | 1) + bytes(8) + varint(9 << 3 | 5) + bytes(4) + field(10, 7)
    assert aggregates.unpacked(packed(b"good", tail=tail)) == [b"good"]


def test_a_wrong_checksum_and_too_many_records_are_one_record_that_cannot_be_read(totals):
    whole = packed(said(1))
    assert aggregates.unpacked(whole[:-1] + bytes([whole[-1] ^ 1])) is None
    assert aggregates.unpacked(packed(*[b""] * (aggregates.MOST_RECORDS + 1))) is None
    read_stream.handler(kinesis(whole[:-1] + bytes([whole[-1] ^ 1]), packed()), worker.Context())
    assert totals()["SkippedMalformed"] == 2


# Batch inference

JOB = Job("ab12cd34ef56", "us.anthropic.claude-sonnet-4-20250514-v1:0", AT)
OUTPUT = f"jobs/{JOB.id}/records.jsonl.out"


def output(answer=None, name="r1", **changes):
    given_body = {"messages": [{"role": "user", "content": [{"text": ASKED}]}]}
    whole = {"recordId": name, "modelInput": given_body, "modelOutput": answer, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def answered(text=ANSWERED, stop="end_turn"):
    return {"content": [{"type": "text", "text": text}], "stop_reason": stop, "usage": {"output_tokens": 17}}


def of(record, job=JOB):
    return batch_outputs.pair_of(record, job, Rules())


def test_a_line_of_output_is_a_pair():
    for body in (answered(), converse()["output"]["outputBodyJson"], json.dumps(answered())):
        pair = of(output(body))
        assert (pair.prompt, pair.completion) == (ASKED, ANSWERED)
        assert (pair.request_id, pair.timestamp, pair.operation) == ("ab12cd34ef56/r1", AT, "Batch")
        assert (pair.model_family, pair.output_tokens) == ("anthropic.claude-sonnet-4", 17)
    assert of(output(answered("", "refusal"))).stop_reason == "refusal"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, model.MALFORMED),
        ([], model.MALFORMED),
        ({}, model.FOREIGN),
        (converse(), model.FOREIGN),
        (output(error={"errorCode": 400, "errorMessage": "bad request"}), model.ERROR),
        (output({"embedding": [0.1]}), model.EMBEDDING),
        (output({"images": ["aGk="]}), model.MEDIA),
        (output(), model.NO_TEXT),
    ],
)
def test_a_line_that_gives_no_pair_has_a_reason(record, reason):
    assert of(record).reason == reason


@given(
    st.dictionaries(
        st.sampled_from(["recordId", "modelInput", "modelOutput", "error"]), st.none() | st.integers() | st.text()
    )
)
def test_any_line_of_output_is_a_pair_or_has_a_reason(record):
    found = of(record)
    assert isinstance(found, Pair) or found.reason in model.REASONS


def asked_for(monkeypatch, **answers):
    """Bedrock's answer about the job: a model, or an error by its name."""
    client = boto3.client("bedrock")
    stub = Stubber(client)
    for code in answers.get("errors", ()):
        stub.add_client_error("get_model_invocation_job", code, expected_params={"jobIdentifier": JOB.id})
    if "model" in answers:
        job = {
            "jobArn": f"arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/{JOB.id}",
            "modelId": answers["model"],
            "roleArn": "arn:aws:iam::123456789012:role/batch",
            "submitTime": AT,
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://in/"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://out/"}},
        }
        stub.add_response("get_model_invocation_job", job, {"jobIdentifier": JOB.id})
    stub.activate()
    real = aws.client
    monkeypatch.setattr(aws, "client", lambda name, *more: client if name == "bedrock" else real(name, *more))


def put_output(*records):
    boto3.client("s3").create_bucket(Bucket="outputs")
    body = b"".join(line + b"\n" for line in builders.lines(*records))
    return boto3.client("s3").put_object(Bucket="outputs", Key=OUTPUT, Body=body)["ETag"]


def hand_over(etag, received=1):
    event = {**json.loads(worker.event_of(OUTPUT, etag, "outputs")), "time": "2026-11-20T09:30:15Z"}
    return worker.handle(worker.message(json.dumps(event), received))


def test_an_output_is_measured_once_under_the_model_of_its_job(totals, monkeypatch):
    asked_for(monkeypatch, model=JOB.model_id)
    etag = put_output(output(answered(), "a"), output(error={"errorCode": 400}, name="b"), output(answered(), "a"))
    assert hand_over(etag) == hand_over(etag) == []
    found = totals()
    assert (found["Seen"], found["SkippedError"], found["SkippedDuplicate"]) == (1, 1, 1)
    assert (found["ObjectsRead"], found["ObjectsDuplicate"]) == (1, 1)
    assert "BatchModelsUnknown" not in found


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException", "ValidationException"])
def test_a_job_that_cannot_be_looked_up_is_measured_without_its_name_and_counted(totals, monkeypatch, code):
    asked_for(monkeypatch, errors=[code])
    assert hand_over(put_output(output(answered()))) == []
    found = totals()
    assert (found["Seen"], found["BatchModelsUnknown"]) == (1, 1)


def test_a_job_that_cannot_be_looked_up_just_now_is_tried_again(totals, monkeypatch):
    asked_for(monkeypatch, errors=["ThrottlingException"], model=JOB.model_id)
    etag = put_output(output(answered()))
    assert len(hand_over(etag)) == 1
    assert hand_over(etag, 2) == []
    found = totals()
    assert (found["Seen"], found["ObjectsFailed"], found["ObjectsRead"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (OUTPUT, "batch"),
        (f"{JOB.id}/a b.jsonl.out", "batch"),
        (f"jobs/{JOB.id}/manifest.json.out", "beside"),
        ("jobs/short/records.jsonl.out", "foreign"),
        (f"jobs/{JOB.id}/records.jsonl", "foreign"),
        ("events/2026/11/20/09/" + "0" * 64 + ".json.gz", "events"),
        ("events/2026/11/20/09/x.json.gz", "foreign"),
        ("pairs/2026-11-20/x.json", "foreign"),
        (builders.key(), "log"),
        (builders.body_key(), "beside"),
    ],
)
def test_a_key_tells_what_an_object_is(key, kind):
    assert messages.kind_of(key) == kind


def test_objects_are_read_only_where_their_kind_is():
    at = {"log": "logs", "events": "own"}
    events, log = "events/2026/11/20/09/" + "0" * 64 + ".json.gz", builders.key()
    read = [messages.passed_over(messages.LogObject(*place, "", AT), at) for place in (("own", events), ("logs", log))]
    assert read == ["", ""]
    assert messages.passed_over(messages.LogObject("logs", events, "", AT), at) == "ObjectsForeign"
    assert messages.passed_over(messages.LogObject("own", log, "", AT), at) == "ObjectsForeign"


def test_an_event_that_names_no_time_is_of_now():
    assert messages.object_of(worker.event_of("k")).at.tzinfo is not None
    assert read_logs.Settings("a", "b", "c", "d", "e").buckets() == {"log": "a", "events": "b"}


def test_what_waits_can_be_read_by_a_person(totals):
    key = take(message(converse()))["key"]
    body = boto3.client("s3").get_object(Bucket=worker.PAIRS, Key=key)["Body"].read()
    with gzip.open(io.BytesIO(body)) as file:
        assert json.loads(file.read())["requestId"] == "req-1"
