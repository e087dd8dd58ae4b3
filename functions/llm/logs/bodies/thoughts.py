"""An answer without the thoughts that open models write in front of it, between tags or in channels.

A template may end with the opening tag, so that an answer begins in the middle of a thought; and a token limit may end
one before its closing tag. Every step goes forward: what a model or a user makes of tags takes time in proportion to
its length.
"""

from __future__ import annotations

import re
from typing import Final

_OPENING: Final = re.compile(r"\s*<(think|thinking|thought|reasoning)>")
_CLOSING: Final = re.compile(r"(?<![`'\"])</(think|thinking|thought|reasoning)>(?![`'\"])\s*")
_SPACE: Final = re.compile(r"\s*")
_FINAL: Final = "<|channel|>final<|message|>"
_END: Final = re.compile(r"<\|(?:return|end)\|>")


def without_thoughts(text: str) -> str:
    """What the user is meant to see; "" where the text ends within a thought."""
    if "<" not in text:
        return text
    if _FINAL in text:  # the channels of gpt-oss, where nothing has taken them off
        return _END.split(text.rpartition(_FINAL)[2], maxsplit=1)[0]
    at = 0
    while opened := _OPENING.match(text, at):
        closing = f"</{opened[1]}>"
        end = text.find(closing, opened.end())
        if end < 0:
            return ""
        at = end + len(closing)
    if at:
        return text[_after(text, at) :]
    closed = _CLOSING.search(text)
    if closed and f"<{closed[1]}>" not in text[: closed.start()]:
        return text[closed.end() :]
    return text


def _after(text: str, at: int) -> int:
    """Behind the space that follows a thought."""
    space = _SPACE.match(text, at)
    return space.end() if space else at
