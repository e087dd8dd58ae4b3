"""The question before anything is sent, and the wait for what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

from operate import asking

LOOK_SECONDS = 5.0


def agreed(question: str, *, yes: bool, ask: asking.Ask = asking.terminal) -> bool:
    """Whether a person says yes; ``yes``: it was said before. Raises OperateError where nobody can be asked."""
    if yes:
        return True
    said = asking.answer(f"{question} [y/N] ", "Nobody can be asked here; add --yes to send them.", ask)
    return said.lower() in {"y", "yes"}


def progress(
    waiting: Collection[str],
    done: Callable[[str], str | None],
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Looks at each of ``waiting`` until all have ended or ``seconds`` are over; says how many, and in the end what is
    left. ``done``: the word for how one has ended, None as long as it has not."""
    ends, left, until, told = dict[str, int](), list(waiting), clock() + seconds, -1
    while left:
        still = []
        for one in left:
            end = done(one)
            if end is None:
                still.append(one)
            else:
                ends[end] = ends.get(end, 0) + 1
        left = still
        if len(waiting) - len(left) != told:
            told = len(waiting) - len(left)
            yield f"{told} of {len(waiting)}"
        if not left or clock() >= until:
            break
        sleep(LOOK_SECONDS)
    said = ", ".join(f"{number} {end}" for end, number in sorted(ends.items())) or "none has ended"
    rest = ", which go on, wait, or have failed (make redrive); the same command looks again" if left else ""
    yield f"{said}; {len(left)} left{rest}"
