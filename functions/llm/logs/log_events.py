"""Log events that CloudWatch Logs hands on by a subscription filter: the records of an account that logs only there.

The message is gzip of ``{messageType, owner, logGroup, logStream, subscriptionFilters, logEvents}`` (CloudWatch Logs
user guide, "Log group-level subscription filters"): base64 to a function, bare to a Kinesis stream, which is the way
across accounts and Regions. Each event's message is one record, as a log object has it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from llm.errors import NotLogEvents
from llm.logs import lines

GZIP = b"\x1f\x8b"
MOST_MESSAGE = 64 << 20
"""Bytes of a message once unpacked; what Lambda is handed has at most one packed, beyond this it is a bomb."""

PREFIX = "events/"
"""Of the keys in the stack's own bucket under which messages wait for the reader."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """``records``: a line each, none in a message that only tries the door ("CONTROL_MESSAGE"). ``first``: the time of
    the first event."""

    records: tuple[bytes, ...]
    group: str = ""
    first: datetime | None = None

    def stored(self) -> tuple[str, bytes]:
        """Key and body of the log object that this becomes. The same delivery gives the same two, whenever it comes."""
        body = gzip.compress(b"".join(line + b"\n" for line in self.records), mtime=0)
        at = self.first or datetime.fromtimestamp(0, UTC)
        digest = hashlib.sha256(self.group.encode() + b"\n" + b"\n".join(self.records)).hexdigest()
        return f"{PREFIX}{at:%Y/%m/%d/%H}/{digest}.json.gz", body


def from_event(event: dict[str, Any]) -> Delivery:
    """The delivery in a function's event. Raises NotLogEvents."""
    try:
        return read(base64.b64decode(event["awslogs"]["data"], validate=True))
    except (KeyError, TypeError, binascii.Error):
        raise NotLogEvents("The event has no awslogs.data in base64; only a subscription filter may call.") from None


def read(message: bytes) -> Delivery:
    """The delivery in a message as CloudWatch Logs packs it. Raises NotLogEvents."""
    unpacked = lines.inflate(message, MOST_MESSAGE) if message.startswith(GZIP) else None
    try:
        body = json.loads(unpacked) if unpacked is not None else None
    except (ValueError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    if body.get("messageType") == "CONTROL_MESSAGE":
        return Delivery(())
    events = body.get("logEvents")
    if body.get("messageType") != "DATA_MESSAGE" or not isinstance(events, list):
        raise NotLogEvents("The message is no delivery of CloudWatch Logs; delete it.")
    return Delivery(tuple(_line(event) for event in events), str(body.get("logGroup", "")), _time(events))


def _line(event: object) -> bytes:
    """One line. An event without a message is one that cannot be read, and is counted as such."""
    text = event.get("message") if isinstance(event, dict) else None
    if not isinstance(text, str) or not text.strip():
        return b"-"
    return " ".join(text.splitlines()).encode("utf-8", "replace")


def _time(events: list[Any]) -> datetime | None:
    stamp = events[0].get("timestamp") if events and isinstance(events[0], dict) else None
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC) if isinstance(stamp, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
