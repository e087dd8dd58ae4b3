"""What may be switched on the local language models (Bedrock, SageMaker): bad answers, errors; and what was asked.

``POST /_local/bedrock/faults`` ``{"mode": "prose", "times": 2}``. Modes of answers: ``prose`` (no JSON), ``cut`` (ends
in the middle at the token limit), ``looping`` (one sentence five times), ``empty``, ``broken`` (JSON that does not
end). All others are errors of the engine, by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.services.switchboard import Faults, Switch, Switchboard, Usage

ANSWERS = ("prose", "cut", "looping", "empty", "broken")


class ModelSwitches:
    """Faults and counts of one engine. ``errors``: names of errors that it can answer with."""

    def __init__(self, errors: Mapping[str, int], switches: Mapping[str, Switch] | None = None) -> None:
        self._errors = errors
        self.faults: Faults[str] = Faults()
        self.usage = Usage("requests", "answers")
        faults = Switch("{mode, times}", self._set_from, self.faults.clear)
        self.control = Switchboard(self.usage, {"faults": faults, **(switches or {})})

    def set_fault(self, mode: str, times: int | None = 1) -> None:
        """Let the next ``times`` answers be bad; None: until cleared. Faults come one after the other.

        Raises:
            ValueError: an unknown mode, or times below 1.
        """
        if mode not in ANSWERS and mode not in self._errors:
            raise ValueError(f"mode {mode!r}: use one of {', '.join([*ANSWERS, *self._errors])}")
        self.faults.add(mode, times)

    def _set_from(self, wish: dict[str, Any]) -> None:
        self.set_fault(str(wish["mode"]), wish.get("times", 1))
