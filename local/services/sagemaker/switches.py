"""What may be switched on the local SageMaker, below ``/_local/sagemaker/``.

``POST limits`` ``{"jobs": 2, "memory_mb": 512, "grace_seconds": 1}``, or others of ``Limits``; ``DELETE limits`` goes
back. ``POST events`` ``{"copies": 2}``: every event comes twice, as AWS says it may. ``POST calls``
``{"error": "ThrottlingException", "operation": "CreateTrainingJob", "times": 2}``: the next calls fail so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

from local.services.errors import ServiceError
from local.services.switchboard import Faults, Switch


@dataclass(frozen=True)
class Limits:
    """``jobs``: training jobs at one time, per account and Region; ``endpoints``: of the same. ``memory_mb``: of one
    job's processes together, or one endpoint's. ``grace_seconds``: between SIGTERM and SIGKILL (AWS: 120).
    ``idle_seconds``: after which an endpoint's process ends, to be started again by the next call.
    ``invocation_seconds``: AWS gives a model 60. ``start_seconds``: until an endpoint's model must be loaded."""

    jobs: int = 8
    endpoints: int = 50
    memory_mb: int = 2_048
    grace_seconds: float = 120
    idle_seconds: float = 300
    invocation_seconds: float = 60
    start_seconds: float = 180


class Switches:
    """The settings as they are now."""

    def __init__(self) -> None:
        self.limits = Limits()
        self.copies = 1
        self.faults: Faults[str] = Faults()

    def set_limits(self, wish: dict[str, Any]) -> None:
        """Raises ValueError for an unknown name, or what is no positive number."""
        known = {each.name: type(each.default) for each in fields(Limits)}
        for name, value in wish.items():
            if name not in known:
                raise ValueError(f"no limit {name!r}: use {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} {value!r}: use a number of 0 or more")
        self.limits = replace(self.limits, **wish)

    def clear_limits(self) -> None:
        self.limits = Limits()

    def set_copies(self, wish: dict[str, Any]) -> None:
        copies = wish["copies"]
        if copies not in (1, 2, 3):
            raise ValueError("copies is 1, 2 or 3")
        self.copies = copies

    def clear_copies(self) -> None:
        self.copies = 1

    def set_fault(self, wish: dict[str, Any]) -> None:
        operation = str(wish.get("operation", ""))
        self.faults.add(str(wish["error"]), wish.get("times", 1), lambda called: operation in ("", called))

    def strike(self, operation: str) -> None:
        """Raise the fault that is meant for this operation, if there is one."""
        error = self.faults.strike(operation)
        if error is not None:
            said = "Rate exceeded" if error == "ThrottlingException" else "Asked for by a test."
            raise ServiceError(error, said, 500 if error == "InternalFailure" else 400)


NOW: Final = Switches()
SWITCHES: Final = {
    "limits": Switch('{"jobs": ..., "memory_mb": ..., ...}', NOW.set_limits, NOW.clear_limits),
    "events": Switch("{copies}", NOW.set_copies, NOW.clear_copies),
    "calls": Switch("{error, operation, times}", NOW.set_fault, NOW.faults.clear),
}
