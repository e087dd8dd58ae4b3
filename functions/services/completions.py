"""What a model answered to a Converse request: its text, why it stopped, what it was billed. No answer is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CUT: Final = "max_tokens"
FILTERED: Final = frozenset({"content_filtered", "guardrail_intervened"})
"""Stop reasons after which what stands in the answer is not the model's, or not to be shown."""
MOST_READ: Final = 50_000
"""Characters of an answer that are looked at; maxTokens cuts a model's longest one at some 16,000."""
_THOUGHT = re.compile(r"<(/?)(?:think|thinking|reasoning|scratchpad)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """``text``: without thoughts and the white space around it, empty where the answer was filtered. ``tokens``: in and
    out together."""

    text: str
    stop_reason: str
    tokens: int

    @property
    def cut(self) -> bool:
        return self.stop_reason == CUT

    @property
    def filtered(self) -> bool:
        """A content filter or a guardrail stopped it; the same question is stopped again."""
        return self.stop_reason in FILTERED


def read(answer: Mapping[str, Any]) -> Said:
    """Reads a Converse answer of any form."""
    reason = str(answer.get("stopReason") or "")
    usage = answer.get("usage")
    tokens = usage.get("totalTokens") if isinstance(usage, Mapping) else 0
    spent = tokens if isinstance(tokens, int) else 0
    if reason in FILTERED:
        return Said("", reason, spent)
    return Said(_without_thoughts(_text(answer)[:MOST_READ]).strip(), reason, spent)


def _text(answer: Mapping[str, Any]) -> str:
    """The text blocks of the message, whatever stands beside them (reasoning, tool use)."""
    node: Any = answer
    for name in ("output", "message", "content"):
        node = node.get(name) if isinstance(node, Mapping) else None
    blocks = node if isinstance(node, list) else []
    texts = [block.get("text") for block in blocks if isinstance(block, Mapping)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _without_thoughts(text: str) -> str:
    """Without what a model that reasons writes before its answer: the opening mark is often the prompt's, and a limit
    may come before the closing one."""
    kept: list[str] = []
    at, thinking = 0, False
    for mark in _THOUGHT.finditer(text):
        if mark[1] and not thinking:
            kept.clear()
        elif not thinking:
            kept.append(text[at : mark.start()])
        at, thinking = mark.end(), not mark[1]
    return "".join(kept) if thinking else "".join([*kept, text[at:]])
