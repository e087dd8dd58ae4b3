"""A batch of an SQS queue, message by message: one that fails comes back alone (ReportBatchItemFailures)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.observability import logger

Record = dict[str, Any]


def each(event: dict[str, Any], work: Callable[[Record], object]) -> dict[str, Any]:
    """Calls ``work`` with each message; ``{"batchItemFailures": [...]}`` out.

    A message comes back where ``work`` raises, or returns False after it has said why. What it raises is logged and
    held against this message alone: the others of the batch are done with (Lambda developer guide, "Handling errors for
    an SQS event source in Lambda").
    """
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record, work)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _is_done(record: Record, work: Callable[[Record], object]) -> bool:
    try:
        return work(record) is not False
    except Exception:  # noqa: BLE001 - one message's trouble is not the others'; the queue's dead letters keep it
        logger().exception("message failed", extra={"message_id": record["messageId"]})
        return False
