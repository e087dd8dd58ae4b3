"""Telephone numbers to E.164, by libphonenumber's rules for the documents' region.

Only lengths are judged, never whether a number is in use: 555-0100 is a number. A country whose numbers have many
lengths (Germany: 5 to 15 digits) hides a missing digit; then nothing is flagged.
"""

from __future__ import annotations

import re
from typing import Any

from documents.meaning.normalise.locale import Locale
from documents.meaning.normalise.normalised import Normalised

_LONGEST = 120
_SHAPE = re.compile(
    r"(?:\+|\()?\d[\d\s().\-\u2010-\u2015/]{6,}\d\)?(?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*(?:[;,|\n]|\bor\b|\boder\b|\bou\b|\bo\b)\s*", re.IGNORECASE)
_SLASH = re.compile(r"(?<=\d)\s*/\s*(?=[\d(+])")
_FEWEST_OF_TWO = 6
"""Digits on each side of a slash between two numbers; with fewer it stands behind an area code."""
_LABEL = re.compile(
    r"\(?\b(?:home|work|cell|mobile|mob|mobil|m[óo]vil|portable|handy|fax|telefon|tel|t[ée]l|ph|phone|whatsapp|office|h|w|c|m|o)"
    r"\b\.?\)?:?",
    re.IGNORECASE,
)
_MISREAD = re.compile(r"\d[A-Za-z]\d|\d[OIlSB](?![A-Za-z])|(?<![A-Za-z])[OIlSB]\d")
"""A letter among digits is how a poor scan shows a digit; read as on a telephone's keys it would be a wrong number."""


def normalise(text: str, locale: Locale) -> Normalised | None:
    """``text``, known to be a telephone number by its key; None where it holds none (``n/a``, a name).

    Several numbers become several values, divided by ``, ``; one whose digits are missing makes the whole a question.
    """
    if len(text) > _LONGEST or not re.search(r"\d", text):
        return None
    parts = [part for piece in _BETWEEN.split(text) for part in _unslashed(piece) if re.search(r"\d", part)]
    found = [_one(_unlabelled(part), locale) for part in parts]
    if not found or any(each is None for each in found):
        return None
    for each in found:
        if each is not None and each.trouble:
            return each
    return Normalised(", ".join(str(each.value) for each in found if each is not None))


def looks_like(text: str, locale: Locale) -> bool:
    """Whether ``text`` is a number by itself: written like one, and one that the region's numbering plan holds."""
    import phonenumbers

    text = text.strip()
    if len(text) > 40 or not _SHAPE.fullmatch(text) or re.fullmatch(r"[\d\s.,/]+", text):
        return False
    try:
        number = phonenumbers.parse(text, locale.region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


def _unslashed(piece: str) -> list[str]:
    parts = _SLASH.split(piece)
    return parts if all(len(re.sub(r"\D", "", part)) >= _FEWEST_OF_TWO for part in parts) else [piece]


def _unlabelled(part: str) -> str:
    return _LABEL.sub(" ", part).strip(" .:")


def _one(text: str, locale: Locale) -> Normalised | None:
    import phonenumbers

    if _MISREAD.search(re.sub(r"(?i)\s*(?:x|ext\.?|extension)\s*\d+$", "", text)):
        return Normalised(None, "PHONE_DIGITS_MISSING", "letters stand where digits should be")
    try:
        number = phonenumbers.parse(text, locale.region)
    except phonenumbers.NumberParseException as error:
        return _unparsed(error, text, locale)
    lacking = _lacking(number, text)
    if lacking:
        return Normalised(None, "PHONE_DIGITS_MISSING", lacking)
    if phonenumbers.is_possible_number(number):
        return Normalised(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _lacking(number: Any, text: str) -> str:
    """Why a number is too short; nothing for one that is whole, and for one that is too long."""
    import phonenumbers

    reason = phonenumbers.is_possible_number_with_reason(number)
    results = phonenumbers.ValidationResult
    digits = len(re.findall(r"\d", text))
    if reason == results.IS_POSSIBLE_LOCAL_ONLY:
        return "the area code is missing"
    # Between two possible lengths: with more than ten digits there is too much, not too little, of most numbers.
    between = reason == results.INVALID_LENGTH and len(str(number.national_number)) <= 10
    # A trunk prefix that counts as a digit was kept only because the number would be too short without it.
    kept = number.italian_leading_zero and not phonenumbers.is_valid_number(number)
    return f"{digits} digits are too few" if reason == results.TOO_SHORT or between or kept else ""


def _unparsed(error: Exception, text: str, locale: Locale) -> Normalised | None:
    from phonenumbers import NumberParseException

    codes = {NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD}
    digits = len(re.findall(r"\d", text))
    kind = getattr(error, "error_type", None)
    # "NOT_A_NUMBER" is also what one or two digits alone are.
    few = kind == NumberParseException.NOT_A_NUMBER and re.fullmatch(r"[\d\s().+\-]+", text) is not None
    if kind in codes or (few and locale.region is not None):
        return Normalised(None, "PHONE_DIGITS_MISSING", f"{digits} digits are too few")
    return None
