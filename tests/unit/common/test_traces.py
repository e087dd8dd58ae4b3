"""What X-Ray's daemon hears of a call, by real datagrams: which, when, how it ended, and nothing of its content."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError

from common import aws, traces
from common.objects import Bucket
from local.services.xray.traces import Traces

ROOT, PARENT = "1-67891233-abcdef012345678912345678", "53995c3f42cd8ad8"
SAMPLED = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:0"
PRIVATE = "Frau Example has a private matter"
CALLS: dict[str, Callable[[Any], Any]] = {
    "polly": lambda c: c.synthesize_speech(Text=PRIVATE, OutputFormat="mp3", VoiceId="Vicki"),
    "textract": lambda c: c.analyze_document(
        Document={"S3Object": {"Bucket": "inbox", "Name": PRIVATE}}, FeatureTypes=["FORMS"]
    ),
    "comprehend": lambda c: c.detect_sentiment(Text=PRIVATE, LanguageCode="en"),
    "bedrock-runtime": lambda c: c.converse(modelId="amazon.nova-lite-v1:0", messages=[_user(PRIVATE)]),
    "sagemaker-runtime": lambda c: c.invoke_endpoint(EndpointName="millrace-model", Body=PRIVATE.encode()),
    "s3": lambda c: c.put_object(Bucket="audio", Key=PRIVATE, Body=PRIVATE.encode(), IfNoneMatch="*"),
}
NAMES = {
    "polly": ("Polly", "SynthesizeSpeech"),
    "textract": ("Textract", "AnalyzeDocument"),
    "comprehend": ("Comprehend", "DetectSentiment"),
    "bedrock-runtime": ("Bedrock Runtime", "Converse"),
    "sagemaker-runtime": ("SageMaker Runtime", "InvokeEndpoint"),
    "s3": ("S3", "PutObject"),
}


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": text}]}


class Raw(io.BytesIO):
    """A body as urllib3 has it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Wire:
    """What the network answers, in order; an exception is one that did not answer."""

    answers: list[AWSResponse | Exception] = field(default_factory=list)

    def say(self, status: int = 200, code: str = "", body: dict[str, Any] | None = None, **headers: str) -> None:
        text = json.dumps(body or {"message": f"because of {PRIVATE}"}).encode() if code or body else b""
        if code:
            headers["x-amzn-errortype"] = code
        self.answers.append(AWSResponse("http://test", status, {"x-amzn-requestid": "r-1", **headers}, Raw(text)))

    def refuse(self, status: int, code: str) -> None:
        """As S3 says it."""
        text = f"<Error><Code>{code}</Code><Message>{PRIVATE}</Message><RequestId>r-1</RequestId></Error>"
        self.answers.append(AWSResponse("http://test", status, {"x-amz-request-id": "r-1"}, Raw(text.encode())))

    def __call__(self, **_: Any) -> AWSResponse:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Daemon:
    """A socket that receives; on the loopback a datagram is there when its sender goes on."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.address = "{}:{}".format(*self.socket.getsockname())

    def raw(self) -> list[bytes]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(65_536))
            except BlockingIOError:
                return found

    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(each.split(b"\n", 1)[1]) for each in self.raw()]


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch, metrics: None) -> Iterator[Daemon]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    aws.client.cache_clear()
    made, opened = Daemon(), []

    @cache
    def remembered(address: str) -> socket.socket:
        opened.append(open_socket(address))
        return opened[-1]

    open_socket = traces._daemon.__wrapped__
    monkeypatch.setattr(traces, "_daemon", remembered)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED)
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", made.address)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    traces._tell.cache_clear()
    yield made
    aws.client.cache_clear()
    for each in (made.socket, *opened):
        each.close()


@pytest.fixture
def wire() -> Wire:
    return Wire()


def client(service: str, wire: Wire, **options: Any) -> Any:
    made = aws.client(service, **options)
    made.meta.events.register_first("before-send", wire)
    return made


def lost(captured: str) -> float:
    """Of the metric, once it is written out."""
    lines = (json.loads(line) for line in captured.splitlines() if "SubsegmentsLost" in line)
    return sum(sum(value) if isinstance(value := line["SubsegmentsLost"], list) else value for line in lines)


@pytest.mark.parametrize("service", CALLS)
def test_a_call_is_one_subsegment_without_its_content(daemon, wire, service):
    wire.say()
    CALLS[service](client(service, wire))
    (datagram,) = daemon.raw()
    header, document = datagram.split(b"\n", 1)
    assert json.loads(header) == {"format": "json", "version": 1}
    told = json.loads(document)
    assert (told["name"], told["aws"]["operation"]) == NAMES[service]
    assert (told["type"], told["namespace"], told["trace_id"], told["parent_id"]) == ("subsegment", "aws", ROOT, PARENT)
    assert told["aws"]["region"] == "us-east-1"
    assert told["aws"]["retries"] == 0
    assert told["http"] == {"response": {"status": 200}}
    assert told["start_time"] <= told["end_time"]
    assert not told.keys() & {"fault", "error", "throttle", "cause"}
    for word in ("Example", "private", "inbox", "audio", "Vicki", "nova", "millrace-model"):
        assert word not in datagram.decode()


@pytest.mark.parametrize("service", CALLS)
def test_xray_takes_what_is_told(daemon, wire, service):
    """By the rules for documents that the local cloud's X-Ray keeps."""
    wire.say()
    wire.say(400, "ValidationException")
    wire.say(200)
    made, kept = client(service, wire, attempts=1), Traces()
    CALLS[service](made)
    with pytest.raises(ClientError):
        CALLS[service](made)
    CALLS[service](made)
    for document in daemon.heard():
        kept.put(json.dumps(document))
    assert len(kept.documents(ROOT) or []) == 3


