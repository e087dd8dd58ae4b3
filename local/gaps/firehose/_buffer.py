"""Items that wait for each other: collected by size and time, and handed on together."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Buffer(Generic[T]):
    """Collects items until they have ``limit`` bytes, or until ``seconds`` after the first; then hands them on.

    ``flush`` runs in a thread of its own, in the account and region of the item that began the buffer.
    """

    def __init__(self, limit: int, seconds: float, flush: Callable[[list[T]], None]) -> None:
        self._limit, self._seconds, self._flush = limit, seconds, flush
        self._lock = threading.Lock()
        self._items: list[T] = []
        self._bytes = 0

    def add(self, item: T, size: int) -> None:
        with self._lock:
            self._items.append(item)
            self._bytes += size
            if self._bytes >= self._limit or not self._seconds:
                self._go(self._take(), 0)
            elif len(self._items) == 1:
                self._go(self._items, self._seconds)

    @property
    def waits(self) -> bool:
        return bool(self._items)

    def _take(self) -> list[T]:
        items, self._items, self._bytes = self._items, [], 0
        return items

    def _go(self, items: list[T], seconds: float) -> None:
        def later() -> None:
            if seconds:
                with self._lock:
                    if self._items is not items:
                        return  # its size has sent it on before
                    self._take()
            self._flush(items)

        timer = threading.Timer(seconds, contextvars.copy_context().run, (later,))
        timer.daemon = True
        timer.start()
