"""What went in, what came out, what waits, what is lost or wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """Pieces of work of one kind. ``waiting``: in a queue, or in an execution that still goes on. ``wrong``: a sentence
    each; ``notes``: what is not wrong and has to be said."""

    kind: str
    given: int
    out: int
    waiting: int = 0
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Given, not come out, and nowhere to be found."""
        return max(0, self.given - self.out - self.waiting)

    @property
    def ended(self) -> bool:
        """Nothing more is to come: what came out wrong is not waited for."""
        return self.out + len(self.wrong) >= self.given

    @property
    def well(self) -> bool:
        return not self.lost and not self.wrong


@dataclass(frozen=True)
class Whole:
    """A scene's end. ``fault``: what was done to it, and how often; ``queues``: messages that wait, by queue."""

    scene: str
    fault: str
    counts: tuple[Count, ...]
    queues: dict[str, int]
    seconds: float
    redriven: int = 0
    threads: int = 0
    """The most that the local cloud was seen to have."""
    megabytes: int = 0
    """Likewise, resident."""
    unproved: str = ""
    """Why the scene shows nothing: its fault did not happen, or not as often as it should."""
    standing: tuple[str, ...] = ()
    """Where something is lost: the executions that are still open, and what each of them did last."""

    @property
    def well(self) -> bool:
        return not self.unproved and all(count.well for count in self.counts)

    def lines(self) -> Iterable[str]:
        """For a person; the last one is the sum."""
        for count in self.counts:
            yield f"  {count.kind}: {count.given} in, {count.out} out, {count.waiting} waiting, {count.lost} lost"
            yield from (f"  NO   {sentence}" for sentence in count.wrong[:5])
            yield from (f"       {sentence}" for sentence in count.notes)
        yield from (f"  still open: {sentence}" for sentence in self.standing[:20])
        if self.unproved:
            yield f"  NO   {self.unproved}"
        yield (
            f"  {self.fault}; {self.seconds:.0f} s, {self.redriven} redrives, "
            f"at most {self.threads} threads and {self.megabytes} MB"
        )
        for queue, depth in sorted(self.queues.items()):
            yield f"  waits in {queue}: {depth}"
        given, out, waiting, lost = map(self.sum, ("given", "out", "waiting", "lost"))
        yield f"whole: {given} in, {out} out, {waiting} waiting, {lost} lost"

    def sum(self, what: str) -> int:
        """Over all kinds of work."""
        return sum(getattr(count, what) for count in self.counts)
