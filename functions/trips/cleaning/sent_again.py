"""What a record's answer could not hold -> records of the same stream.

Firehose delivers at least once, and so does this: a function that dies behind it, or a record of which only some
pieces could be sent, brings rows twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from trips.cleaning.firehose_answer import Outcome, fit

_log = logging.getLogger(__name__)

# Firehose API reference, PutRecordBatch.
MOST_RECORDS = 500
MOST_BYTES = 4 * 1024 * 1024
TRIES = 5


def send(outcomes: Sequence[Outcome], stream_arn: str) -> None:
    """Put each outcome's ``again`` on the stream; where that fails, its record fails, and Firehose keeps it whole."""
    pieces = [(outcome, piece) for outcome in outcomes for piece in outcome.again]
    if not pieces:
        return
    refused = [outcome for batch in _batches(pieces) for outcome in _put(batch, stream_arn.rpartition("/")[2])]
    for outcome in refused:
        outcome.fail("What its answer could not hold could not be put on the stream again.")
    if refused:
        fit(outcomes, again=False)


def _batches(pieces: Sequence[tuple[Outcome, bytes]]) -> Iterator[list[tuple[Outcome, bytes]]]:
    batch: list[tuple[Outcome, bytes]] = []
    size = 0
    for outcome, piece in pieces:
        if batch and (len(batch) == MOST_RECORDS or size + len(piece) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((outcome, piece))
        size += len(piece)
    yield batch


def _put(batch: list[tuple[Outcome, bytes]], stream: str) -> list[Outcome]:
    """Sends again only what was refused, slower each time; the outcomes of pieces that never came through."""
    from botocore.exceptions import BotoCoreError, ClientError

    from common import aws

    for attempt in range(TRIES):
        try:
            answer: dict[str, Any] = aws.client("firehose").put_record_batch(
                DeliveryStreamName=stream, Records=[{"Data": piece} for _, piece in batch]
            )
        except (ClientError, BotoCoreError):
            _log.exception("records cannot be put on %s again", stream)
            break
        results = zip(batch, answer["RequestResponses"], strict=True)
        batch = [entry for entry, result in results if "ErrorCode" in result]
        if not batch:
            return []
        time.sleep(0.1 * 2**attempt)
    return [outcome for outcome, _ in batch]
