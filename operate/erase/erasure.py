"""What is to be erased, and what every kind of erasing has: what is found, what stays and why, and the act itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Wish:
    """Calls of models. ``requests``: ids; ``app``: the name that callers give; ``prefix``: all log objects below it;
    ``day``: of the calls, UTC, None for every day that is kept."""

    requests: frozenset[str] = frozenset()
    app: str = ""
    prefix: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Subject:
    """One of the four: an article's id, a document's key, calls, whoever asked questions (a token's sub, or an ARN).

    ``old_bucket``: of a document or of who asked, a KnowledgeBucket that stayed when its pipeline was switched off."""

    article: str = ""
    document: str = ""
    asker: str = ""
    calls: Wish | None = None
    old_bucket: str = ""


@dataclass
class Tally:
    """``gone``: by what it was, how many; ``failed``: a sentence for each thing that is still there."""

    gone: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.gone[what] = self.gone.get(what, 0) + number

    def fail(self, sentence: str) -> None:
        self.failed.append(sentence)


@dataclass
class Erasure:
    """``found`` and ``stays``: lines for a person. ``act`` erases and may be repeated, whatever an earlier run did."""

    found: list[str]
    stays: list[str]
    act: Callable[[Tally], None]


def together(*erasures: Erasure) -> Erasure:
    """One after the other; a later one is done whatever an earlier one could not do."""

    def act(tally: Tally) -> None:
        for each in erasures:
            left = Tally(tally.gone)
            each.act(left)
            tally.failed += left.failed

    found = [line for each in erasures for line in each.found]
    return Erasure(found, [line for each in erasures for line in each.stays], act)
