"""LlmReadStream: records of the completions stream -> metrics of their pairs.

Records are measured in chunks, in their order; where something fails, the first record of the chunk is reported and
Lambda goes on from there. A record that cannot be read is counted and never comes back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from common.observability import count, logger, observed
from common.settings import read
from common.table import Table
from llm.emission import measuring
from llm.emission.measuring import Answer
from llm.handlers.read_logs import rules_of
from llm.logs import stream_records
from llm.logs.records import DUPLICATE, MALFORMED, Rules, Skipped
from llm.logs.shards import Mark, Shards, digest
from llm.model import Pair
from llm.paid import dispatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CHUNK = 250


@dataclass(frozen=True, slots=True)
class Settings:
    """``own_roles`` matters to logs only: a producer knows what it sends."""

    state_table: str
    apps: str = ""
    app_key: str = ""
    model_profiles: str = ""
    own_roles: str = ""


@cache
def _settings() -> Settings:
    return read(Settings)


@cache
def _rules() -> Rules:
    return rules_of(_settings())


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """A Kinesis batch of one shard in; ``{"batchItemFailures": [...]}`` with at most one sequence number out."""
    records = event["Records"]
    shards = Shards(Table(_settings().state_table))
    shard = _shard(records[0])
    begun = 0
    try:
        mark = shards.mark(shard)
        while begun < len(records):
            mark = _measured(records[begun : begun + CHUNK], mark)
            shards.advance(shard, mark)
            begun += CHUNK
    except Exception as error:  # noqa: BLE001 - reported to Lambda, which comes back with the rest
        count("StreamChunksFailed")
        logger().error("chunk failed", extra={"error": type(error).__name__, "at": measuring.place(error)})
        return {"batchItemFailures": [{"itemIdentifier": records[begun]["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}


def _measured(records: list[dict[str, Any]], mark: Mark) -> Mark:
    fresh = [record for record in records if not mark.is_done(record["kinesis"]["sequenceNumber"])]
    if len(fresh) < len(records):
        count("StreamRecordsRepeated", len(records) - len(fresh))
    if not fresh:
        return mark
    answers = list(measuring.unique(_unseen(fresh, mark)))
    dispatch.evaluate(measuring.measure(answers))
    calls = (answer if isinstance(answer, Pair) else answer.call for answer in answers)
    return mark.after(fresh[-1]["kinesis"]["sequenceNumber"], [call.request_id for call in calls if call])


def _unseen(records: list[dict[str, Any]], mark: Mark) -> Iterator[Answer]:
    """The pairs; a request that came in an earlier batch is a duplicate."""
    recent = frozenset(mark.recent)
    rules = _rules()
    for record in records:
        arrived = datetime.fromtimestamp(float(record["kinesis"]["approximateArrivalTimestamp"]), UTC)
        try:
            answer = stream_records.pair_of(base64.b64decode(record["kinesis"]["data"]), arrived, rules)
        except binascii.Error:
            answer = Skipped(MALFORMED, arrived)
        call = answer if isinstance(answer, Pair) else answer.call
        if call and call.request_id and digest(call.request_id) in recent:
            answer = Skipped(DUPLICATE, call.timestamp, call.model_family, call.operation, call.app)
        yield answer


def _shard(record: dict[str, Any]) -> str:
    """eventID is ``shardId-000000000000:<sequence number>``."""
    return f"{record['eventSourceARN']}#{record['eventID'].partition(':')[0]}"
