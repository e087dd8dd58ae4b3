"""The question before anything is sent, and the wait for what was sent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator

from operate import asking
from operate.errors import OperateError

LOOK_SECONDS = 5.0


def agreed(question: str, *, yes: bool, ask: asking.Ask = asking.terminal) -> bool:
    """Whether a person says yes; ``yes``: it was said before. Raises OperateError where nobody can be asked."""
    if yes:
        return True
    said = asking.answer(f"{question} [y/N] ", "Nobody can be asked here; add --yes to send them.", ask)
    return said.lower() in {"y", "yes"}


class Unfinished(OperateError):
    """Not all that was asked for has worked, or not yet."""


def progress(
    waiting: Collection[str],
    done: Callable[[str], str | None],
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[str, None, tuple[Counter[str], int]]:
    """Looks at each of ``waiting`` until all have ended or ``seconds`` are over, and says how many have. ``done``: the
    word for how one has ended, None as long as it has not. Gives the words with how many each, and how
    many are left."""
    ends, left, until, told = Counter[str](), list(waiting), clock() + seconds, -1
    while left:
        still = []
        for one in left:
            end = done(one)
            if end is None:
                still.append(one)
            else:
                ends[end] += 1
        left = still
        if len(waiting) - len(left) != told:
            told = len(waiting) - len(left)
            yield f"{told} of {len(waiting)}"
        if not left or clock() >= until:
            break
        sleep(LOOK_SECONDS)
    return ends, len(left)


def result(ends: Counter[str], left: int, worked: Collection[str], unsent: int = 0) -> Iterator[str]:
    """The last line: how many worked, failed, are left. ``worked``: the words of ``ends`` that are a success;
    ``unsent``: what could not even be sent, which counts as failed. Raises Unfinished where not all have worked."""
    good = sum(ends[word] for word in worked)
    failed = ends.total() - good + unsent
    words = [f"{number} {end}" for end, number in sorted(ends.items())] + ([f"{unsent} not sent"] if unsent else [])
    yield f"{good} worked, {failed} failed, {left} left" + (f": {', '.join(words)}" if words else "")
    if failed and left:
        raise Unfinished(f"{failed} failed and {left} have not ended. {_FAILED} {_LEFT}")
    if failed:
        raise Unfinished(f"{failed} failed. {_FAILED}")
    if left:
        raise Unfinished(f"{left} {'has' if left == 1 else 'have'} not ended. {_LEFT}")


_FAILED = "Mend what is said above (docs/operations.md, errors by name), then run the same command again."
_LEFT = "They go on, wait, or have failed meanwhile (make redrive); the same command looks again."
