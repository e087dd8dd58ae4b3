"""Text as it will be spoken: the one normalisation that every word of an article goes through.

Two spellings that sound alike should share a fragment, and nothing may reach Polly that XML 1.0 cannot carry. So:

* canonical composition (NFC), as the W3C's Character Model advises for text on the web;
* control characters and the two non-characters XML forbids become spaces;
* characters without sound (soft hyphen, zero-width space, byte order mark, direction marks) go;
* runs of white space, as HTML counts it, become one space; a non-breaking space is text and stays.

Lone surrogates never come this far: ``narration.article.messages`` refuses them, since they are half of a character
that was cut before it came here.
"""

from __future__ import annotations

import re
import unicodedata

CONTROL_CLASS = r"\x00-\x1f\x7f-\x9f\ufffe\uffff"
"""The inside of a character class: C0, DEL, C1 and the non-characters that XML 1.0 excludes (section 2.2)."""

CONTROL = re.compile(f"[{CONTROL_CLASS}]")
_SILENT = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_READ_OUT = "&%@#§‰"
"""Punctuation by its category, but a word when it is read."""
_WHITE = re.compile(r"[ \t\n\r\f\x0b]+")


def printable(text: str) -> str:
    """``text`` in NFC with controls as spaces and without soundless characters; white space is left as it is."""
    text = _SILENT.sub("", CONTROL.sub(" ", text))
    return unicodedata.normalize("NFC", text)


def collapse(text: str) -> str:
    """Every run of HTML white space as one space; leading and trailing ones are kept as one, too."""
    return _WHITE.sub(" ", text)


def clean(text: str) -> str:
    """The whole normalisation, for text that stands alone."""
    return collapse(printable(text)).strip(" ")


_ARROWS = re.compile("[\u2190-\u21ff\u27f0-\u27ff\u2900-\u297f\u2b00-\u2b11]")


def speakable(text: str) -> bool:
    """Whether anything in ``text`` has a sound: a letter, a digit, or the sign of a currency or of a sum.

    A row of asterisks has none, nor has an arrow, an ornament or an emoji: an engine says a name for some, and nothing
    for others.
    """
    return any(
        unicodedata.category(one)[0] in "LN" or unicodedata.category(one) in {"Sc", "Sm"} or one in _READ_OUT
        for one in _ARROWS.sub("", text)
    )


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, never less than in code points.

    AWS does not say which of the two Polly counts against its limits; a text within them by this count is within
    them by both.
    """
    return len(text) + sum(character > "\uffff" for character in text)


def excerpt(value: object, limit: int = 40) -> str:
    """``value`` for an error message: quoted, printable, at most ``limit`` characters of content."""
    shown = str(value)[: limit + 1].encode("utf-8", "replace").decode()
    shown = CONTROL.sub(" ", shown)
    return f"'{shown[:limit]}...'" if len(shown) > limit else f"'{shown}'"
