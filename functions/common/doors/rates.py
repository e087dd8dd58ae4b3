"""How often one identity may ask in a minute: one counter per minute in the table.

Without an answer of the table nobody gets in (StorageUnavailable, a 503): a free pass would be what a flood needs.
"""

from __future__ import annotations

import math

from common.doors.errors import TooManyRequests
from common.table import Table

MINUTE = 60
_KEPT_SECONDS = 600
"""Longer than the minute, so that no clock that is late begins it anew."""


def admit(table: Table, door: str, identity: str, most: int, now: float) -> None:
    """Counts one request of an identity at ``door``. ``now``: seconds of the epoch.

    Raises TooManyRequests where this minute has had ``most`` already, StorageUnavailable.
    """
    minute = math.floor(now / MINUTE)
    if table.take(f"rate#{door}#{identity}#{minute}", "asked", 1, seconds=_KEPT_SECONDS, at_most=most) is None:
        raise TooManyRequests(most, math.ceil((minute + 1) * MINUTE - now) or 1)
