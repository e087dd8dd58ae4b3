"""What a test may switch on the local language models: the next answers are bad ones, or errors; and what was asked.

``POST /_local/bedrock/faults`` ``{"mode": "prose", "times": 2}``; ``DELETE`` ends them; ``GET`` and ``DELETE
.../usage``. The same under ``/_local/sagemaker``. Modes of answers: ``prose`` (no JSON), ``cut`` (ends in the middle at
the token limit), ``looping`` (one sentence five times), ``empty``, ``broken`` (JSON that does not end). All others are
errors of the engine, by their names.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.cloud.http import Request, Response

ANSWERS = ("prose", "cut", "looping", "empty", "broken")
Extra = Callable[[Request, str], Response | None]


@dataclass(slots=True)
class _Fault:
    mode: str
    times: int | None


class Switches:
    """Faults and counters of one engine. ``errors``: names of errors that it can answer with."""

    def __init__(self, errors: Mapping[str, int]) -> None:
        self.errors = errors
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self._usage: Counter[str] = Counter()

    def set_fault(self, mode: str, times: int | None = 1) -> None:
        """Let the next ``times`` answers be bad; None: until cleared. Faults come one after the other.

        Raises:
            ValueError: an unknown mode, or times below 1.
        """
        if mode not in ANSWERS and mode not in self.errors:
            raise ValueError(f"mode {mode!r}: use one of {', '.join([*ANSWERS, *self.errors])}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError(f"times {times!r}: use 1 or more, or null for until cleared")
        with self._lock:
            self._faults.append(_Fault(mode, times))

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            self._faults.clear()

    def next(self) -> str | None:
        """The mode of this answer, None for a good one."""
        with self._lock:
            if not self._faults:
                return None
            fault = self._faults[0]
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.pop(0)
            return fault.mode

    def count(self, **amounts: int) -> None:
        with self._lock:
            self._usage.update(amounts)

    def usage(self) -> dict[str, int]:
        """What was counted since the last reset."""
        with self._lock:
            return {"requests": 0, "answers": 0, **self._usage}

    def reset_usage(self) -> None:
        with self._lock:
            self._usage.clear()

    def control(self, request: Request, extra: Extra | None = None) -> Response:
        """The switchboard; ``extra`` answers what only one engine has."""
        name = request.path.rstrip("/").rpartition("/")[2]
        if extra is not None and (answer := extra(request, name)) is not None:
            return answer
        route = (request.method, name)
        if route == ("POST", "faults"):
            return self._post_fault(request)
        if route == ("DELETE", "faults"):
            self.clear()
            return as_json(200, {})
        if route == ("GET", "usage"):
            return as_json(200, self.usage())
        if route == ("DELETE", "usage"):
            self.reset_usage()
            return as_json(200, {})
        return as_json(404, {"message": "Use POST or DELETE on faults, GET or DELETE on usage."})

    def _post_fault(self, request: Request) -> Response:
        try:
            wish = json.loads(request.body)
            self.set_fault(str(wish["mode"]), wish.get("times", 1))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return as_json(400, {"message": f"Send {{mode, times}} as JSON: {error}"})
        return as_json(200, {})


def as_json(status: int, value: Mapping[str, object]) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(value).encode())
