"""S3 that answers 503 SlowDown for a while, to functions and state machines.

AWS (S3 API reference, "Error responses"): 503 SlowDown, "Please reduce your request rate.", which every SDK tries
again. ``POST /_local/s3/faults`` ``{"share": 0.5, "times": 100, "seed": 7}``: this share of their requests, so often
(``times`` null: until ``DELETE``); ``GET /_local/s3/usage`` counts them. The account's root user, who looks on from
outside, is spared.
"""

from __future__ import annotations

import random
import threading
from typing import Any

from local.cloud.http import Response
from local.cloud.settings import ACCESS_KEY
from local.services.switchboard import Switch, Switchboard, Usage

USAGE = Usage("refused")
_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code>'
    "<Message>Please reduce your request rate.</Message></Error>"
)


class Outage:
    """How many requests are still to be refused, and which share of those that come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._share = 0.0
        self._left: int | None = 0
        self._chance = random.Random()  # noqa: S311 - repeatable on purpose

    def begin(self, share: float, times: int | None = None, seed: int = 0) -> None:
        """Raises ValueError for a share outside of 0 to 1, or fewer than one time."""
        if not 0 < share <= 1 or (times is not None and times < 1):
            raise ValueError("share is above 0 and at most 1, times at least 1 or null")
        with self._lock:
            self._share, self._left, self._chance = share, times, random.Random(seed)  # noqa: S311

    def end(self) -> None:
        """S3 is well again."""
        with self._lock:
            self._share, self._left = 0.0, 0

    def strikes(self, access_key: str) -> bool:
        """Whether this request is refused."""
        if not self._share or access_key == ACCESS_KEY:
            return False
        with self._lock:
            if self._left == 0 or self._chance.random() >= self._share:
                return False
            self._left = None if self._left is None else self._left - 1
        USAGE.count(refused=1)
        return True


OUTAGE = Outage()


def refusal() -> Response:
    """What S3 answers then."""
    return Response(503, {"content-type": "application/xml", "server": "AmazonS3"}, _BODY.encode())


def _set(wish: dict[str, Any]) -> None:
    times = wish.get("times")
    OUTAGE.begin(float(wish["share"]), None if times is None else int(times), int(wish.get("seed", 0)))


control = Switchboard(USAGE, {"faults": Switch("{share, times, seed}", _set, OUTAGE.end)})
