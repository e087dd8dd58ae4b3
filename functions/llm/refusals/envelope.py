"""Answers inside JSON, as applications ask for: what a person or a program reads of them.

A refusal does not become an answer because a form holds it: ``{"answer": "I can't help with that."}``. Only members by
whose name an answer is told are read; what was extracted or labelled lies under other names. A reason beside a verdict
belongs to that (``{"allowed": false, "reason": "promotes violence"}``); it is read where nothing else was
answered, or where the answer is left empty.
"""

from __future__ import annotations

import json
import re
from typing import Final

MOST: Final = 20_000
"""Characters of a completion that is looked into; longer ones are data."""
_SPOKEN: Final = frozenset({"answer", "content", "error", "message", "output", "refusal", "reply", "response", "text"})
_REASONS: Final = frozenset({"explanation", "reason"})
NO_ANSWER: Final = "no answer"
"""What a form says whose answer is left empty, and that gives no reason."""
_DEPTH: Final = 4
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


def opened(completion: str) -> str | None:
    """What a JSON object says in words, each on a line; None where it holds nothing but data; ``completion`` itself
    where it is no such object."""
    if len(completion) > MOST or completion.lstrip()[:1] not in ("{", "`"):
        return completion
    fenced = _FENCE.fullmatch(completion)
    try:
        value = json.loads(fenced[1] if fenced else completion)
    except (ValueError, RecursionError):
        return completion
    return ("\n".join(_said(value, _DEPTH)) or None) if isinstance(value, dict) and value else completion


def _said(value: object, depth: int) -> list[str]:
    if not isinstance(value, dict) or depth == 0:
        return []
    found: list[str] = []
    given = [name for name, held in value.items() if held not in (None, "", [], {})]
    unanswered = any(name.lower() == "answer" and name not in given for name in value)
    for name, held in value.items():
        if name.lower() in _SPOKEN or (name.lower() in _REASONS and (unanswered or given == [name])):
            if isinstance(held, str) and held.strip():
                found.append(held)
            found.extend(_said(held, depth - 1))
    return found or ([NO_ANSWER] if unanswered else [])
