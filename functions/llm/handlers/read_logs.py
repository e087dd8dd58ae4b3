"""LlmReadLogs: S3 event of a log object, by EventBridge and SQS -> metrics of its records.

A message that has to wait (off-loaded bodies, another worker) or that failed is put back for a time of its own; the
others of its batch are done with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from common import aws, batches
from common.objects import Bucket
from common.observability import count, logger, observed
from common.settings import read
from common.table import Table
from llm.emission import measuring
from llm.errors import BodiesPending, ClaimLost, LogObjectBusy, TimeIsUp
from llm.logs import log_objects
from llm.logs.claims import Claims
from llm.logs.records import Rules
from llm.model_families import profiles_of
from llm.paid import dispatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BODY_SECONDS, BUSY_SECONDS, MOST_SECONDS = 60, 120, 900


@dataclass(frozen=True, slots=True)
class Settings:
    """``own_roles``, ``apps``: names with commas; ``model_profiles``: id=name with commas."""

    model_logs_bucket: str
    state_table: str
    own_roles: str
    queue_url: str
    apps: str = ""
    app_key: str = ""
    model_profiles: str = ""


@cache
def _settings() -> Settings:
    return read(Settings)


def rules_of(settings: Any) -> Rules:
    """The reader's rules out of a handler's settings."""
    return Rules(
        own_roles=names(settings.own_roles),
        apps=names(settings.apps),
        app_key=settings.app_key,
        profiles=profiles_of(settings.model_profiles),
    )


def names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An SQS batch in; ``{"batchItemFailures": [...]}`` out."""

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    return batches.each(event, lambda record: _done(record, seconds_left))


def _done(record: dict[str, Any], seconds_left: Callable[[], float]) -> bool:
    """False where the message has to come back."""
    try:
        found = log_objects.found_in(record["body"])
        kind = log_objects.kind_of(found.key)
        if kind != "log" or found.bucket != _settings().model_logs_bucket:
            count("ObjectsBeside" if kind == "beside" else "ObjectsForeign")
            return True
        count(_objects().read(found, seconds_left))
    except BodiesPending:
        count("ObjectsWaiting")
        return _later(record, BODY_SECONDS)
    except (LogObjectBusy, ClaimLost):
        return _later(record, BUSY_SECONDS)
    except TimeIsUp:
        return _later(record, 0)
    except Exception as error:  # noqa: BLE001 - one message's trouble is not the others'; the alarm counts it
        count("ObjectsFailed")
        logger().error("log object failed", extra={"error": type(error).__name__, "at": measuring.place(error)})
        received = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        return _later(record, min(MOST_SECONDS, 30 * 2 ** min(received - 1, 9)))
    return True


def _later(record: dict[str, Any], seconds: int) -> bool:
    """Hides the message for ``seconds``; without that it would stay away for as long as a dead worker's does."""
    aws.client("sqs").change_message_visibility(
        QueueUrl=_settings().queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
    )
    return False


@cache
def _objects() -> log_objects.LogObjects:
    settings = _settings()
    bucket, claims = Bucket(settings.model_logs_bucket), Claims(Table(settings.state_table))
    return log_objects.LogObjects(bucket, claims, rules_of(settings), dispatch.evaluate)