def test_a_request_is_found_again_by_its_id(daemon, wire):
    wire.say()
    CALLS["polly"](client("polly", wire))
    assert daemon.heard()[0]["aws"]["request_id"] == "r-1"


@pytest.mark.parametrize(
    ("status", "code", "flags"),
    [
        (400, "InvalidSsmlException", {"error"}),
        (400, "ThrottlingException", {"error", "throttle"}),
        (429, "ModelNotReadyException", {"error", "throttle"}),
        (400, "ProvisionedThroughputExceededException", {"error", "throttle"}),
        (503, "ServiceFailureException", {"fault"}),
    ],
)
def test_a_refusal_has_a_name_and_no_sentence(daemon, wire, status, code, flags):
    wire.say(status, code)
    with pytest.raises(ClientError):
        CALLS["polly"](client("polly", wire, attempts=1))
    (told,) = daemon.heard()
    assert told.keys() & {"error", "fault", "throttle"} == flags
    assert told["http"]["response"]["status"] == status
    assert [each["type"] for each in told["cause"]["exceptions"]] == [code]
    assert "Example" not in json.dumps(told)


def test_tries_of_one_call_are_one_subsegment(daemon, wire):
    wire.say(503, "ServiceFailureException")
    wire.say(503, "ServiceFailureException")
    wire.say()
    CALLS["polly"](client("polly", wire, attempts=3))
    (told,) = daemon.heard()
    assert told["aws"]["retries"] == 2
    assert "fault" not in told


def test_a_call_without_an_answer_is_a_fault(daemon, wire):
    wire.answers += [EndpointConnectionError(endpoint_url=f"https://{PRIVATE}")] * 2
    with pytest.raises(EndpointConnectionError):
        CALLS["textract"](client("textract", wire, attempts=2))
    (told,) = daemon.heard()
    assert told["fault"] is True
    assert told["aws"]["retries"] == 1
    assert told["cause"]["exceptions"][0]["type"] == "EndpointConnectionError"
    assert "Example" not in json.dumps(told)


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (409, "ConditionalRequestConflict")])
def test_a_lost_condition_is_an_answer_and_no_error(daemon, wire, status, code):
    client("s3", wire)
    wire.refuse(status, code)
    assert Bucket("audio").put_if_absent("key", b"text") is False
    wire.say(etag='"1"')
    assert Bucket("audio").put("key", b"text", if_match='"0"') == '"1"'
    first, second = daemon.heard()
    assert (first["annotations"], second["annotations"]) == ({"condition": "lost"}, {"condition": "held"})
    assert first["http"]["response"]["status"] == status
    assert not first.keys() & {"error", "fault", "cause"}


def test_a_conditional_write_that_is_refused_for_another_reason_is_an_error(daemon, wire):
    client("s3", wire)
    wire.refuse(403, "AccessDenied")
    with pytest.raises(ClientError):
        Bucket("audio").put_if_absent("key", b"text")
    (told,) = daemon.heard()
    assert told["error"] is True
    assert "annotations" not in told


def test_a_conditional_delete_is_told(daemon, wire):
    client("s3", wire)
    wire.refuse(412, "PreconditionFailed")
    assert Bucket("audio").delete("key", if_match='"0"') is False
    assert [told["aws"]["operation"] for told in daemon.heard()] == ["DeleteObject"]


def test_of_s3_nothing_else_is_told(daemon, wire):
    s3 = client("s3", wire)
    for _ in range(4):
        wire.say(etag='"1"')
    s3.put_object(Bucket="audio", Key="key", Body=b"text")
    s3.get_object(Bucket="audio", Key="key", IfMatch='"1"')
    s3.head_object(Bucket="audio", Key="key", IfMatch='"1"')
    s3.delete_object(Bucket="audio", Key="key")
    assert daemon.raw() == []


def test_of_services_that_are_not_paid_for_by_the_call_nothing_is_told(daemon, wire):
    wire.say(body={"MessageId": "1"})
    client("sqs", wire).send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/q", MessageBody="{}")
    assert daemon.raw() == []


