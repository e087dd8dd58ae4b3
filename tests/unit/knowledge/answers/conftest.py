"""An account in memory for the door and for the steps of an ask: table, buckets, an index, and the local model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

import services.bedrock
import services.s3vectors
from common import admission, aws, observability, table
from common.objects import Bucket
from common.table import Table
from knowledge.answers import votes
from knowledge.handlers import answer, compose, door, refuse, retrieve
from knowledge.indexing import pointers, vectors
from knowledge.model import Access, Document
from knowledge.passages import cutting
from knowledge.retrieval import bases
from knowledge.rights import files, sets
from local.services.bedrock import titan
from local.services.bedrock.passages import answerer
from services.bedrock import Embedding
from services.knowledge_bases import Retrieved
from tests.doors import NOW
from tests.unit.documents.pipeline_aws import FakeQueues, FakeStates
from tests.unit.knowledge.answers.builders import ANN, converse
from tests.unit.knowledge.retrieval.fakes import DIMENSIONS, FakeIndex

TABLE, KNOWLEDGE, INBOX, SUMMARIES = "state", "knowledge", "inbox", "summaries"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:answer-from-documents"
QUEUES = "https://sqs.us-east-1.amazonaws.com/123456789012"

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "STATE_TABLE": TABLE,
    "KNOWLEDGE_BUCKET": KNOWLEDGE,
    "INBOX_BUCKET": INBOX,
    "SUMMARIES_BUCKET": SUMMARIES,
    "VECTOR_INDEX_ARN": "arn:aws:s3vectors:us-east-1:123456789012:bucket/vectors/index/passages",
    "EMBEDDING_MODEL": "amazon.titan-embed-text-v2:0",
    "MODEL_ID": "amazon.nova-2-lite-v1:0",
    "ANSWER_FROM_DOCUMENTS_ARN": MACHINE,
    "COMPOSE_FIRST_QUEUE": f"{QUEUES}/first",
    "COMPOSE_NEXT_QUEUE": f"{QUEUES}/next",
    "DAILY_ASK_CALLS": "100",
    "DAILY_EMBEDDED_TOKENS": "1000000",
    "ASKS_PER_MINUTE": "5",
    "SEARCHES_PER_MINUTE": "5",
    "KEPT_DAYS": "30",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Knowledge",
    "POWERTOOLS_DEV": "false",
}
CONTEXT = SimpleNamespace(
    function_name="knowledge",
    memory_limit_in_mb=256,
    invoked_function_arn="arn",
    aws_request_id="r",
    get_remaining_time_in_millis=lambda: 600_000,
)


class FakeEmbedder:
    """The local Titan without its wire; ``texts``: what was embedded."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str], billed: Callable[[int], None]) -> Mapping[str, Any]:
        self.texts += texts
        billed(len(texts))
        return {text: Embedding(tuple(titan.embed(text, DIMENSIONS, True)), False) for text in texts}


@dataclass
class Model:
    """The local model; ``says``: what it answers instead. ``before``: what happens while it writes."""

    says: str | None = None
    ending: str = "end_turn"
    requests: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(request)
        self.before()
        if self.says is not None:
            return converse(self.says, self.ending)
        wanted = answerer.asked(request)
        assert wanted is not None
        told = answerer.answer(wanted)
        return converse(told.text, told.ending)


class FakeBase:
    """A knowledge base of a few passages; ``trouble``: what it raises instead. ``asked``: texts."""

    def __init__(self) -> None:
        self.passages: list[Retrieved] = []
        self.trouble: Exception | None = None
        self.asked: list[str] = []

    def retrieve(self, text: str, top: int) -> tuple[list[Retrieved], int]:
        self.asked.append(text)
        if self.trouble is not None:
            raise self.trouble
        return self.passages[:top], 0


