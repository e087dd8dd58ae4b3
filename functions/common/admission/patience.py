"""A worker's time, and how it waits for a service within it; also where no execution waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from common.admission.asks import Lane
from common.errors import TransientError
from common.observability import Context

T = TypeVar("T")

LEFT_SECONDS = 20.0
"""A worker begins nothing new when Lambda leaves it less than this; one call of a service has to fit in. A step whose
service may take longer says so (``Step.left_seconds``)."""

PAUSES: Mapping[Lane, tuple[float, float]] = MappingProxyType({"first": (0.05, 0.3), "next": (0.25, 1.0)})
"""Seconds between two tries while the service throttles, at least and at most: the first lane asks more often."""
OUTAGE_PAUSES = (1.0, 10.0)
"""Likewise where the service fails or cannot be reached."""
OUTAGE_SECONDS = 30.0
"""How long a worker stands by a service that fails before it sends the work again and lets go."""
LATER_SECONDS = (30, 60)
"""Delay of a message that is sent again because of an outage, so that nobody pays for workers that only wait."""
HELD_SECONDS = (15, 240)
"""Likewise where nothing may be bought: the first time, and at most; twice as long each time. A ceiling that is raised
and a pipeline that is resumed wait for it, so it stays below what the alarms on waiting allow."""

GROWTH, SHRINKING = 1.5, 0.9
"""What a pause becomes after a refusal, and after a success."""


class HandBack(Exception):
    """The rest has to be another worker's; ``seconds``: not before."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__()
        self.seconds = seconds


class Patience:
    """A worker's time, and how it waits for a service within it; also where no execution waits.

    ``throttled`` and ``unavailable`` as in ``Step``; ``left_seconds``: with less nothing new is begun.
    """

    def __init__(
        self,
        lane: Lane,
        context: Context,
        throttled: tuple[type[TransientError], ...],
        unavailable: tuple[type[TransientError], ...],
        left_seconds: float = LEFT_SECONDS,
    ) -> None:
        self._context, self._left_seconds = context, left_seconds
        self._throttled, self._unavailable = throttled, unavailable
        self._floor, self._ceiling = PAUSES[lane]
        self._pause = self._floor
        self._failing_since: float | None = None

    def begin(self) -> None:
        """Before each piece of the work. Raises HandBack where there is not enough time for another one."""
        if self._context.get_remaining_time_in_millis() < self._left_seconds * 1000:
            raise HandBack

    def patiently(self, call: Callable[[], T]) -> T:
        """What ``call`` returns once the service lets it. Raises HandBack where that takes too long."""
        while True:
            self.begin()
            try:
                result = call()
            except self._throttled:
                self._failing_since = None
                self._wait(self._floor, self._ceiling)
            except self._unavailable:
                self._stand_by()
            else:
                self._failing_since = None
                self._pause = max(self._floor, self._pause * SHRINKING)
                return result

    def _stand_by(self) -> None:
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > OUTAGE_SECONDS:
            raise HandBack(later())
        self._wait(*OUTAGE_PAUSES)

    def _wait(self, shortest: float, longest: float) -> None:
        self._pause = min(longest, max(shortest, self._pause * GROWTH))
        time.sleep(random.uniform(0.5, 1.5) * self._pause)  # noqa: S311 - no secret


def later() -> int:
    """Seconds after which work is sent again that a service could not do."""
    return random.randint(*LATER_SECONDS)  # noqa: S311 - no secret


def held(handed: int, longest: int = HELD_SECONDS[1]) -> int:
    """Seconds after which work is sent again that could buy nothing, where it was sent again ``handed`` times; at most
    ``longest``."""
    shortest = HELD_SECONDS[0]
    most = min(longest, shortest * 2 ** min(handed, 8))
    return random.randint(max(1, most // 2), most)  # noqa: S311 - no secret