@pytest.mark.parametrize(
    "header",
    [None, "", f"Root={ROOT};Parent={PARENT};Sampled=0", f"Root={ROOT};Sampled=1", "Sampled=1", ";;=;Sampled=1"],
)
def test_an_invocation_that_is_not_sampled_builds_nothing(daemon, wire, monkeypatch, header):
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    if header is not None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    monkeypatch.setattr(traces, "_document", lambda *_: pytest.fail("something was built"))
    wire.say()
    CALLS["polly"](client("polly", wire))
    assert daemon.raw() == []


def test_each_invocation_has_its_own_trace(daemon, wire, monkeypatch):
    """A worker's client outlives the invocation for which it was made."""
    polly = client("polly", wire)
    wire.say()
    CALLS["polly"](polly)
    other = ROOT.replace("67891233", "67891234")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED.replace(ROOT, other))
    wire.say()
    CALLS["polly"](polly)
    assert [told["trace_id"] for told in daemon.heard()] == [ROOT, other]


def test_a_call_belongs_to_the_invocation_in_which_it_began(daemon, wire, monkeypatch):
    polly = aws.client("polly")

    def meanwhile(**_: Any) -> AWSResponse:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-00000000-000000000000000000000000;Parent=0;Sampled=0")
        wire.say()
        return wire()

    polly.meta.events.register_first("before-send", meanwhile)
    CALLS["polly"](polly)
    assert [told["trace_id"] for told in daemon.heard()] == [ROOT]


def test_threads_share_a_client_and_mix_nothing_up(daemon):
    """Each answer says which call it answers; the documents must say the same of themselves."""
    polly = aws.client("polly")

    def answer(request: Any, **_: Any) -> AWSResponse:
        headers = {"x-amzn-requestid": json.loads(request.body)["Text"]}
        return AWSResponse("http://test", 200, headers, Raw(b"audio"))

    polly.meta.events.register_first("before-send", answer)

    def speak(number: int) -> None:
        for turn in range(20):
            polly.synthesize_speech(Text=f"{number}-{turn}", OutputFormat="mp3", VoiceId="Vicki")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(speak, range(8)))
    heard = daemon.heard()
    assert {told["aws"]["request_id"] for told in heard} == {f"{n}-{turn}" for n in range(8) for turn in range(20)}
    assert len({told["id"] for told in heard}) == 160


def test_both_forms_of_an_address_are_read(daemon, wire, monkeypatch):
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"tcp:127.0.0.1:9 udp:{daemon.address}")
    wire.say()
    CALLS["polly"](client("polly", wire))
    assert len(daemon.heard()) == 1


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:port", "127.0.0.1:99999999", ":"])
def test_an_address_that_leads_nowhere_fails_no_call_and_is_counted(daemon, wire, monkeypatch, capsys, address):
    from common.observability import metrics

    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    polly = client("polly", wire)
    for _ in range(3):
        wire.say()
        assert CALLS["polly"](polly)["ResponseMetadata"]["HTTPStatusCode"] == 200
    metrics().flush_metrics()
    said = capsys.readouterr().out
    assert lost(said) == 3
    assert said.count("traces lack calls") == 1


def test_a_daemon_that_is_gone_is_noticed(daemon, wire, capsys):
    """The kernel tells of a refused datagram with the next one, which is then sent once more."""
    from common.observability import metrics

    daemon.socket.close()
    polly = client("polly", wire)
    for _ in range(4):
        wire.say()
        CALLS["polly"](polly)
    metrics().flush_metrics()
    said = capsys.readouterr().out
    assert lost(said) == 3, "the last one's fate is not known yet"
    assert "ConnectionRefusedError" in said


def test_a_daemon_that_comes_back_hears_again(daemon, wire, capsys):
    port = daemon.socket.getsockname()[1]
    daemon.socket.close()
    polly = client("polly", wire)
    wire.say()
    CALLS["polly"](polly)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", port))
        again.setblocking(False)
        wire.say()
        CALLS["polly"](polly)
        assert b"SynthesizeSpeech" in again.recv(65_536)


def test_a_full_buffer_delays_nothing(daemon, wire, monkeypatch, capsys):
    from common.observability import metrics

    class Full:
        def send(self, _: bytes) -> int:
            raise BlockingIOError

    monkeypatch.setattr(traces, "_daemon", lambda _: Full())
    wire.say()
    CALLS["polly"](client("polly", wire))
    metrics().flush_metrics()
    assert lost(capsys.readouterr().out) == 1


def test_the_socket_never_waits(daemon):
    assert traces._daemon(daemon.address).getblocking() is False


def test_nobody_is_told_where_there_is_no_daemon(daemon, wire, monkeypatch, capsys):
    """A machine without Lambda has the code and no daemon; that is no loss."""
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS")
    wire.say()
    CALLS["polly"](client("polly", wire))
    assert "SubsegmentsLost" not in capsys.readouterr().out
