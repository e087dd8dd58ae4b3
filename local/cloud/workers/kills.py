"""Functions' processes that die in the middle of an event, as many and as often as a test asks for.

``POST /_local/lambda/kills`` ``{"share": 0.2, "times": 200, "seed": 7, "match": "Reader"}``: a process that serves an
event of a function whose name has the pattern is killed (SIGKILL, its children too) with this probability, at a moment
up to twice the time that the function took last, or, with ``"after": 0``, so many seconds after the event came.
``DELETE`` ends it. ``GET /_local/lambda/usage`` counts those that were killed while they worked, in all and by
function; who was done before the moment came was not.

``LOCAL_CLOCK_SKEW=120``: the clock of each process is off by a time of its own, at most so many seconds, ahead or
behind. The deadline of an event is by the same clock: on Lambda both are the host's, so no function has less time for
it.
"""

from __future__ import annotations

import os
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from local.services.switchboard import Switch, Switchboard, Usage

_LOOK_EVERY = 0.005
USAGE = Usage("killed")
CLOCK_SETTING = "LOCAL_CLOCK_SKEW"
FIRST_GUESS = 1.0
"""Seconds that a function is taken to need before it was seen to need any."""


@dataclass
class _Wish:
    share: float
    left: int
    chance: random.Random
    pattern: re.Pattern[str]
    after: float | None


class Kills:
    """What was asked for, and how long each function took last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wish: _Wish | None = None
        self._took: dict[str, float] = {}

    def wish(self, share: float, times: int, seed: int = 0, match: str = "", after: float | None = None) -> None:
        """Raises ValueError for a share outside of 0 to 1, fewer than one, or a pattern that is none."""
        if not 0 < share <= 1 or times < 1:
            raise ValueError("share is above 0 and at most 1, times at least 1")
        try:
            pattern = re.compile(match)
        except re.error as error:
            raise ValueError(f"match {match!r} is not a regular expression: {error}") from error
        with self._lock:
            chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
            self._wish = _Wish(share, times, chance, pattern, after)

    def clear(self) -> None:
        """Nothing is killed any more."""
        with self._lock:
            self._wish = None

    def took(self, name: str, seconds: float) -> None:
        """How long an event of the function took."""
        with self._lock:
            self._took[name] = seconds

    def moment(self, name: str) -> float | None:
        """Seconds after which the process that begins with an event now is to die; None: it is to live."""
        with self._lock:
            wish = self._wish
            if wish is None or wish.left < 1 or not wish.pattern.search(name) or wish.chance.random() >= wish.share:
                return None
            if wish.after is not None:
                return wish.after
            return wish.chance.random() * 2 * self._took.get(name, FIRST_GUESS)

    def used(self, name: str) -> bool:
        """One of those that were asked for, of this function; False where there is none left."""
        with self._lock:
            if self._wish is None or self._wish.left < 1:
                return False
            self._wish.left -= 1
        USAGE.count(killed=1, **{name: 1})
        return True


KILLS = Kills()


class Mortal(Protocol):
    """What can be killed."""

    def die(self, may: Callable[[], bool]) -> bool:
        """Kills it where ``may`` says so; False where there is nothing yet to be killed."""
        ...


@contextmanager
def in_danger(name: str, doomed: Mortal) -> Iterator[Callable[[], None]]:
    """Inside, an event is served, and ``doomed`` may die of it. What it gives is to be called before the event is sent:
    who dies after 0 seconds dies then, however busy the machine is.
    """
    moment = KILLS.moment(name)
    done = threading.Event()

    def at_once() -> None:
        if moment == 0:
            doomed.die(lambda: KILLS.used(name))

    def strike(pause: float) -> None:
        # A process that is not there yet dies as soon as it is.
        while not done.wait(pause) and not doomed.die(lambda: KILLS.used(name)):
            pause = _LOOK_EVERY

    if moment:
        threading.Thread(target=strike, args=(moment,), daemon=True, name="kill").start()
    try:
        yield at_once
    finally:
        done.set()


def clock_skew(name: str) -> float:
    """Seconds by which the clock of a process is ahead (or, below 0, behind); by its name always the same."""
    setting = os.environ.get(CLOCK_SETTING) or "0"
    try:
        most = float(setting)
    except ValueError:
        raise ValueError(f"{CLOCK_SETTING}={setting!r}: set it to a number of seconds") from None
    return random.Random(name).uniform(-most, most) if most else 0.0  # noqa: S311 - repeatable on purpose


def _set(wish: dict[str, Any]) -> None:
    after = None if wish.get("after") is None else float(wish["after"])
    KILLS.wish(float(wish["share"]), int(wish["times"]), int(wish.get("seed", 0)), str(wish.get("match", "")), after)


control = Switchboard(USAGE, {"kills": Switch("{share, times, seed, match, after}", _set, KILLS.clear)})
