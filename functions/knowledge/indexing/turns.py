"""One worker's turn with one message: what it asks for, what it works with, how it ends, what is counted.

Whoever is throttled waits within the turn; at its deadline, at a day's ceiling and while the pipeline is paused the
message is sent again as a new one, later. So the receives of a message count crashes and what a person has to mend
(``common.admission``): such a message comes back within minutes, later each time, and is a dead letter within the hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from uuid import uuid4

from common import admission, aws, batches, spending
from common.admission import HandBack, Lane, Patience
from common.errors import SpendingStopped, TransientError
from common.objects import Bucket
from common.observability import Context, count, logger, measure
from common.spending import Purse
from common.table import Table
from knowledge.errors import (
    AccessUnreadable,
    ModelThrottled,
    ModelUnavailable,
    VectorsForbidden,
    VectorsThrottled,
    VectorsUnavailable,
)
from knowledge.indexing import below, embeddings, messages, readers, vectors
from knowledge.indexing.messages import Message
from knowledge.indexing.reconcile import Outcome, reconcile
from knowledge.indexing.state import Vectors, World
from knowledge.model import DIMENSIONS, EMBEDDED, MOST_PASSAGE, SPENDING
from knowledge.rights import defaults, files
from services.s3vectors import Vector

T = TypeVar("T")

LEFT_SECONDS: Final = 270.0
"""Nothing new is begun with less: four tries of a minute's silence have to fit in (``common.aws``)."""
MOST_DELAY: Final = 900
"""Seconds that SQS holds a message back."""
DEAD_SECONDS: Final = 10
"""After the last second of a worker its message comes back."""
AGAIN_SECONDS: Final = (60, 300, 900, 900, 0)
"""After which a message comes back that failed for the first time, the second, and so on: so a right that was mended is
found. The last one is a dead letter at once (maxReceiveCount of the queues)."""
UNPAID_SECONDS: Final = {"first": admission.HELD_SECONDS[1], "next": MOST_DELAY}
"""At most between two looks whether something may be bought again: a whole inbox may wait in the lane of what can."""
FORBIDDEN: Final = frozenset({"AccessDeniedException", "NotFoundException"})
BLOCK: Final = 20_000
"""Tokens that are taken from the day's account at a time: some 150 passages."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    knowledge_bucket: str
    summaries_bucket: str
    inbox_bucket: str
    vector_index_arn: str
    embedding_model: str
    index_first_queue: str
    index_next_queue: str
    daily_embedded_tokens: int
    default_readers: str = ""

    def lane_of(self, queue_arn: str) -> Lane:
        name = queue_arn.rpartition(":")[2]
        return "first" if name == self.index_first_queue.rpartition("/")[2] else "next"

    def queue(self, lane: Lane) -> str:
        return self.index_first_queue if lane == "first" else self.index_next_queue


def take(known: Settings, record: dict[str, Any], context: Context) -> None:
    """Works on one SQS message of either queue.

    Raises NotAMessage, VectorsForbidden, TooManySets, and AWS's own refusals: the message comes back (AGAIN_SECONDS).
    Should the worker die, it does so after the worker's time, not after the queue's, which is for messages that never
    reached a worker.
    """
    lane = known.lane_of(record["eventSourceARN"])
    received = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
    try:
        _hide(known, lane, record, context.get_remaining_time_in_millis() // 1000 + DEAD_SECONDS)
        _take(known, messages.read(record["body"]), lane, context)
    except Exception:
        _hide(known, lane, record, AGAIN_SECONDS[min(received, len(AGAIN_SECONDS)) - 1])
        raise


def _hide(known: Settings, lane: Lane, record: dict[str, Any], seconds: int) -> None:
    batches.hold(known.queue(lane), record["receiptHandle"], seconds)


def _take(known: Settings, message: Message, lane: Lane, context: Context) -> None:
    patience = Patience(
        lane, context, (ModelThrottled, VectorsThrottled), (ModelUnavailable, VectorsUnavailable), LEFT_SECONDS
    )
    reason = ""
    try:
        patience.begin()
        if message.access:
            _access(known, message)
        elif not _document(known, message, lane, patience):
            reason = "busy"
    except HandBack as rest:
        reason = "time"
        _again(known, lane, message, rest.seconds)
    except SpendingStopped:
        reason = "money"
        seconds = admission.held(message.unpaid, UNPAID_SECONDS[lane])
        _again(known, lane, message, seconds, unpaid=message.unpaid + 1)
    except TransientError as error:
        reason = "service"
        logger().warning("sent again", exc_info=error, extra={"handed": message.handed})
        _again(known, lane, message, admission.later())
    count("IndexHandedBack", int(bool(reason)), **({"reason": reason} if reason else {}))


def _document(known: Settings, message: Message, lane: Lane, patience: Patience) -> bool:
    """False where another worker is at the same vectors, and the message was sent again for that."""
    with purse(known) as paid:
        if message.unpaid:
            # Else all that waits at a ceiling would be read again and again. A deletion and a right that changes have
            # messages of their own, which buy nothing.
            paid.have(max(1, min(MOST_PASSAGE, known.daily_embedded_tokens)))
        found = world(known, patience, paid)
        outcome = reconcile(found, message.document, check=message.check)
        readers.settle(found.table, lambda name: vectors.carried(found.vectors, name), outcome)
    _tell(outcome)
    if outcome.settled and outcome.seconds:
        # To tidy up after the workers that were seen at it, should they be dead by then.
        _again(known, "next", replace(message, since=0.0), outcome.seconds)
    elif outcome.seconds:
        _again(known, lane, message, min(outcome.seconds, admission.held(message.handed)))
    if message.since and outcome.settled:
        measure("IndexLagSeconds", "Seconds", max(0.0, time.time() - message.since), lane=lane)
    return outcome.settled


def _access(known: Settings, message: Message) -> None:
    """Looks at an access file, and sends messages for what lies below it; its one document goes on at once."""
    if not files.is_access_file(message.access):
        return  # a document whose name only ends likewise
    if not message.after:
        _look(Bucket(known.inbox_bucket), message.access)
        if document := below.document_of(message.access):
            _again(known, "first", replace(message, access="", document=document), 0, handed=0)
    last = below.send(Bucket(known.knowledge_bucket), known.index_next_queue, message)
    if last:
        _again(known, "next", replace(message, after=last), 0, handed=0)


def _look(inbox: Bucket, path: str) -> None:
    """Counts an access file that cannot be read, and says what to mend in it."""
    stored = inbox.get(path, at_most=files.MOST_BYTES + 1)
    try:
        if stored is not None:
            files.parse(stored.body)
    except AccessUnreadable as error:
        _unreadable(path, str(error))
    else:
        count("AccessFilesUnreadable", 0)


def _unreadable(path: str | None, why: str) -> None:
    """Names the file, so that somebody can mend it; what it says is not told."""
    logger().error("an access file cannot be used", extra={"access_file": path, "reason": why})
    count("AccessFilesUnreadable")


def _tell(outcome: Outcome) -> None:
    seen, done = outcome.seen, outcome.done
    count("DocumentsIndexed", done.count("index"))
    count("DocumentsRetagged", done.count("retag"))
    count("DocumentsRemoved", done.count("remove"))
    count("DocumentsElsewhere", int(outcome.elsewhere))
    count("PassagesIndexed", outcome.passages)
    count("PassagesWithoutEmbedding", outcome.without)
    count("ReferencesLeftOut", outcome.left_out)
    unread = "OlderUpload" if seen.is_behind else seen.read.unread if seen.read else ""
    reason = unread or ("Replaced" if seen.replaced else "")
    count("DocumentsUnread", int(bool(reason)), **({"reason": reason} if reason else {}))
    if seen.ruling.trouble:
        _unreadable(seen.ruling.path, seen.ruling.trouble)
    about = {"document": seen.pointer.doc, "done": done, "passages": seen.pointer.passages, "unread": reason}
    logger().info("looked at", extra=about)


def _again(
    known: Settings, lane: Lane, message: Message, seconds: int, handed: int | None = None, unpaid: int = 0
) -> None:
    """Sends the message as a new one, whose receives are counted from nought."""
    body = replace(message, handed=message.handed + 1 if handed is None else handed, unpaid=unpaid).body()
    with aws.patient("SQS"):
        aws.client("sqs").send_message(
            QueueUrl=known.queue(lane), MessageBody=body, DelaySeconds=min(MOST_DELAY, seconds)
        )


@contextmanager
def purse(known: Settings) -> Iterator[Purse]:
    with spending.open_purse(known.state_table, SPENDING, EMBEDDED, known.daily_embedded_tokens, block=BLOCK) as found:
        yield found


def world(known: Settings, patience: Patience, paid: Purse) -> World:
    """Raises AccessUnreadable where DefaultReaders is not of its form."""
    from services.bedrock import Embedder
    from services.s3vectors import Index

    knowledge = Bucket(known.knowledge_bucket)
    index = Index(known.vector_index_arn, throttled=VectorsThrottled, unavailable=VectorsUnavailable)
    embedder = Embedder(known.embedding_model, DIMENSIONS, throttled=ModelThrottled, unavailable=ModelUnavailable)
    return World(
        summaries=Bucket(known.summaries_bucket),
        inbox=Bucket(known.inbox_bucket),
        knowledge=knowledge,
        table=Table(known.state_table),
        vectors=Patient(index, patience),
        embed=embeddings.Kept(embedder, known.embedding_model, paid, knowledge, patience.patiently),
        default=defaults.parse(known.default_readers),
        owner=uuid4().hex,
        begin=patience.begin,
        index=known.vector_index_arn,
    )


@dataclass(frozen=True, slots=True)
class Patient:
    """An index that is waited for within a turn."""

    index: Vectors
    patience: Patience

    def put(self, written: Sequence[Vector]) -> None:
        self._do(lambda: self.index.put(written))

    def get(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        return self._do(lambda: self.index.get(keys))

    def delete(self, keys: Sequence[str]) -> None:
        self._do(lambda: self.index.delete(keys))

    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any] | None = None) -> Sequence[Any]:
        return self._do(lambda: self.index.query(vector, top, where))

    def _do(self, call: Callable[[], T]) -> T:
        from botocore.exceptions import ClientError

        try:
            return self.patience.patiently(call)
        except ClientError as error:
            if aws.code_of(error) not in FORBIDDEN:
                raise
            raise VectorsForbidden(
                f"S3 Vectors refused with {aws.code_of(error)}: give the function's role s3vectors:PutVectors, "
                f"s3vectors:GetVectors, s3vectors:DeleteVectors and s3vectors:QueryVectors on the index, and look "
                "whether it is there."
            ) from error