@dataclass
class Account:
    s3: Any
    dynamodb: Any
    states: FakeStates = field(default_factory=FakeStates)
    queues: FakeQueues = field(default_factory=FakeQueues)
    index: FakeIndex = field(default_factory=FakeIndex)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    model: Model = field(default_factory=Model)
    base: FakeBase = field(default_factory=FakeBase)
    refusals: list[dict[str, str]] = field(default_factory=list)

    def items(self, kind: str) -> list[dict[str, Any]]:
        """Items of the table whose name begins so."""
        found = self.dynamodb.scan(TableName=TABLE)["Items"]
        return [item for item in found if item["pk"]["S"].startswith(f"{kind}#")]

    def put(self, bucket: str, key: str, document: Any) -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(document).encode())

    def get(self, key: str) -> Any:
        return json.loads(self.s3.get_object(Bucket=KNOWLEDGE, Key=key)["Body"].read())

    def allow(self, key: str, *users: str, groups: Sequence[str] = (), **more: Any) -> None:
        """A document's access file, as it is from now on."""
        access = Access(frozenset(users), frozenset(groups), **more)
        self.put(INBOX, f"{key}{files.SUFFIX}", files.plain(access))

    def document(self, key: str, *pages: str, version: str = "0" * 16, users: Sequence[str] = (ANN,)) -> None:
        """A document that was indexed in this version, and whom it may be told."""
        self.allow(key, *users)
        acl = sets.keep(Table(TABLE), Access(frozenset(users)))
        document = Document(key, version, "1")
        self.put(KNOWLEDGE, pointers.place(key), pointers.Pointer(key, version, "1").to_json())
        passages = list(cutting.cut([(number, text.splitlines()) for number, text in enumerate(pages, 1)]))
        references = vectors.References(document, passages)
        for passage in passages:
            data = titan.embed(passage.text, DIMENSIONS, True)
            self.index.put(vectors.of(document, acl, passage, references.of(passage), data))

    def delete(self, key: str) -> None:
        """A document that is gone, before anybody has told the index."""
        self.put(KNOWLEDGE, pointers.place(key), pointers.Pointer(key, None, "2").to_json())

    def state(self) -> dict[str, Any]:
        """The input of the execution that was started last."""
        return dict(list(self.states.started.values())[-1])

    def run(self, state: dict[str, Any] | None = None) -> dict[str, Any]:
        """All steps of the machine as it goes through them; what the last one says."""
        at = self.state() if state is None else state
        for step in (retrieve.handler, self.compose, answer.handler):
            try:
                at = {**at, **step(at, CONTEXT)}
            except Exception as error:  # noqa: BLE001 - as the machine catches it, by its name
                cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
                self.refusals.append({"Error": type(error).__name__, "Cause": cause})
                return refuse.handler({**at, "error": self.refusals[-1]}, CONTEXT)
        return at

    def compose(self, state: dict[str, Any], _context: Any) -> dict[str, Any]:
        """The worker's turn. Raises an error under the name that the task fails with."""
        token = f"token-{len(self.states.sent) + len(self.states.failed)}"
        self.states.open.add(token)
        compose.handler(lane(state, token), CONTEXT)
        if self.states.failed and self.states.failed[-1][0] == token:
            raise type(self.states.failed[-1][1], (Exception,), {})(self.states.failed[-1][2])
        return dict(self.states.sent[-1][1])


def lane(state: Mapping[str, Any], token: str) -> dict[str, Any]:
    """What the machine puts on a lane's queue, as Lambda hands it over."""
    work = {"id": state["id"], "work": state["work"]}
    ask = admission.Ask(work, token, "2026-11-20T06:00:00.000Z")
    body = {"schema": 1, "work": ask.work, "token": token, "asked_at": ask.asked_at, "handed": 0}
    arn = "arn:aws:sqs:us-east-1:123456789012:first"
    return {"Records": [{"messageId": "m", "body": json.dumps(body), "eventSourceARN": arn}]}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Account]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_SESSION_TOKEN",
        "TOKEN_ISSUER",
        "DEFAULT_READERS",
        "KNOWLEDGE_BASE_ID",
    ):
        monkeypatch.delenv(name, raising=False)
    # Loggers live in the process under the service's name, with the standard output of the test that made them.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    for made in (observability.metrics, observability.logger):
        made.cache_clear()
    real = aws.client
    real.cache_clear()
    with mock_aws():
        found = Account(boto3.client("s3"), boto3.client("dynamodb"))
        for bucket in (KNOWLEDGE, INBOX, SUMMARIES):
            found.s3.create_bucket(Bucket=bucket)
        found.dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        instead: dict[str, Any] = {"stepfunctions": found.states, "sqs": found.queues}
        monkeypatch.setattr(aws, "client", lambda name, **options: instead.get(name) or real(name, **options))
        monkeypatch.setattr(services.s3vectors, "Index", lambda *_, **__: found.index)
        monkeypatch.setattr(bases, "Base", lambda *_, **__: found.base)
        monkeypatch.setattr(services.bedrock, "Embedder", lambda *_, **__: found.embedder)
        monkeypatch.setattr(services.bedrock, "converse", lambda request: found.model(request))  # noqa: PLW0108 - a test may change it
        yield found
    real.cache_clear()
    observability.metrics().clear_metrics()
    for made in (observability.metrics, observability.logger):
        made.cache_clear()


@pytest.fixture
def bucket(account: Account) -> Bucket:
    return Bucket(KNOWLEDGE)


class Clock:
    """The time that door and table see, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (door, table, votes):
        monkeypatch.setattr(module, "time", made)
    return made
