"""What a model's container answers, told by its shape: text in whatever lists and members it lies.

Seen: ``[{"generated_text"}]``, ``{"generated_texts": [...]}``, ``[{"summary_text"}]``, ``["..."]``, ``[["..."], ...]``,
``{"outputs": [...]}``, ``{"predictions": [...]}``, and ``choices`` with ``text`` or ``message.content``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NAMES = (
    "generated_text", "generated_texts", "summary_text", "translation_text", "summary", "text", "content",
    "output_text", "generation", "completion", "response", "answer", "result", "output", "outputs", "completions",
    "predictions", "results", "generations", "candidates", "choices", "message",
)  # fmt: skip
"""Members that hold what was written, the surest first."""
_TROUBLE = frozenset({"error", "errors", "detail", "errorMessage", "ErrorMessage"})
_DEEPEST = 8


def written(answer: Any) -> str | None:
    """What the model wrote: the first of several texts, which are other tries at the same. None where there is none."""
    return _text(answer, _DEEPEST)


def details(answer: Any) -> tuple[str, int | None]:
    """Why the model stopped, empty where it does not say; and the tokens that it counts."""
    while isinstance(answer, list) and answer:
        answer = answer[0]
    first = answer if isinstance(answer, Mapping) else {}
    choice = first.get("choices")
    if isinstance(choice, list) and choice and isinstance(choice[0], Mapping):
        usage = first.get("usage")
        tokens = usage.get("total_tokens") if isinstance(usage, Mapping) else None
        return _name(choice[0].get("finish_reason")), _count(tokens)
    said = first.get("details")
    said = said if isinstance(said, Mapping) else {}
    return _name(said.get("finish_reason")), _count(said.get("generated_tokens"))


def _text(value: Any, deep: int) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and deep:
        return next((text for each in value if (text := _text(each, deep - 1)) is not None), None)
    return _member(value, deep) if isinstance(value, Mapping) and deep else None


def _member(value: Mapping[str, Any], deep: int) -> str | None:
    if _TROUBLE & value.keys():
        return None
    if isinstance(value.get("sentences"), list):
        return json.dumps(value)  # the very JSON that Bedrock's models are asked for; read as one that was written
    # A message that is a text tells of trouble; one of a chat is an object.
    named = (
        value[name] for name in _NAMES if name in value and not (name == "message" and isinstance(value[name], str))
    )
    found = next((text for member in named if (text := _text(member, deep - 1)) is not None), None)
    if found is None and len(value) == 1 and "message" not in value:
        (only,) = value.values()
        return only if isinstance(only, str) else None  # under a name of its own
    return found


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
