"""What a line is, as far as its own letters and its neighbours tell: the end of a sentence, a heading, or neither."""

from __future__ import annotations

from typing import Final

SENTENCE_ENDS: Final = ".!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f"
"""Latin, Chinese and Japanese, Devanagari, Arabic."""
_CLOSING: Final = "\"')]}\u201d\u2019\u00bb\u203a\u300d\u300f\uff09\u3011"
_GOES_ON: Final = ",;\u3001\uff0c\uff1b\u060c-\u2013\u2014("
_MOST_HEADING: Final = 80
"""Characters of a heading."""


def ends_sentence(line: str) -> bool:
    return line.rstrip(_CLOSING)[-1:] in SENTENCE_ENDS if line else False


def is_heading(line: str, before: str | None) -> bool:
    """Whether a line begins what stands below it. ``before``: the line above, None at the head of a page.

    A line that goes on from an unfinished one is none, whatever it looks like: of a form's short lines none is.
    """
    if line.startswith("#"):
        return True
    if not line or len(line) > _MOST_HEADING or ends_sentence(line) or line[-1] in _GOES_ON:
        return False
    first = next((sign for sign in line if sign.isalnum()), "")
    if not first or first.islower():
        return False
    return before is None or ends_sentence(before) or line[-1] in ":\uff1a"
