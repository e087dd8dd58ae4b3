"""A prompt with its completion, and what is measured on it: the contract between readers, modules and CloudWatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Operation = Literal["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "Stream"]
Needs = Literal["nothing", "prompt", "completion", "both"]
Outcome = Literal["refused", "answered", "undetermined"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One invocation of a model. Texts never leave the process but to the services that measure them.

    ``prompt`` is the last user turn; ``completion`` is what the user saw (no reasoning, no tool calls). Both are cut at
    ``llm.logs.records.MOST_CHARACTERS``, which ``truncated`` tells. ``timestamp`` is UTC. ``operation`` is the API's
    name, or "Stream" for pairs from Kinesis. ``app`` is allow-listed, "other", or "" where the caller named none.
    """

    request_id: str
    timestamp: datetime
    source: str
    operation: str
    model_id: str
    model_family: str
    app: str
    prompt: str
    completion: str
    language: str = ""
    stop_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    latency_ms: float | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one metric. ``unit`` is CloudWatch's ("Count", "None", "Milliseconds"); ``minute`` is the minute of
    the pair's own timestamp, in minutes since the epoch. Empty ``family``, ``operation`` or ``app``: the metric is not
    split by it."""

    metric: str
    value: float
    unit: str
    family: str
    operation: str
    app: str
    minute: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` is 0 to 1, how sure a refusal is; ``cue`` names what decided, for a person who asks why."""

    outcome: Outcome
    score: float
    cue: str


class Module(Protocol):
    """A metric module: one file, one class, found in ``llm.modules.ALL``. Whatever it raises is counted as
    ModuleErrors under its name and spoils no other module."""

    name: str
    needs: Needs

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]: ...


def sample(pair: Pair, metric: str, value: float, unit: str = "Count") -> Sample:
    """A sample under the pair's own dimensions and minute."""
    minute = int(pair.timestamp.timestamp()) // 60
    return Sample(metric, value, unit, pair.model_family, pair.operation, pair.app, minute)
