"""Lambda reading from Kinesis: retries that end, halves, partial failures, rights, and no stall for others.

AWS: a batch that fails is tried again until it succeeds, MaximumRetryAttempts are used up or its records are
older than MaximumRecordAgeInSeconds; with BisectBatchOnFunctionError a batch whose function raised is split in
two, which counts as no retry. With ReportBatchItemFailures Lambda goes on at the lowest sequence number that was
returned; an empty or unknown one, or no JSON, brings the whole batch back. What is given up goes as a description
of its place, without its records, to the OnFailure destination, and the shard moves on (Developer Guide, "Retain
discarded records for a Kinesis event source", "Configuring partial batch response with Kinesis Data Streams and
Lambda"; API reference, CreateEventSourceMapping). The function's role must be allowed to read the stream and to
send to the destination (same guide, "Required permissions for a Kinesis event source"). IteratorAge is published
for every batch under [FunctionName] (same guide, "Using CloudWatch metrics with Lambda").
MiniStack: repeats a failing batch without end whatever the mapping says, takes a partial failure for a success, asks
no role, publishes no age, and polls queues only after the function has returned.

MaximumBatchingWindowInSeconds and ParallelizationFactor are ignored here as there: batches are smaller and
earlier than on AWS. Retries wait 0.2 s at first and 5 s at most; on AWS the pauses grow further.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from ministack.services import lambda_svc

from local.gaps import _authority, _deliver, _seams
from local.gaps._deliver import Letter, UndeliverableError
from local.gaps._types import Json, Record
from local.gaps.awslambda import _event_sources
from local.gaps.cloudwatch.metric_data import store

LEANS_ON = {
    **_deliver.LEANS_ON,
    "services.lambda_svc._poll_kinesis": "()",
    "services.lambda_svc._execute_function": "(func, event)",
    "services.lambda_svc._esms": "AccountRegionScopedDict",
}

NEEDED = ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream")

#: Seconds between two looks at streams without news, and between retries.
LOOK_EVERY = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

_log = logging.getLogger("local.gaps.awslambda.kinesis_source")
_polling: contextvars.ContextVar[bool] = contextvars.ContextVar("kinesis_polling", default=False)
_started = threading.Event()

#: What came of a try: None for success, else the index at which Lambda goes on, and whether the function raised.
Failure = tuple[int, bool] | None


@dataclass
class Batch:
    """Records on their way through one mapping. ``tries`` counts calls of the function for these records."""

    records: list[Record]
    retries: int = 0
    tries: int = 0


@dataclass
class Delivery:
    """How one mapping delivers: ``attempt`` calls the function, ``give_up`` takes what is discarded and why,
    ``goes_on`` tells whether the mapping is still there and enabled.
    """

    mapping: Record
    attempt: Callable[[list[Record]], Failure]
    give_up: Callable[[Batch, str], None]
    goes_on: Callable[[], bool]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    waiting: list[Batch] = field(default_factory=list)

    def run(self, records: list[Record]) -> bool:
        """Bring every record to its end, in order; False when the mapping went away meanwhile."""
        self.waiting = [Batch(records)]
        pause = FIRST_PAUSE
        while self.waiting:
            if not self.goes_on():
                return False
            batch = self.waiting.pop(0)
            if not self._young(batch):
                continue
            batch.tries += 1
            failure = self.attempt(batch.records)
            if failure is None:
                pause = FIRST_PAUSE
            elif self._again(batch, *failure):
                self.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        return True

    def _young(self, batch: Batch) -> bool:
        """Drop the records that are too old; False when none is left."""
        most = int(self.mapping.get("MaximumRecordAgeInSeconds", -1))
        if most < 0:
            return True
        end = self.clock() - most
        old = [r for r in batch.records if r["kinesis"]["approximateArrivalTimestamp"] < end]
        if old:
            self.give_up(Batch(old, tries=batch.tries), "MaxRecordAgeExceeded")
            batch.records = batch.records[len(old) :]
        return bool(batch.records)

    def _again(self, batch: Batch, index: int, raised: bool) -> bool:
        """Line up what follows from a failure at ``index``; whether it is a retry, which has to wait."""
        rest = batch.records[index:]
        if raised and self.mapping.get("BisectBatchOnFunctionError") and len(rest) > 1:
            middle = len(rest) // 2
            self.waiting[:0] = [Batch(part, batch.retries, batch.tries) for part in (rest[:middle], rest[middle:])]
            return False
        retries = 0 if index else batch.retries  # a batch that got further begins anew
        most = int(self.mapping.get("MaximumRetryAttempts", -1))
        if 0 <= most <= retries:
            self.give_up(Batch(rest, tries=batch.tries), "RetryAttemptsExhausted")
            return False
        self.waiting.insert(0, Batch(rest, retries + 1, batch.tries))
        return True


def failure_of(result: Record, records: list[Record], reports: bool) -> Failure:
    """What an answer of the function says about its batch."""
    if result.get("error") or result.get("throttle"):
        return 0, not result.get("throttle")
    if not reports:
        return None
    numbers = [record["kinesis"]["sequenceNumber"] for record in records]
    wrong = _event_sources.invalid_report(result.get("body"), frozenset(numbers))
    if wrong is not None:
        _log.warning("The whole batch comes back: %s.", wrong)
        return 0, False
    answer = _event_sources.decoded(result.get("body")) or {}
    failed = [numbers.index(item["itemIdentifier"]) for item in answer.get("batchItemFailures") or []]
    return (min(failed), False) if failed else None


def discarded(config: Record, mapping: Record, batch: Batch, condition: str) -> Record:
    """What the OnFailure destination receives."""
    first, last = batch.records[0], batch.records[-1]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": str(config.get("FunctionArn", "")),
            "condition": condition,
            "approximateInvokeCount": batch.tries,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": config.get("Version", "$LATEST"),
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": _utc(time.time()),
        "KinesisBatchInfo": {
            "shardId": first["eventID"].partition(":")[0],
            "startSequenceNumber": first["kinesis"]["sequenceNumber"],
            "endSequenceNumber": last["kinesis"]["sequenceNumber"],
            "approximateArrivalOfFirstRecord": _utc(first["kinesis"]["approximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": _utc(last["kinesis"]["approximateArrivalTimestamp"]),
            "batchSize": len(batch.records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def _send(config: Record, mapping: Record, batch: Batch, condition: str) -> None:
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    _log.warning(
        "%s: %d records of %s are given up.", condition, len(batch.records), mapping["EventSourceArn"].split("/")[-1]
    )
    if not target:
        return
    letter = Letter(json.dumps(discarded(config, mapping, batch, condition)))
    send, action = (_deliver.to_topic, "sns:Publish") if ":sns:" in target else (_deliver.to_queue, "sqs:SendMessage")
    denied = _authority.role_may(str(config.get("Role", "")), str(config.get("FunctionName")), action, target)
    if denied is not None:
        _log.warning("The place of the records is lost: %s", denied.message)
        return
    try:
        send(target, letter)
    except UndeliverableError as lost:
        _log.warning("The place of the records is lost: %s", lost)


def _mapping_of(config: Record, records: list[Record]) -> Record | None:
    source, name = records[0]["eventSourceARN"], config.get("FunctionName")
    return next(
        (m for m in list(lambda_svc._esms.values()) if (m["EventSourceArn"], m["FunctionName"]) == (source, name)), None
    )


def _delivering(execute: Callable[[Record, Json], Record]) -> Callable[[Record, Json], Record]:
    """The poller's one call becomes all that AWS does until the batch is done with."""

    def execute_function(func: Record, event: Json) -> Record:
        config = func.get("config") or func
        mapping = _mapping_of(config, event["Records"]) if _polling.get() else None
        if mapping is None:
            return execute(func, event)
        denied = _event_sources.denied(config, mapping["EventSourceArn"], NEEDED)
        if denied is not None:
            problem = {"errorType": "AccessDeniedException", "errorMessage": "PROBLEM: " + denied.message}
            return {"error": True, "body": problem}
        reports = "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or [])

        def attempt(records: list[Record]) -> Failure:
            _publish_age(config, records)
            whole = [{**record, "invokeIdentityArn": config.get("Role")} for record in records]
            return failure_of(execute(func, {"Records": whole}), records, reports)

        delivery = Delivery(
            mapping,
            attempt,
            give_up=lambda batch, condition: _send(config, mapping, batch, condition),
            goes_on=lambda: mapping.get("Enabled", True) and lambda_svc._esms.get(mapping["UUID"]) is mapping,
        )
        if delivery.run(event["Records"]):
            return {"body": None}
        return {"error": True, "body": {"errorType": "Disabled", "errorMessage": "The mapping is gone."}}

    return execute_function


def _publish_age(config: Record, records: list[Record]) -> None:
    age = max(0.0, time.time() - records[-1]["kinesis"]["approximateArrivalTimestamp"])
    store(
        "AWS/Lambda",
        "IteratorAge",
        {"FunctionName": str(config.get("FunctionName"))},
        time.time(),
        "Milliseconds",
        [1000 * age],
    )


def _apart(poll: Callable[[], bool]) -> Callable[[], bool]:
    """Streams are polled by a thread of their own, so that a slow function delays no queue."""

    def work() -> None:
        _polling.set(True)
        while True:
            try:
                busy = poll()
            except Exception:  # noqa: BLE001 - the next look may work; the poller of MiniStack does the same
                _log.exception("polling streams")
                busy = False
            if not busy:
                time.sleep(LOOK_EVERY)

    def poll_kinesis() -> bool:
        if not _started.is_set():
            _started.set()
            threading.Thread(target=work, daemon=True, name="kinesis-source").start()
        return False

    return poll_kinesis


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._poll_kinesis", _apart)
    _seams.replace("services.lambda_svc._execute_function", _delivering)
