"""The text of one cell -> what it says. A job, an endpoint and the function that predicts all read it here."""

from __future__ import annotations

from common.content import numbers
from training.model import ColumnKind


def read(text: str | None, kind: ColumnKind) -> float | str | None:
    """A number (ASCII digits, finite), or the text without blanks at its ends: a category is compared sign by sign.

    None where there is nothing, only blanks, or what is no number in a column of numbers.
    """
    if text is None:
        return None
    stripped = text.strip()
    if not stripped:
        return None
    return numbers.read(stripped) if kind == "number" else stripped


def is_blank(text: str | None) -> bool:
    """Whether a cell says nothing at all, unlike one that says what is not of its column's kind."""
    return text is None or not text.strip()
