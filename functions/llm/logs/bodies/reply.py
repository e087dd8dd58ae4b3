"""The answer of a model as all shapes of bodies are read into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from llm.model import FILTERED, GUARDRAIL

STOPS = {
    "complete": "end_turn",
    "end_turn": "end_turn",
    "endoftext": "end_turn",
    "finish": "end_turn",
    "finished": "end_turn",
    "stop": "end_turn",
    "completed": "end_turn",
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "stop_criteria_met": "stop_sequence",
    "function_call": "tool_use",
    "tool_call": "tool_use",
    "tool_calls": "tool_use",
    "content_filter": FILTERED,
    "content_filtered": FILTERED,
    "error_toxic": FILTERED,
}
"""Providers' names of stop reasons under Converse's; what is not here stays as it is, in small letters."""

_THOUGHTS = re.compile(r"\s*<(reasoning|think|thinking)>.*?</\1>\s*", re.DOTALL)


@dataclass(slots=True)
class Reply:
    """``parts`` joined are what the user saw. ``tool_use``: the model called a tool. ``embedding``: the answer is a
    vector. ``failed``: the body is an error. ``latency_ms`` as the service measured it; tokens as it billed them."""

    parts: list[str] = field(default_factory=list)
    stop_reason: str = ""
    tool_use: bool = False
    embedding: bool = False
    failed: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    latency_ms: float | None = None

    @property
    def text(self) -> str:
        """Without the thoughts that some open models write in front of their answer."""
        joined = "".join(self.parts)
        if joined.lstrip()[:1] == "<":
            thoughts = _THOUGHTS.match(joined)
            return joined[thoughts.end() :] if thoughts else joined
        return joined

    def say(self, text: object) -> None:
        if isinstance(text, str):
            self.parts.append(text)

    def stop(self, reason: object) -> None:
        """The first reason that is named counts, but nothing outweighs a guardrail."""
        if not isinstance(reason, str) or not reason or self.stop_reason == GUARDRAIL:
            return
        lowered = reason.lower()
        self.stop_reason = STOPS.get(lowered, lowered)
        self.tool_use = self.tool_use or self.stop_reason == "tool_use"

    def guardrail(self, body: dict[str, object]) -> None:
        """InvokeModel says in a member of the body that a guardrail put its own text in the answer's place."""
        if body.get("amazon-bedrock-guardrailAction") == "INTERVENED":
            self.stop_reason = GUARDRAIL

    def usage(self, usage: object) -> None:
        """Converse's, Anthropic's and OpenAI's usage members; later ones complete or replace earlier ones."""
        if not isinstance(usage, dict):
            return
        self.input_tokens = first(usage, _INPUT, self.input_tokens)
        self.output_tokens = first(usage, _OUTPUT, self.output_tokens)
        self.cache_read_tokens = first(usage, _CACHE_READ, self.cache_read_tokens)
        self.cache_write_tokens = first(usage, _CACHE_WRITE, self.cache_write_tokens)

    def measured(self, metrics: object) -> None:
        """``amazon-bedrock-invocationMetrics``, which the last chunk of a stream carries."""
        if isinstance(metrics, dict):
            self.input_tokens = first(metrics, ("inputTokenCount",), self.input_tokens)
            self.output_tokens = first(metrics, ("outputTokenCount",), self.output_tokens)
            self.cache_read_tokens = first(metrics, ("cacheReadInputTokenCount",), self.cache_read_tokens)
            self.cache_write_tokens = first(metrics, ("cacheWriteInputTokenCount",), self.cache_write_tokens)
            self.latency(metrics.get("invocationLatency"))

    def latency(self, value: object) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST_MILLISECONDS:
            self.latency_ms = float(value)


MOST_MILLISECONDS = 86_400_000
MOST_TOKENS = 10**9
_INPUT = ("inputTokens", "input_tokens", "prompt_tokens")
_OUTPUT = ("outputTokens", "output_tokens", "completion_tokens")
_CACHE_READ = ("cacheReadInputTokens", "cacheReadInputTokenCount", "cache_read_input_tokens")
_CACHE_WRITE = ("cacheWriteInputTokens", "cacheWriteInputTokenCount", "cache_creation_input_tokens")


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
