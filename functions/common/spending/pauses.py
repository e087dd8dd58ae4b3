"""Whether a pipeline is paused: one item in the table, written by an operator, looked at before each paid call.

A worker asks at most once in SECONDS and remembers the answer; so a pause is in force that long after it was written,
and so is its end. Without an answer nothing is bought.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from common.errors import PipelinePaused
from common.table import Table, absent

SECONDS = 15.0
FOR_EVER = 10 * 365 * 86_400
"""A pause ends by an operator's hand; items have a date all the same."""

_seen: dict[tuple[str, str], tuple[float, Pause | None]] = {}


@dataclass(frozen=True, slots=True)
class Pause:
    """``by`` whom, ``at`` when (RFC 3339), and ``why``, which may be empty."""

    by: str
    at: str
    why: str = ""


def key(pipeline: str) -> str:
    return f"spending#{pipeline}#paused"


def read(table: Table, pipeline: str) -> Pause | None:
    """None where the pipeline is not paused. Raises StorageUnavailable."""
    item = table.get(key(pipeline))
    return None if item is None else Pause(str(item["by"]), str(item["at"]), str(item.get("why", "")))


def begin(table: Table, pipeline: str, pause: Pause) -> bool:
    """Pauses it; False where it is paused already, by whomever the item names."""
    item = {"by": pause.by, "at": pause.at, "why": pause.why}
    values = {"now": int(time.time())}
    return table.put(key(pipeline), item, seconds=FOR_EVER, condition=absent(), values=values)


def end(table: Table, pipeline: str) -> None:
    """Resumes it; nothing happens where it is not paused."""
    table.delete(key(pipeline))


def check(table: Table, pipeline: str, clock: Callable[[], float] = time.time) -> None:
    """Raises PipelinePaused, as of at most SECONDS ago; StorageUnavailable where nobody knows.

    ``clock``: of the wall. Between two calls Lambda freezes a worker, and its monotonic clock may stand still too: a
    worker of a call per minute would go on for an hour. A wall clock that was put back is no answer either.
    """
    place, now = (table.name, pipeline), clock()
    seen = _seen.get(place)
    if seen is not None and 0 <= now - seen[0] < SECONDS:
        pause = seen[1]
    else:
        pause = read(table, pipeline)
        _seen[place] = (now, pause)
    if pause is not None:
        raise PipelinePaused(
            f"{pipeline} was paused by {pause.by} at {pause.at}; it goes on after operate resume {pipeline}."
        )


def forget() -> None:
    """The next check asks the table."""
    _seen.clear()
