"""Step Functions: ``MaxDelaySeconds`` and ``JitterStrategy`` of a retrier.

AWS: the pause before try n + 1 is IntervalSeconds * BackoffRate ** n, at most MaxDelaySeconds; with
``JitterStrategy: FULL`` it is drawn between 0 and that (Developer Guide, "Handling errors in Step Functions
workflows", table of retrier fields).
MiniStack: knows neither field, and cuts every pause to 60 s.
"""

from __future__ import annotations

import contextvars
import random
from collections.abc import Callable
from typing import Any

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "services.stepfunctions._find_matching_retrier": "(retriers, error, retry_counts)",
    "services.stepfunctions._scaled_sleep": "(seconds)",
}

#: The retrier found last in this thread and how often it was used before; MiniStack sleeps right after
#: finding one.
_due: contextvars.ContextVar[tuple[Record, int] | None] = contextvars.ContextVar("sfn_retry", default=None)


def delay_seconds(retrier: Record, used: int, draw: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds to wait before the next try of a state whose retrier was used ``used`` times before."""
    longest = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** used
    longest = min(longest, float(retrier.get("MaxDelaySeconds", longest)))
    return draw(0.0, longest) if retrier.get("JitterStrategy", "NONE") == "FULL" else longest


def _noting(find: Callable[..., tuple[Any, int]]) -> Callable[..., tuple[Any, int]]:
    def find_matching_retrier(retriers: list[Any], error: str, retry_counts: dict[int, int]) -> tuple[Any, int]:
        retrier, index = find(retriers, error, retry_counts)
        _due.set(None if retrier is None else (retrier, retry_counts.get(index, 0)))
        return retrier, index

    return find_matching_retrier


def _as_the_retrier_says(sleep: Callable[[float], None]) -> Callable[[float], None]:
    def scaled_sleep(seconds: float) -> None:
        due = _due.get()
        _due.set(None)
        sleep(seconds if due is None else delay_seconds(*due))

    return scaled_sleep


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._find_matching_retrier", _noting)
    _seams.replace("services.stepfunctions._scaled_sleep", _as_the_retrier_says)
