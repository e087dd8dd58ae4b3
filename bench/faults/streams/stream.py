"""What a scene knows of each kind of work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from bench.faults.whole import Count

AT_A_TIME = 8
K = TypeVar("K")


class Stream(Protocol):
    """One kind of work."""

    @property
    def kind(self) -> str: ...

    def send(self, number: int) -> None:
        """That many more pieces."""

    def look(self) -> Count:
        """What has come out of all that was sent; nothing of it counts as waiting yet."""

    def again(self) -> None:
        """From now on every piece is looked at anew and to the last word: what was right may be spoilt by now."""

    def waits(self, words: str) -> int:
        """How many of the pieces that the last look did not find are named by ``words``, all that waits as one text."""


class Pieces(ABC):
    """Work whose pieces have names, each with words by which a message or an execution tells that it is about it."""

    kind: str

    def __init__(self) -> None:
        self._words: dict[str, tuple[str, ...]] = {}
        self._done: set[str] = set()
        self._wrong: dict[str, str] = {}

    def look(self) -> Count:
        left = [name for name in self._words if name not in self._done]
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            found = dict(zip(left, pool.map(self.state, left), strict=True))
        self._wrong = {name: said for name, said in found.items() if isinstance(said, str)}
        self._done |= {name for name, said in found.items() if said is True}
        return Count(self.kind, len(self._words), len(self._done), 0, tuple(self._wrong.values()))

    def again(self) -> None:
        self._done.clear()

    def waits(self, words: str) -> int:
        missing = self._words.keys() - self._done - self._wrong.keys()
        return sum(any(word in words for word in self._words[name]) for name in missing)

    @abstractmethod
    def state(self, name: str) -> bool | str:
        """True: out, as it should be; False: not yet; a sentence: out, as it should never be."""


def differences(given: Mapping[K, int], found: Mapping[K, int]) -> tuple[int, int]:
    """How many of ``given`` are missing in ``found``, and how many of ``found`` are too many; both count by key."""
    missing = sum(max(0, count - found.get(key, 0)) for key, count in given.items())
    return missing, sum(max(0, count - given.get(key, 0)) for key, count in found.items())
