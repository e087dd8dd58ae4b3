"""LlmReadLogs: S3 event of a log object, by EventBridge and SQS -> metrics of its records.

A message that has to wait (off-loaded bodies, another worker) or that failed is put back for a time of its own; the
others of its batch are done with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from common import aws, batches, settings
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
    """``own_roles``, ``apps``, ``app_key``, ``model_profiles``: see ``llm.logs.rules.Rules.of``."""

    model_logs_bucket: str
    state_table: str
    own_roles: str
    queue_url: str
    apps: str = ""
    app_key: str = ""
    model_profiles: str = ""


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
        log = messages.object_of(record["body"])
        count(messages.passed_over(log, _settings().model_logs_bucket) or _objects().read(log, seconds_left))
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
    """Puts the message back; without this it would stay away for as long as a dead worker's does."""
    aws.client("sqs").change_message_visibility(
        QueueUrl=_settings().queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
    )
