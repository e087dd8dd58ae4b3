"""The same log object counts once, however often workers are told of it, and however many die over it.

One item of the application's table per object version (key and entity tag). Its holder has a lease, renewed with every
checkpoint: how many records of the object are measured and sent. A worker that takes over after a lease ends goes on
from there, so that a crash counts at most the one chunk twice that was sent and not yet written down.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from common.table import Table
from llm.errors import ClaimLost, LogObjectBusy

QUEUE_SECONDS = 14 * 24 * 3600
"""For which the queue, and after it that of the dead letters, keeps a message at most; what SQS allows."""

REMEMBERED_SECONDS = QUEUE_SECONDS + 24 * 3600
"""Longer than a message about the object can come; CloudWatch takes no values that old (``llm.emission.metrics``)."""

LEASE_SECONDS = 330
"""Longer than the function may run."""

WAIT_SECONDS = 50
"""For which no worker looks again after bodies were missing: a little less than the message is hidden, so that a second
message about the same object does not use its waits up."""

_HELD = {"working": LEASE_SECONDS, "waiting": WAIT_SECONDS}


@dataclass(frozen=True, slots=True)
class Claim:
    """``position``: records that are done. ``waits``: how often its off-loaded bodies were waited for. ``version``
    rises with every write, so that a holder notices that it has lost."""

    key: str
    position: int = 0
    waits: int = 0
    version: int = 0


class Claims:
    """``clock`` in seconds since the epoch."""

    def __init__(self, table: Table, clock: Callable[[], float] | None = None) -> None:
        self._table = table
        self._clock = clock or time.time

    def take(self, bucket: str, key: str, etag: str) -> Claim | None:
        """The claim, held from now on; None where the object is done.

        Raises LogObjectBusy while another worker holds it, or it waits for its bodies.
        """
        name = "llm-object#" + hashlib.sha256("\n".join((bucket, key, etag.strip('"'))).encode()).hexdigest()
        item = self._table.get(name)
        if item is None:
            claim = Claim(name)
            if self._table.put_if_absent(name, self._item(claim, "working"), seconds=REMEMBERED_SECONDS):
                return claim
            raise LogObjectBusy("Another worker took this log object at the same moment.")
        if item["state"] == "done":
            return None
        if item["state"] in _HELD and item["lease"] > self._clock():
            raise LogObjectBusy("Another worker reads this log object, or it waits for its bodies.")
        claim = Claim(name, item["position"], item["waits"], item["version"])
        try:
            return self._write(claim, "working")
        except ClaimLost:
            raise LogObjectBusy("Another worker took this log object over at the same moment.") from None

    def checkpoint(self, claim: Claim, position: int) -> Claim:
        """Notes that the records before ``position`` are sent, and renews the lease. Raises ClaimLost."""
        return self._write(replace(claim, position=position), "working")

    def finish(self, claim: Claim) -> None:
        """Raises ClaimLost where another worker is at it; then that one finishes."""
        self._write(claim, "done")

    def release(self, claim: Claim, *, waited: bool = False) -> None:
        """Gives the object back, to be gone on with from the last checkpoint; with ``waited`` after some seconds."""
        self._write(replace(claim, waits=claim.waits + waited), "waiting" if waited else "free")

    def _write(self, claim: Claim, state: str) -> Claim:
        after = replace(claim, version=claim.version + 1)
        kept = self._table.put(
            claim.key,
            self._item(after, state),
            seconds=REMEMBERED_SECONDS,
            condition="#version = :version",
            values={"version": claim.version},
        )
        if not kept:
            raise ClaimLost("Another worker took this log object over, because this one was silent for too long.")
        return after

    def _item(self, claim: Claim, state: str) -> dict[str, Any]:
        return {
            "state": state,
            "position": claim.position,
            "waits": claim.waits,
            "version": claim.version,
            "lease": int(self._clock()) + _HELD.get(state, 0),
        }
