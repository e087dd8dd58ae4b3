"""A batch of one shard of the completions stream -> the metrics of its pairs, chunk by chunk, each noted when sent.

Where something fails, the first record of the chunk is reported and Lambda goes on from there. A record that cannot be
read is counted and never comes back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from common.observability import count, logger
from llm.emission import measuring
from llm.errors import NotLogEvents
from llm.logs import aggregates, log_events, stream_records
from llm.logs import records as log_records
from llm.logs.rules import Rules
from llm.logs.shards import Mark, Shards, digest
from llm.model import MALFORMED, Answer, Pair, Skipped, call_of, repeated

CHUNK = 250
Record = dict[str, Any]
"""Of a Kinesis event."""


def measure(
    records: Sequence[Record], shards: Shards, rules: Rules, further: Callable[[Sequence[Pair]], None]
) -> str | None:
    """The sequence number from which the batch has to come again; None where all of it is measured.

    ``further`` gets the pairs of each chunk once their free metrics are sent.
    """
    shard, start = _shard(records[0]), 0
    try:
        mark = shards.mark(shard)
        for start in range(0, len(records), CHUNK):
            mark = _measured(records[start : start + CHUNK], mark, rules, further)
            shards.advance(shard, mark)
    except Exception as error:  # noqa: BLE001 - reported to Lambda, which comes back with the rest
        count("StreamChunksFailed")
        logger().error("chunk failed", extra={"error": type(error).__name__, "at": measuring.place(error)})
        return _sequence(records[start])
    return None


def _measured(records: Sequence[Record], mark: Mark, rules: Rules, further: Callable[[Sequence[Pair]], None]) -> Mark:
    fresh = [record for record in records if not mark.is_done(_sequence(record))]
    if len(fresh) < len(records):
        count("StreamRecordsRepeated", len(records) - len(fresh))
    if not fresh:
        return mark
    answers = list(measuring.unique(_answers(fresh, mark, rules)))
    further(measuring.measure(answers))
    calls = (call_of(answer) for answer in answers)
    return mark.after(_sequence(fresh[-1]), [call.request_id for call in calls if call])


def _answers(records: Sequence[Record], mark: Mark, rules: Rules) -> Iterator[Answer]:
    """The pairs; a request that came in an earlier batch is a duplicate."""
    recent = frozenset(mark.recent)
    for record in records:
        arrived = datetime.fromtimestamp(float(record["kinesis"]["approximateArrivalTimestamp"]), UTC)
        for answer in _carried(record, arrived, rules):
            call = call_of(answer)
            known = call and call.request_id and digest(call.request_id) in recent
            yield repeated(call) if call and known else answer


def _carried(record: Record, arrived: datetime, rules: Rules) -> Iterator[Answer]:
    """What one record of the stream carries: a pair; many, which the producer library packed together; or log events
    of another account, which CloudWatch Logs sends."""
    try:
        data = base64.b64decode(record["kinesis"]["data"])
    except binascii.Error:
        yield Skipped(MALFORMED, arrived)
        return
    for one in aggregates.unpacked(data) or [data]:
        if not one.startswith(log_events.GZIP):
            yield stream_records.pair_of(one, arrived, rules)
            continue
        try:
            yield from log_records.read(log_events.read(one).records, rules)
        except NotLogEvents:
            yield Skipped(MALFORMED, arrived)


def _sequence(record: Record) -> str:
    return str(record["kinesis"]["sequenceNumber"])


def _shard(record: Record) -> str:
    """eventID is ``shardId-000000000000:<sequence number>``."""
    return f"{record['eventSourceARN']}#{record['eventID'].partition(':')[0]}"
