"""The stack that is looked at: its parameters, its functions and machines by pipeline, its age, its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from operate.clients import Target
from operate.cost.meter import Meter, Metric

FUNCTION, MACHINE, STREAM = (
    "AWS::Lambda::Function",
    "AWS::StepFunctions::StateMachine",
    "AWS::KinesisFirehose::DeliveryStream",
)
NAMESPACES = {
    "narration": "Millrace/Narration",
    "documents": "Millrace/Documents",
    "images": "Millrace/Images",
    "trips": "Millrace/Trips",
    "llm": "Millrace/LLM",
    "questions": "Millrace/Questions",
    "knowledge": "Millrace/Knowledge",
    "training": "Millrace/Training",
}


@dataclass(frozen=True)
class Stack:
    """``target`` in the ``days`` before ``now`` (epoch seconds)."""

    target: Target
    days: int
    now: float

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        return self.target.parameters()

    @cached_property
    def meter(self) -> Meter:
        return Meter(self.target.client("cloudwatch"), self.days, self.now, self._created)

    @cached_property
    def functions(self) -> Any:
        return self.target.client("lambda")

    @cached_property
    def _resources(self) -> dict[str, tuple[str, str]]:
        return self.target.typed_resources()

    @cached_property
    def hours(self) -> float:
        """That are measured: since the stack is there, ``days`` at most."""
        return min(self.days * 24.0, max(0.0, self.now - self._created) / 3600)

    @cached_property
    def _created(self) -> float:
        return self.target.created()

    def has(self, pipeline: str) -> bool:
        """A pipeline that was deployed by itself has no switch."""
        default = "true" if any(name.startswith(pipeline.capitalize()) for name in self.of_type(FUNCTION)) else "false"
        return self.parameters.get(f"Use{pipeline.capitalize()}", default) == "true"

    def of_type(self, kind: str, prefix: str = "") -> dict[str, str]:
        """Logical id -> name or ARN of the stack's resources of this type."""
        return {
            name: place for name, (found, place) in self._resources.items() if found == kind and name.startswith(prefix)
        }

    def counted(self, pipeline: str, *names: str, **split: str) -> dict[str, float]:
        """Sums of the pipeline's own metrics; what was never counted is 0, for a counter that runs sends zeros too."""
        service = ("service", f"{self.target.stack}-{pipeline}")
        wanted = {name: Metric(NAMESPACES[pipeline], name, (service, *sorted(split.items()))) for name in names}
        return {name: value or 0.0 for name, value in self.meter.read(wanted).items()}

    def by_split(self, pipeline: str, names: tuple[str, ...], split: str, values: list[str]) -> dict[str, list[float]]:
        """The same by the value of one more dimension; only values that were counted."""
        service = ("service", f"{self.target.stack}-{pipeline}")
        wanted = {
            (value, name): Metric(NAMESPACES[pipeline], name, (service, (split, value)))
            for value in values
            for name in names
        }
        sums = self.meter.read(wanted)
        rows = {value: [sums[(value, name)] or 0.0 for name in names] for value in values}
        return {value: row for value, row in rows.items() if any(row)}
