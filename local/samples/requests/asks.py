"""Messages as Lambda hands them over from a queue, those of the lanes among them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Document = dict[str, Any]
AT = "2026-11-20T08:30:00.123Z"
SENT = 1795163400123
"""Milliseconds; the same moment."""


def asked(work: Document, token: str, queue: str, at: str = "${Now}") -> Document:
    """A piece of work on a lane's queue, as Lambda hands it over (`common.admission.Ask`)."""
    ask = {"schema": 1, "work": work, "token": token, "asked_at": at, "handed": 0}
    return batch(queue, [json.dumps(ask, ensure_ascii=False)], prefix="")


def batch(queue: str, bodies: list[str], prefix: str = "millrace-") -> Document:
    """Messages as Lambda's event source for SQS hands them over (Lambda developer guide, "Example SQS event")."""
    return {
        "Records": [
            {
                "messageId": f"059f36b4-87a3-44ab-83d2-66197500000{number}",
                "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a{number}",
                "body": content,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": str(SENT),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": str(SENT + 4),
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{prefix}{queue}",
                "awsRegion": "us-east-1",
            }
            for number, content in enumerate(bodies, 1)
        ]
    }
