"""What a piece of text looks like: a label, a value, an amount. No page is needed to tell.

The vocabulary is what forms, invoices and receipts in English call their fields; it only decides where the shape of
the text alone does not.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def listed(name: str) -> frozenset[str]:
    """The words of one list in ``wording.toml``."""
    with Path(__file__).with_name("wording.toml").open("rb") as file:
        return frozenset(tomllib.load(file)[name].split())


_AMOUNT = re.compile(r"[(\-+]?[$€£¥]?\s?-?\d{1,3}(?:[,.']?\d{3})*(?:[.,]\d{2})\)?(?:\s?[A-Z€£$%]{1,3})?")
_NUMBER = re.compile(r"[(\-+#]?[$€£¥]?\s?-?\d[\d,.']*\)?%?")
_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?")
_TIME_OR_URL = re.compile(r"\d:|://")
_LEADING = re.compile(r"^[\s*•·\-\u2013(\[]*(?:\d{1,2}[.)]|[A-Za-z][.)])?\s*")


def has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)


def has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def is_amount(text: str) -> bool:
    """``1,284.50``, ``$85.00``, ``$899.99 S``, ``0.00%``."""
    return _AMOUNT.fullmatch(text.strip()) is not None


def is_value(text: str) -> bool:
    """An amount, number, date, time, percentage, or an identifier with more digits than letters."""
    bare = text.strip()
    if not bare:
        return False
    if _AMOUNT.fullmatch(bare) or _NUMBER.fullmatch(bare) or _DATE.fullmatch(bare):
        return True
    digits = sum(character.isdigit() for character in bare)
    letters = sum(character.isalpha() for character in bare)
    return digits >= 2 and digits >= letters


def ends_key(text: str) -> bool:
    """Whether a word closes a key by itself: ``Date:``, ``No.:``, ``ST#``."""
    if text in (":", "#"):
        return True
    if _TIME_OR_URL.search(text):
        return False
    return (text.endswith(":") or (text.endswith("#") and has_letter(text))) and has_letter(text)


def vocabulary(text: str) -> int:
    """How many of the words of ``text`` are ones that fields are called by."""
    return sum(word in listed("labels") for word in re.findall(r"[a-z]+", text.lower().replace("e-mail", "email")))


def is_label(text: str) -> bool:
    """Whether ``text`` reads like the name of a field: short, no digits, no sentence, with a word of the trade."""
    bare = _LEADING.sub("", text).rstrip(":# ")
    # What stands in brackets explains the label, it is not part of its length.
    bare = re.sub(r"\([^)]*\)?", "", bare).strip()
    count = len(bare.split())
    if not 1 <= count <= 6 or has_digit(bare) or not has_letter(bare) or bare.endswith((".", ",")):
        return False
    if not (bare[0].isupper() or bare[0] in "#*"):
        return False
    return vocabulary(bare) >= 1


def is_short_text(text: str) -> bool:
    """Up to five words, letters in it, no digits: what could be a label where the place says so."""
    bare = _LEADING.sub("", text)
    return 1 <= len(bare.split()) <= 5 and has_letter(bare) and not has_digit(bare) and not bare.endswith(".")
