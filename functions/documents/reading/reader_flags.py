"""Flags that readers raise: what was left out, guessed or could not be seen. No text of the document is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from documents.files.charsets import Decoded
from documents.model import Flag


def charset(decoded: Decoded, of: str = "The text") -> list[Flag]:
    """CHARSET_GUESSED: no score bounds the error of a guess, so a person has to look."""
    if not decoded.guessed:
        return []
    lost = f", and {decoded.lost} bytes have no character in it" if decoded.lost else ""
    return [
        Flag(
            "CHARSET_GUESSED",
            f"{of} does not say its encoding; it was read as {decoded.encoding}{lost}. Save it as UTF-8 to be sure.",
        )
    ]


def skipped(kinds: Mapping[str, int], page: int | None = None) -> list[Flag]:
    """CONTENT_SKIPPED for each kind of content that was left out, with how often it occurs."""
    return [
        Flag("CONTENT_SKIPPED", f"Not read: {kind} ({number}).", page) for kind, number in kinds.items() if number > 0
    ]


def hidden(ways: Mapping[str, int], page: int | None = None) -> list[Flag]:
    """TEXT_HIDDEN with the number of words that do not show, by the way in which they are hidden."""
    shown = {way: number for way, number in ways.items() if number > 0}
    if not shown:
        return []
    told = ", ".join(f"{number} by {way}" for way, number in shown.items())
    return [Flag("TEXT_HIDDEN", f"Words that do not show were left out: {told}.", page)]


def pictures(number: int, page: int | None = None) -> list[Flag]:
    """IMAGE_UNREAD: what pictures show was not read."""
    if not number:
        return []
    what = "1 picture" if number == 1 else f"{number} pictures"
    return [Flag("IMAGE_UNREAD", f"{what} of the document not read; upload as a PDF or image what they show.", page)]


def words(text: str) -> int:
    return len(text.split())


Counts = Counter[str]
"""How often, by kind or way."""
