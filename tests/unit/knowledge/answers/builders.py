"""Passages as a search finds them, and completions as Converse gives them."""

from __future__ import annotations

from typing import Any

from knowledge.answers import completions
from knowledge.answers.completions import Completion
from knowledge.model import Hit

VERSION = "0123456789abcdef"
ANN, BOB = "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/bob"
LEASE = (
    "The lease with Müller GmbH was signed on 4 March 2026. The rent is EUR 1,200.50 per month, under invoice AB-1234."
)
NOTICE = "Termination needs a notice of three months. Call +49 (0)30 1234-567 for questions of the house rules."


def hit(text: str, *, key: str = "leases/north.pdf", **more: Any) -> Hit:
    """A passage of a document's first page."""
    found = {"version": VERSION, "page": 1, "n": 0, "first": 0, "last": 3, "score": 0.5, **more}
    return Hit(key=key, text=text, **found)


def converse(text: str, stop_reason: str = "end_turn", tokens: int = 940) -> dict[str, Any]:
    """An answer of Converse."""
    return {
        "stopReason": stop_reason,
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "usage": {"inputTokens": tokens - 40, "outputTokens": 40, "totalTokens": tokens},
    }


def completion(text: str, stop_reason: str = "end_turn") -> Completion:
    return completions.read(converse(text, stop_reason))
