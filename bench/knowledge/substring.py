"""The search of whoever has texts and no index: words of the question, looked for in each passage as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

LEAST = 4
"""Letters of a word that is looked for; shorter ones stand everywhere."""
_WORD = re.compile(r"\w[\w-]*")


def nearest(question: str, passages: Sequence[str], top: int) -> list[int]:
    """Places of the ``top`` passages that hold most of the question's words, the first of equals first. ``passages``
    are in small letters."""
    words = {word for word in _WORD.findall(question.lower()) if len(word) >= LEAST}
    held = [sum(word in passage for word in words) for passage in passages]
    return sorted(range(len(passages)), key=lambda place: -held[place])[:top]
