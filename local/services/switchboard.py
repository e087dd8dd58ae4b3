"""What tests and operators may switch on an engine: faults that strike the next calls, and the count of what was asked.

Each engine has a switchboard below ``/_local/<service>/``, with no AWS path and no signature: ``GET`` and ``DELETE
usage``; ``POST`` and ``DELETE`` of each switch, by default ``faults``.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from local.cloud.http import Request, Response, as_json

T = TypeVar("T")


@dataclass(slots=True)
class _Fault(Generic[T]):
    kind: T
    applies: Callable[[str], bool]
    times: int | None


class Faults(Generic[T]):
    """Faults in the order in which they were asked for; the oldest that applies strikes, so often as it was asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[_Fault[T]] = []

    def add(self, kind: T, times: int | None, applies: Callable[[str], bool] = lambda _: True) -> None:
        """Let the next ``times`` calls to which it applies be struck; None: until cleared.

        Raises:
            ValueError: times is no whole number of 1 or more.
        """
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError(f"times {times!r}: use 1 or more, or null for until cleared")
        with self._lock:
            self._faults.append(_Fault(kind, applies, times))

    def strike(self, subject: str = "") -> T | None:
        """What strikes a call about ``subject``; None where no fault applies."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.applies(subject)), None)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault.kind

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()


class Usage:
    """Counts by name since the last reset; ``names`` are there while they are 0."""

    def __init__(self, *names: str) -> None:
        self._lock = threading.Lock()
        self._names = names
        self._counts: Counter[str] = Counter()

    def count(self, **amounts: int) -> None:
        """Add to the counts."""
        with self._lock:
            self._counts.update(amounts)

    def counts(self) -> dict[str, int]:
        """All counts, by name."""
        with self._lock:
            return dict(sorted({**dict.fromkeys(self._names, 0), **self._counts}.items()))

    def reset(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._counts.clear()


@dataclass(frozen=True)
class Switch:
    """``form`` says which JSON ``set`` takes; ``set`` raises ValueError for what cannot be."""

    form: str
    set: Callable[[dict[str, Any]], None]
    clear: Callable[[], None] | None = None


class Switchboard:
    """The HTTP form of an engine's usage and switches; call it with a request."""

    def __init__(self, usage: Usage, switches: Mapping[str, Switch]) -> None:
        self._usage, self._switches = usage, switches

    def __call__(self, request: Request) -> Response:
        name = request.path.rstrip("/").rpartition("/")[2]
        switch = self._switches.get(name)
        if name == "usage" and request.method == "GET":
            return as_json(200, self._usage.counts())
        clear = self._usage.reset if name == "usage" else switch.clear if switch else None
        if request.method == "DELETE" and clear:
            clear()
            return as_json(200, {})
        if request.method == "POST" and switch:
            return self._set(request, name, switch)
        return as_json(404, {"message": f"Use POST or DELETE on {', '.join(self._switches)}, GET or DELETE on usage."})

    def _set(self, request: Request, name: str, switch: Switch) -> Response:
        try:
            switch.set(request.json())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return as_json(400, {"message": f"{name} cannot be set; send {switch.form} as JSON: {error}"})
        return as_json(200, {})
