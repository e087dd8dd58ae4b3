"""Messages of the log queue: the object that one tells of, whether it is a log here, and when it comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from llm.errors import BodiesPending, ClaimLost, LogObjectBusy, NotAnObjectEvent, TimeIsUp
from llm.logs import batch_outputs, log_events

Kind = Literal["log", "events", "batch", "beside", "foreign"]

BODY_SECONDS, BUSY_SECONDS = 60, 120
FIRST_SECONDS, MOST_SECONDS = 30, 900
"""After a failure: doubled with every further one."""
DEAD_SECONDS = 10
"""After the last second of a worker; its claim has ended by then (``llm.logs.claims.GRACE_SECONDS``)."""
FAILED = "ObjectsFailed"

_HOUR = r"(?:.*/)?AWSLogs/[^/]+/BedrockModelInvocationLogs/[^/]+/\d{4}/\d\d/\d\d/\d\d/"
LOG = re.compile(_HOUR + r"[^/]+\.json(?:\.gz)?")
BODY = re.compile(_HOUR + r"data/.+")
EVENTS = re.compile(log_events.PREFIX + r"\d{4}/\d\d/\d\d/\d\d/[0-9a-f]{64}\.json\.gz")
MARKER = "amazon-bedrock-logs-permission-check"


@dataclass(frozen=True, slots=True)
class LogObject:
    """An object that EventBridge told of; ``at``: when it was written."""

    bucket: str
    key: str
    etag: str
    at: datetime


def object_of(message: str) -> LogObject:
    """The object in an S3 event of EventBridge. Raises NotAnObjectEvent."""
    try:
        event = json.loads(message)
        detail = event["detail"]
        bucket, key = detail["bucket"]["name"], detail["object"]["key"]
        if not (isinstance(bucket, str) and isinstance(key, str)):
            raise NotAnObjectEvent("The event's bucket and key are no text; delete the message.")
        return LogObject(bucket, key, str(detail["object"].get("etag", "")), _time(event.get("time")))
    except (ValueError, KeyError, TypeError, AttributeError):
        sentence = "This message is no S3 event of EventBridge; delete it, or upload its object again."
        raise NotAnObjectEvent(sentence) from None


def _time(value: object) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)


def kind_of(key: str) -> Kind:
    """ "log"; "events" for what came by a subscription filter; "batch" for the output of batch inference; "beside" for
    what Bedrock writes beside either; "foreign" for all else."""
    if BODY.fullmatch(key) or key.rpartition("/")[2] in (MARKER, batch_outputs.MANIFEST):
        return "beside"
    if LOG.fullmatch(key):
        return "log"
    if EVENTS.fullmatch(key):
        return "events"
    return "batch" if batch_outputs.KEY.fullmatch(key) else "foreign"


def passed_over(log: LogObject, buckets: Mapping[str, str]) -> str:
    """The metric of an object that is not read, "" for one that is. ``buckets``: kind -> where such are read; outputs
    of batch inference are read wherever a rule tells of them."""
    kind = kind_of(log.key)
    if kind == "beside":
        return "ObjectsBeside"
    is_read = kind == "batch" or log.bucket == buckets.get(kind)
    return "" if is_read else "ObjectsForeign"


class Return(NamedTuple):
    """How long a message is hidden before it comes back, and the metric that counts why; "" for none."""

    seconds: int
    metric: str = ""


def return_after(error: Exception, received: int) -> Return:
    """``received``: how often the message was received, this time included."""
    if isinstance(error, BodiesPending):
        return Return(BODY_SECONDS, "ObjectsWaiting")
    if isinstance(error, LogObjectBusy | ClaimLost):
        return Return(BUSY_SECONDS)
    if isinstance(error, TimeIsUp):
        return Return(0)
    return Return(min(MOST_SECONDS, FIRST_SECONDS * 2 ** min(received - 1, 9)), FAILED)
