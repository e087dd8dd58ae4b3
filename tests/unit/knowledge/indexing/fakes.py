"""An index, Titan and a world for tests of one turn; S3, DynamoDB and SQS are moto's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import boto3

from common.objects import Bucket
from knowledge.handlers import index
from knowledge.indexing import messages, pointers, vectors
from knowledge.indexing.messages import Message
from knowledge.passages import sources
from services.bedrock import Embedding
from services.s3vectors import Vector
from tests.unit.knowledge.indexing import builders
from tests.unit.knowledge.indexing.builders import KEY, about

FIRST, NEXT = "index-first", "index-next"
BUCKETS = ("summaries", "inbox", "knowledge")
DOCUMENT = Message(document=KEY, since=1.0)


class Index:
    """Vectors in memory, as ``services.s3vectors.Index`` keeps them. ``troubles``: raised in turn by the next calls."""

    kept: ClassVar[Mapping[str, Vector]] = {}
    troubles: ClassVar[list[Exception]] = []

    def __init__(self, arn: str, **_: Any) -> None:
        assert arn.startswith("arn:")

    def put(self, found: Sequence[Vector]) -> None:
        self._maybe()
        Index.kept = {**Index.kept, **{each.key: each for each in found}}

    def get(self, keys: Sequence[str]) -> dict[str, Vector]:
        self._maybe()
        return {key: Index.kept[key] for key in keys if key in Index.kept}

    def delete(self, keys: Sequence[str]) -> None:
        self._maybe()
        Index.kept = {key: each for key, each in Index.kept.items() if key not in keys}

    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any]) -> list[Vector]:
        self._maybe()
        assert (len(vector), any(vector), top) == (512, True, 1)
        return [each for each in Index.kept.values() if each.metadata["acl"] == where["acl"]["$eq"]][:top]

    @staticmethod
    def _maybe() -> None:
        if Index.troubles:
            raise Index.troubles.pop(0)


class Titan:
    """``asked``: texts that were paid for. ``refused``: texts that it does not take."""

    asked: ClassVar[list[str]] = []
    refused: ClassVar[tuple[str, ...]] = ()
    troubles: ClassVar[list[Exception]] = []

    def __init__(self, model: str, dimensions: int, **_: Any) -> None:
        assert (model, dimensions) == ("titan", 512)

    def embed(self, texts: Sequence[str], billed: Any) -> dict[str, Embedding | None]:
        if Titan.troubles:
            raise Titan.troubles.pop(0)
        found: dict[str, Embedding | None] = {}
        for text in texts:
            if any(each in text for each in Titan.refused):
                found[text] = None
                continue
            Titan.asked.append(text)
            billed(len(text) // 4)
            found[text] = Embedding(() if text == "zero" else (float(len(text)), *([0.5] * 511)), False)
        return found


@dataclass
class Context:
    aws_request_id: str = "r"
    function_name: str = "index"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:1:function:index"
    left: list[int] = field(default_factory=lambda: [900_000])

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def record(body: str, lane: str = FIRST, received: int = 1, receipt: str = "nobody's") -> dict[str, Any]:
    """A message as Lambda hands it to a worker."""
    return {
        "messageId": "m",
        "receiptHandle": receipt,
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(received)},
        "eventSourceARN": f"arn:aws:sqs:us-east-1:1:{lane}",
    }


@dataclass
class World:
    queues: dict[str, str]
    counted: list[tuple[str, float, dict[str, str]]]

    def bucket(self, name: str) -> Bucket:
        return Bucket(name)

    def upload(self, key: str = KEY, content: str = "e1") -> str:
        """Its entity tag."""
        tag = self.bucket("inbox").put(key, content.encode())
        assert tag is not None
        return tag.strip('"')

    def document(self, key: str = KEY, *pages: list[str], etag: str = "e1", **more: Any) -> None:
        """``etag``: a name for its content."""
        said = about(key, self.upload(key, etag), **more)
        self.bucket("summaries").put(sources.text(key), builders.text(said, *(pages or [["one"], ["two"]])))
        self.bucket("summaries").put(sources.summary(key), builders.summary(said))

    def forget(self, key: str = KEY) -> None:
        self.bucket("inbox").delete(key)
        self.bucket("summaries").delete(sources.summary(key))

    def take(self, message: Message, lane: str = FIRST, context: Context | None = None) -> list[dict[str, str]]:
        """The ids that come back."""
        answer = index.handler({"Records": [record(message.body(), lane)]}, context or Context())
        return list(answer["batchItemFailures"])

    def sent(self, lane: str) -> list[Message]:
        """What was put on a queue; it is empty then. Delayed messages too."""
        sqs, found = boto3.client("sqs"), []
        while answer := sqs.receive_message(QueueUrl=self.queues[lane], MaxNumberOfMessages=10).get("Messages"):
            for each in answer:
                found.append(messages.read(each["Body"]))
                sqs.delete_message(QueueUrl=self.queues[lane], ReceiptHandle=each["ReceiptHandle"])
        return found

    def pointer(self, key: str = KEY) -> pointers.Pointer | None:
        return pointers.read(self.bucket("knowledge"), key)

    def total(self, name: str) -> float:
        return sum(value for found, value, _ in self.counted if found == name)

    def is_right(self, key: str = KEY) -> None:
        """The index has exactly the document's vectors as they are to be."""
        pointer = self.pointer(key)
        assert pointer is not None
        assert pointer.pending == ()
        wanted = set(vectors.keys(pointer.doc, pointer.version or "", pointer.passages))
        assert {each for each in Index.kept if each.startswith(pointer.doc)} == wanted
        assert {Index.kept[each].metadata["acl"] for each in wanted} <= {pointer.acl}
