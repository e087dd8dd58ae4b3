"""Messages of the log queue: the object that one tells of, whether it is a log here, and when it comes back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from llm.errors import BodiesPending, ClaimLost, LogObjectBusy, NotAnObjectEvent, TimeIsUp

BODY_SECONDS, BUSY_SECONDS = 60, 120
FIRST_SECONDS, MOST_SECONDS = 30, 900
"""After a failure: doubled with every further one."""
FAILED = "ObjectsFailed"

_HOUR = r"(?:.*/)?AWSLogs/[^/]+/BedrockModelInvocationLogs/[^/]+/\d{4}/\d\d/\d\d/\d\d/"
LOG = re.compile(_HOUR + r"[^/]+\.json(?:\.gz)?")
BODY = re.compile(_HOUR + r"data/.+")
MARKER = "amazon-bedrock-logs-permission-check"


@dataclass(frozen=True, slots=True)
class LogObject:
    """An object that EventBridge told of."""

    bucket: str
    key: str
    etag: str


def object_of(message: str) -> LogObject:
    """The object in an S3 event of EventBridge. Raises NotAnObjectEvent."""
    try:
        detail = json.loads(message)["detail"]
        bucket, key = detail["bucket"]["name"], detail["object"]["key"]
        if not (isinstance(bucket, str) and isinstance(key, str)):
            raise NotAnObjectEvent("The event's bucket and key are no text; delete the message.")
        return LogObject(bucket, key, str(detail["object"].get("etag", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        sentence = "This message is no S3 event of EventBridge; delete it, or upload its object again."
        raise NotAnObjectEvent(sentence) from None


def kind_of(key: str) -> str:
    """ "log"; "beside" for what Bedrock writes beside its logs; "foreign" for all else."""
    if BODY.fullmatch(key) or key.rpartition("/")[2] == MARKER:
        return "beside"
    return "log" if LOG.fullmatch(key) else "foreign"


def passed_over(log: LogObject, bucket: str) -> str:
    """The metric of an object that is not read; "" for a log in ``bucket``."""
    kind = kind_of(log.key)
    if kind == "beside":
        return "ObjectsBeside"
    return "" if kind == "log" and log.bucket == bucket else "ObjectsForeign"


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
