"""The passages, the question and the session out of a prompt of ``knowledge.answers.prompts``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_FENCE = re.compile(r"<(quoted-(\w+)-[0-9a-f]{32})>\n(.*?)</\1>", re.DOTALL)
_PASSAGE = re.compile(r"passage(\d+)")
_TURN = re.compile(r'^QUESTION (".*")\n(?:ANSWER (".*")|\(there was no answer\))$', re.MULTILINE)


@dataclass(frozen=True)
class Asked:
    """``passages``: by their numbers. ``turns``: earlier questions with their answers, oldest first."""

    question: str
    passages: dict[int, str]
    turns: tuple[tuple[str, str], ...] = ()


def read(user: str) -> Asked | None:
    """None for a prompt that is not about passages."""
    parts = {found[2]: found[3] for found in _FENCE.finditer(user)}
    passages = {int(found[1]): _bare(text) for name, text in parts.items() if (found := _PASSAGE.fullmatch(name))}
    if not passages or "question" not in parts:
        return None
    turns = tuple(
        (str(json.loads(found[1])), str(json.loads(found[2] or '""')))
        for found in _TURN.finditer(parts.get("session", ""))
    )
    return Asked(parts["question"].strip(), passages, turns)


def _bare(text: str) -> str:
    """Without the line that says its number."""
    return text.partition("\n")[2].strip()
