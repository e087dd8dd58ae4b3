"""Which lane an execution's asks take."""

from __future__ import annotations

import time

from common.admission.asks import Lane, Priority
from common.errors import ConcurrentUpdate, StorageUnavailable
from common.observability import count, logger
from common.table import Table


def choose(table: str, step: str, asks: int, priority: Priority, *, most: int, per_minute: int, unasked: str) -> Lane:
    """The lane for ``asks`` messages that one execution is about to send.

    ``high`` goes first and ``low`` next, always. ``normal`` goes first where it is small (``most``) and this minute's
    allowance of the lane (``per_minute``) is not used up. Without an answer of the table it goes next, counted as
    ``unasked``.
    """
    if priority == "low" or (priority == "normal" and asks > most):
        return "next"
    key, at_most = f"lane#{step}#{int(time.time() // 60)}", per_minute if priority == "normal" else None
    try:
        taken = Table(table).take(key, "asks", asks, seconds=600, at_most=at_most)
    except (StorageUnavailable, ConcurrentUpdate):
        logger().warning("no answer about the lane's allowance", exc_info=True)
        count(unasked)
        taken = None
    return "first" if priority == "high" or taken is not None else "next"
