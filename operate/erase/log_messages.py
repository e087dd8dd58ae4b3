"""Deliveries of log events among the dead letters: a message holds the records themselves.

Such a message is sent again without the records, then the old one is deleted: stopped in between both are there, and a
repeat deletes the old one.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from llm.errors import NotLogEvents
from llm.logs import log_events
from operate.clients import Target
from operate.erase import waiting
from operate.erase.erasure import Tally
from operate.erase.records import Matches

QUEUE = "LlmDeadLetters"


def erase(target: Target, matches: Matches, tally: Tally) -> None:
    url = target.resources().get(QUEUE, "")
    if not url:
        return
    sqs = target.client("sqs")

    def names_it(body: str) -> bool:
        left = without(body, matches)
        if left is None:
            return False
        if left:
            sqs.send_message(QueueUrl=url, MessageBody=left)
        return True

    waiting.delete(sqs, [(QUEUE, url)], names_it, tally)


def without(body: str, matches: Matches) -> str | None:
    """The message without the records, "" where none is left; None where it holds none of them."""
    try:
        message = json.loads(body)
        data = message["requestPayload"]["awslogs"]["data"]
        packed = base64.b64decode(data, validate=True)
        log_events.read(packed)  # no bomb, and a delivery
        delivery = json.loads(gzip.decompress(packed))
    except (ValueError, KeyError, TypeError, OSError, NotLogEvents):
        return None
    events = delivery.get("logEvents", [])
    left = [event for event in events if not _holds(event, matches)]
    if len(left) == len(events):
        return None
    if not left:
        return ""
    delivery["logEvents"] = left
    kept = base64.b64encode(gzip.compress(json.dumps(delivery).encode(), mtime=0)).decode()
    message["requestPayload"]["awslogs"]["data"] = kept
    return json.dumps(message)


def _holds(event: Any, matches: Matches) -> bool:
    try:
        record = json.loads(event["message"])
    except (ValueError, KeyError, TypeError):
        return False
    return isinstance(record, dict) and matches(record)
