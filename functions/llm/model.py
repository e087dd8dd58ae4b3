"""A prompt with its completion, and why a record gives none, and what is measured on it: the contract of all rooms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from llm import model_families, stops
from llm.spending import Bill

Operation = Literal[
    "Converse",
    "ConverseStream",
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "InvokeModelWithBidirectionalStream",
    "Batch",
    "Stream",
]
Needs = Literal["nothing", "prompt", "completion", "both"]
Outcome = Literal["refused", "answered", "undetermined"]
Reason = Literal["", "policy", "no_knowledge", "premise", "scope", "filtered"]

GUARDRAIL, FILTERED = stops.GUARDRAIL, stops.FILTERED
INTERVENED = frozenset({GUARDRAIL, stops.BLOCKED, stops.MASKED, FILTERED, stops.REFUSED})
"""Stops after which an answer without any text is still one: the user was shown that there is none."""

NO_TEXT = "SkippedNoText"
TOOL_USE = "SkippedToolUse"
EMBEDDING = "SkippedEmbedding"
MEDIA = "SkippedMedia"
SELF = "SkippedSelf"
ERROR = "SkippedError"
METADATA_ONLY = "SkippedMetadataOnly"
MALFORMED = "SkippedMalformed"
TOO_LONG = "SkippedTooLong"
FOREIGN = "SkippedForeign"
DUPLICATE = "SkippedDuplicate"
BODY_MISSING = "BodyOffloadedMissing"
REASONS = (
    NO_TEXT,
    TOOL_USE,
    EMBEDDING,
    MEDIA,
    SELF,
    ERROR,
    METADATA_ONLY,
    MALFORMED,
    TOO_LONG,
    FOREIGN,
    DUPLICATE,
    BODY_MISSING,
)
"""Why a record gives no pair. Each is a metric; docs/llm.md says what to do about it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One invocation of a model. Texts never leave the process but to the services that measure them.

    ``prompt`` is the last user turn; ``completion`` is what the user saw (no reasoning, no tool calls). Both are cut at
    ``llm.logs.records.MOST_CHARACTERS``, which ``truncated`` tells. ``timestamp`` is UTC. ``operation`` is the API's
    name, "Batch", or "Stream" for pairs from Kinesis. ``app`` is allow-listed, "other", or "" where the caller named
    none. ``stop_reason`` is a name of ``llm.stops``, ``category`` what ``stops.category_of`` gives; ``policies``
    are the guardrail's that blocked or masked, by their names in the trace, with commas. ``first_byte_ms`` is the time
    until a stream's first chunk.
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
    category: str = ""
    policies: str = ""
    first_byte_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that gives no pair. ``reason`` is one of REASONS; ``timestamp`` None where the record has none.

    ``call`` is the pair without its texts, where a model was called and paid for by others: a turn that only calls
    tools has no text to judge, and costs tokens like any other.
    """

    reason: str
    timestamp: datetime | None = None
    family: str = ""
    operation: str = ""
    app: str = ""
    call: Pair | None = None


Answer = Pair | Skipped
"""What one record gives."""


def call_of(answer: Answer) -> Pair | None:
    """The call behind an answer, as far as it is known."""
    return answer if isinstance(answer, Pair) else answer.call


def repeated(call: Pair) -> Skipped:
    """For a call that was there before."""
    return Skipped(DUPLICATE, call.timestamp, call.model_family, call.operation, call.app)


class Sample(NamedTuple):
    """One value of one metric. ``unit`` is CloudWatch's ("Count", "None", "Milliseconds"); ``minute`` is the minute of
    the pair's own timestamp, in minutes since the epoch. Empty ``family``, ``operation``, ``app`` or ``version``: the
    metric is not split by it; by version few are (``llm.emission.metrics.BY_VERSION``). A tuple, since each call gives
    a dozen, and a frozen dataclass takes four times as long to make."""

    metric: str
    value: float
    unit: str
    family: str
    operation: str
    app: str
    minute: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score`` is 0 to 1, how sure a refusal is; ``cue`` names what decided, for a person who asks why; ``reason`` is
    why the user did not get an answer, "" where there was one; ``doubt``: the score is near the cut."""

    outcome: Outcome
    score: float
    cue: str
    reason: Reason = ""
    doubt: bool = False


class Module(ABC):
    """A metric module: one file, one class, one name in a list of ``llm.modules``. Whatever it raises is counted as
    ModuleErrors under its name and spoils no other module."""

    name: str
    needs: Needs
    every_call = False
    """Whether it also takes the calls without text, which cost the same (``Skipped.call``)."""

    @abstractmethod
    def compute(self, pairs: Sequence[Pair]) -> list[Sample]: ...

    def left_out(self, skipped: Sequence[Skipped]) -> list[Sample]:  # noqa: ARG002 - most have nothing to say of them
        """What it says of records that give no pair; only free modules are asked."""
        return []


class PaidModule(Module):
    """A module that says beforehand how many paid calls it takes at most, and keeps in ``bill`` what it took, and in
    ``striking`` the request ids behind a count that wakes somebody: the log names them. It is made anew for each
    batch."""

    def __init__(self) -> None:
        self.bill = Bill()
        self.striking: list[str] = []

    @abstractmethod
    def calls(self, pairs: Sequence[Pair]) -> int: ...


def sample(pair: Pair, metric: str, value: float, unit: str = "Count") -> Sample:
    """A sample under the pair's own dimensions and minute."""
    minute = int(pair.timestamp.timestamp()) // 60
    version = model_families.version(pair.model_id)
    return Sample(metric, value, unit, pair.model_family, pair.operation, pair.app, minute, version)
