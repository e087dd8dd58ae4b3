"""What every provider of a language model does for this pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from documents.errors import ModelRefused

AS_SENTENCES = '{"sentences": ["...", "..."]}'
AS_TYPE = '{"type": "...", "confidence": 0.9}'
"""The JSON that a model is asked for where it is not made to call a tool."""

Generation = Mapping[str, Any]
"""One set of generation settings, under the provider's own names (temperature, maxTokens, max_new_tokens ...)."""

Keep = Callable[[list[Any], Callable[[], Any]], Any]
"""A question (JSON) and how to ask it -> the answer (JSON): what was kept of it, else what was asked now."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One of Amazon Bedrock's, by its id, and a version of it: a number or DRAFT."""

    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """``system`` is what to do, ``user`` holds what to do it with. How to answer is the provider's to say.

    ``names``: where there are any, one of them is asked for with a confidence, instead of sentences.
    """

    system: str
    user: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """``sentences`` is None where the answer had not the form that was asked for; ``cut``: it stopped at a limit.

    ``stop_reason`` as the provider names it; ``tokens`` in and out together, None where the provider does not say.
    ``filtered``: a content filter or a guardrail stopped it; the same text is stopped again under every setting.
    ``choice``: one of the prompt's names with a confidence of 0 to 1, None where the answer names none.
    """

    sentences: tuple[str, ...] | None
    stop_reason: str
    cut: bool = False
    tokens: int | None = None
    filtered: bool = False
    choice: tuple[str, float] | None = None


class PromptRefused(ModelRefused):
    """The request was called invalid; a shorter prompt may pass. AWS says which only in the sentence of the error."""


class Provider(Protocol):
    """Asks one model once."""

    @property
    def model_id(self) -> str:
        """What the summary names as its author."""

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """Raises PromptRefused, ModelRefused, ModelThrottled, ModelUnavailable."""


def afresh(_question: list[Any], ask: Callable[[], Any]) -> Any:
    """``Keep`` that keeps nothing."""
    return ask()
