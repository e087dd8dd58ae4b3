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
_INSIDE = ("outputs", "results", "generations", "predictions", "usage", "details", "choices")
"""Members that may tell how the model ended, the surest last."""
_REASONS = ("finish_reason", "stop_reason", "stopReason", "finishReason", "completionReason", "completion_reason")
_CUTS = frozenset({"length", "max_tokens", "max_new_tokens", "max_length", "model_length", "token_limit"})
CUT = "length"
"""Why the model stopped, under one name, where it had no more room."""
_DEEPEST = 8


def written(answer: Any) -> str | None:
    """What the model wrote: the first of several texts, which are other tries at the same. None where there is none."""
    return _text(answer, _DEEPEST)


def details(answer: Any) -> tuple[str, int | None]:
    """Why the model stopped, empty where it does not say; and the tokens that it counts."""
    while isinstance(answer, list) and answer:
        answer = answer[0]
    first = answer if isinstance(answer, Mapping) else {}
    known = [first, *(inner for name in _INSIDE for inner in _inside(first.get(name)))]
    reason = next((found for each in reversed(known) for name in _REASONS if (found := _name(each.get(name)))), "")
    counts = (each.get(name) for each in known for name in ("total_tokens", "generated_tokens"))
    return (CUT if reason.lower() in _CUTS else reason), next(
        (n for each in counts if (n := _count(each)) is not None), None
    )


def _inside(member: Any) -> list[Mapping[str, Any]]:
    """A member that is an object, or the first of a list of them."""
    first = member[0] if isinstance(member, list) and member else member
    return [first] if isinstance(first, Mapping) else []


def _text(value: Any, deep: int) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and deep:
        return next((text for each in value if (text := _text(each, deep - 1)) is not None), None)
    return _member(value, deep) if isinstance(value, Mapping) and deep else None


def _member(value: Mapping[str, Any], deep: int) -> str | None:
    if _TROUBLE & value.keys():
        return None
    if isinstance(value.get("sentences"), list) or (isinstance(said := value.get("summary"), list) and len(said) > 1):
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
