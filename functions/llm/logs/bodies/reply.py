"""The answer of a model as all shapes of bodies are read into it."""

from __future__ import annotations

from dataclasses import dataclass, field

from llm import stops
from llm.logs.bodies import guardrails
from llm.logs.bodies.thoughts import without_thoughts

_RANK = {stops.BLOCKED: 3, stops.REFUSED: 2, stops.FILTERED: 2, stops.GUARDRAIL: 1, stops.MASKED: 1}
"""What outweighs the reason that was named first: what a user did not get is never hidden by how a text ended."""


@dataclass(slots=True)
class Reply:
    """``parts`` joined are what the user saw. ``tool_use``: the model called a tool. ``embedding``: the answer is a
    vector. ``media``: it is an image, a video or speech. ``failed``: the body is an error. ``latency_ms`` and
    ``first_byte_ms`` as the service measured them; tokens as it billed them. ``heard``: what the user said aloud, as
    the model heard it. ``invoked``: the model that a prompt router chose. ``guard``: what a guardrail's trace tells."""

    parts: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    stop_reason: str = ""
    tool_use: bool = False
    embedding: bool = False
    media: bool = False
    failed: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    latency_ms: float | None = None
    first_byte_ms: float | None = None
    category: str = ""
    invoked: str = ""
    guard: guardrails.Guard = guardrails.NONE

    @property
    def text(self) -> str:
        """Without the thoughts that some open models write in front of their answer."""
        return without_thoughts("".join(self.parts))

    def say(self, text: object) -> None:
        if isinstance(text, str):
            self.parts.append(text)

    def stop(self, reason: object) -> None:
        """The first reason that is named counts, but nothing hides a guardrail, a filter or a declared refusal."""
        if not isinstance(reason, str) or not reason:
            return
        name = stops.name_of(reason)
        if name == stops.TOOL_USE:
            self.tool_use = True
        if not self.stop_reason or _RANK.get(name, 0) > _RANK.get(self.stop_reason, 0):
            self.stop_reason = name

    def refuse(self, text: object) -> None:
        """A text that the provider itself marks as a refusal."""
        if isinstance(text, str) and text:
            self.say(text)
            self.stop(stops.REFUSED)

    def detail(self, details: object) -> None:
        """Anthropic's ``stop_details``: the policy behind a refusal."""
        self.category = stops.category_of(details) or self.category

    def guardrail(self, body: dict[str, object]) -> None:
        """InvokeModel says in members of the body that a guardrail stepped in, and, if asked to trace, what it did."""
        if body.get("amazon-bedrock-guardrailAction") in ("INTERVENED", "GUARDRAIL_INTERVENED"):
            self.stop(stops.GUARDRAIL)
        if "amazon-bedrock-trace" in body:
            self.trace(body["amazon-bedrock-trace"])

    def trace(self, trace: object) -> None:
        """Converse's ``trace``, and that of InvokeModel: the guardrail's assessments, and a prompt router's choice."""
        if not isinstance(trace, dict):
            return
        self.guard = self.guard.also(guardrails.read(trace))
        router = trace.get("promptRouter")
        invoked = router.get("invokedModelId") if isinstance(router, dict) else None
        if isinstance(invoked, str):
            self.invoked = invoked
        if self.guard.action == guardrails.BLOCKED:
            self.stop(stops.BLOCKED)
        elif self.guard.action == guardrails.MASKED and self.stop_reason in ("", stops.GUARDRAIL):
            self.stop_reason = stops.MASKED

    def usage(self, usage: object) -> None:
        """Converse's, Anthropic's and OpenAI's usage members; later ones complete or replace earlier ones."""
        if not isinstance(usage, dict):
            return
        if "tokens" in usage and isinstance(usage["tokens"], dict):  # Cohere's second version
            usage = usage["tokens"]
        for name, value in usage.items():
            member = _COUNTS.get(name)
            if member is not None and (count := tokens(value)) is not None:
                setattr(self, member, count)

    def measured(self, metrics: object) -> None:
        """``amazon-bedrock-invocationMetrics``, which the last chunk of a stream carries."""
        if isinstance(metrics, dict):
            self.input_tokens = first(metrics, ("inputTokenCount",), self.input_tokens)
            self.output_tokens = first(metrics, ("outputTokenCount",), self.output_tokens)
            self.cache_read_tokens = first(metrics, ("cacheReadInputTokenCount",), self.cache_read_tokens)
            self.cache_write_tokens = first(metrics, ("cacheWriteInputTokenCount",), self.cache_write_tokens)
            self.latency(metrics.get("invocationLatency"))
            self.first_byte_ms = milliseconds(metrics.get("firstByteLatency"), self.first_byte_ms)

    def latency(self, value: object) -> None:
        self.latency_ms = milliseconds(value, self.latency_ms)


MOST_MILLISECONDS = 86_400_000
MOST_TOKENS = 10**9
_COUNTS = {
    "inputTokens": "input_tokens",
    "totalInputTokens": "input_tokens",
    "input_tokens": "input_tokens",
    "prompt_tokens": "input_tokens",
    "outputTokens": "output_tokens",
    "totalOutputTokens": "output_tokens",
    "output_tokens": "output_tokens",
    "completion_tokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_tokens",
    "cacheReadInputTokenCount": "cache_read_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
    "cacheWriteInputTokenCount": "cache_write_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}
"""Names in the usage members of Converse, Nova, Anthropic and OpenAI."""


def milliseconds(value: object, otherwise: float | None = None) -> float | None:
    """A duration, or ``otherwise`` for anything that cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST_MILLISECONDS:
        return otherwise
    return float(value)


def tokens(value: object) -> int | None:
    """A count of tokens, or None for anything that cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MOST_TOKENS else None


def first(found: dict[str, object], names: tuple[str, ...], otherwise: int | None) -> int | None:
    """The first of ``names`` that holds a count."""
    for name in names:
        if name in found and (count := tokens(found[name])) is not None:
            return count
    return otherwise
