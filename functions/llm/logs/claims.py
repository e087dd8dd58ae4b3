"""The same log object counts once, however often workers are told of it, and however many die over it.

One item of the application's table per object version (key and entity tag). Its holder has a lease until its own time
is over, and checkpoints: how many records of the object are measured and sent. A worker that takes over after a lease
ends goes on from there, so that a crash counts at most the one chunk twice that was sent and not yet written down.
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
"""Longer than the function may run; of a worker that does not say how long it can live."""

GRACE_SECONDS = 5
"""For which a lease outlives its worker, whom Lambda ends: a second worker never meets the first."""

WAIT_SECONDS = 50
"""For which no worker looks again after bodies were missing: a little less than the message is hidden, so that a second
message about the same object does not use its waits up."""


@dataclass(frozen=True, slots=True)
class Claim:
    """``position``: records that are done. ``waits``: how often its off-loaded bodies were waited for. ``version``
    rises with every write, so that a holder notices that it has lost. ``ends``: when its worker is no more, in seconds
    since the epoch."""

    key: str
    position: int = 0
    waits: int = 0
    version: int = 0
    ends: int = 0


class Claims:
    """``clock`` in seconds since the epoch."""

    def __init__(self, table: Table, clock: Callable[[], float] | None = None) -> None:
        self._table = table
        self._clock = clock or time.time

    def take(self, bucket: str, key: str, etag: str, seconds: float = LEASE_SECONDS) -> Claim | None:
        """The claim, held from now on; None where the object is done. ``seconds``: how long the worker can live from
        now on. The claim is held no longer, so that after a crash another one waits for minutes only.

        Raises LogObjectBusy while another worker holds it, or it waits for its bodies.
        """
        name = _name(bucket, key, etag)
        ends = int(self._clock() + max(seconds, 0)) + GRACE_SECONDS
        item = self._table.get(name)
        if item is None:
            claim = Claim(name, ends=ends)
            if self._table.put_if_absent(name, self._item(claim, "working"), seconds=REMEMBERED_SECONDS):
                return claim
            raise LogObjectBusy("Another worker took this log object at the same moment.")
        if item["state"] == "done":
            return None
        if item["state"] in {"working", "waiting"} and item["lease"] > self._clock():
            raise LogObjectBusy("Another worker reads this log object, or it waits for its bodies.")
        claim = Claim(name, item["position"], item["waits"], item["version"], ends)
        try:
            return self._write(claim, "working")
        except ClaimLost:
            raise LogObjectBusy("Another worker took this log object over at the same moment.") from None

    def is_open(self, bucket: str, key: str, etag: str) -> bool:
        """Whether a worker has begun with the object and not ended."""
        item = self._table.get(_name(bucket, key, etag))
        return item is not None and item["state"] != "done"

    def is_done(self, bucket: str, key: str, etag: str) -> bool:
        """Whether the object was measured, as far as that is remembered."""
        item = self._table.get(_name(bucket, key, etag))
        return item is not None and item["state"] == "done"

    def settle(self, bucket: str, key: str, etag: str) -> None:
        """Says of an object that all of it is measured, so that whoever is told of it passes it over."""
        name = _name(bucket, key, etag)
        self._table.put(name, self._item(Claim(name), "done"), seconds=REMEMBERED_SECONDS)

    def checkpoint(self, claim: Claim, position: int) -> Claim:
        """Notes that the records before ``position`` are sent. Raises ClaimLost."""
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
            "lease": self._lease(claim, state),
        }

    def _lease(self, claim: Claim, state: str) -> int:
        if state == "working":
            return claim.ends
        return int(self._clock()) + (WAIT_SECONDS if state == "waiting" else 0)


def _name(bucket: str, key: str, etag: str) -> str:
    return "llm-object#" + hashlib.sha256("\n".join((bucket, key, etag.strip('"'))).encode()).hexdigest()
