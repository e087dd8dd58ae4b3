"""LlmReadLogs: S3 event of a log object, by EventBridge and SQS -> metrics of its records.

A message that has to wait (off-loaded bodies, another worker) or that failed is put back for a time of its own; the
others of its batch are done with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from common import batches, settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from llm.emission import measuring
from llm.logs import messages
from llm.logs.claims import Claims
from llm.logs.log_objects import LogObjects
from llm.logs.rules import Rules
from llm.paid import dispatch


@dataclass(frozen=True, slots=True)
class Settings:
    """``pairs_bucket``: the stack's own, where log events wait. ``own_roles``, ``apps``, ``app_key``,
    ``model_profiles``: see ``llm.logs.rules.Rules.of``."""

    model_logs_bucket: str
    pairs_bucket: str
    state_table: str
    own_roles: str
    queue_url: str
    apps: str = ""
    app_key: str = ""
    model_profiles: str = ""

    def buckets(self) -> dict[str, str]:
        """Where a kind of object is read, if it is in one place only."""
        return {"log": self.model_logs_bucket, "events": self.pairs_bucket}


@cache
def _settings() -> Settings:
    return settings.read(Settings)


@cache
def _objects() -> LogObjects:
    options = _settings()
    bucket, claims = Bucket(options.model_logs_bucket), Claims(Table(options.state_table))
    rules = Rules.of(options.own_roles, options.apps, options.app_key, options.model_profiles)
    return LogObjects(bucket, claims, rules, dispatch.evaluate)


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """An SQS batch in; ``{"batchItemFailures": [...]}`` out."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    return batches.each(event, lambda record: _done(record, seconds_left))


def _done(record: dict[str, Any], seconds_left: Callable[[], float]) -> bool:
    """False where the message has to come back."""
    try:
        _hide(record, int(seconds_left()) + messages.DEAD_SECONDS)
        log = messages.object_of(record["body"])
        count(messages.passed_over(log, _settings().buckets()) or _objects().read(log, seconds_left))
    except Exception as error:  # noqa: BLE001 - one message's trouble is not the others'; the alarm counts it
        again = messages.return_after(error, int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)))
        if again.metric:
            count(again.metric)
        if again.metric == messages.FAILED:
            logger().error("log object failed", extra={"error": type(error).__name__, "at": measuring.place(error)})
        _hide(record, again.seconds)
        return False
    return True


def _hide(record: dict[str, Any], seconds: int) -> None:
    """Lets the message come back after ``seconds``, and not after the queue's own time, which is for messages that
    never reached a worker. At the beginning: should this worker die, another one goes on in minutes."""
    batches.hold(_settings().queue_url, record["receiptHandle"], seconds)
