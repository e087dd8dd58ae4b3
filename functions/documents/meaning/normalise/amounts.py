"""Amounts of money: a decimal number as text, with the currency's ISO 4217 code where the document gives one.

1,234.56 and 1.234,56, 1 234,56, 1'234.50 and 12,34,567.00 are the same kinds of number: the last of two different
marks is the decimal mark; a single mark with three digits behind it is one only where the region writes it so.
Parentheses, a minus in front or behind mean less than nothing. Digits after the decimal mark stay as they are.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from documents.meaning.normalise.locale import Locale
from documents.meaning.normalise.normalised import Normalised

_LONGEST = 60
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₪": "ILS",
    "₫": "VND",
    "₦": "NGN",
} | {
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "NT$": "TWD",
    "R$": "BRL",
    "MX$": "MXN",
    "円": "JPY",
    "元": "CNY",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "Fr.": "CHF",
    "SFr.": "CHF",
    "Rs.": "INR",
    "Rs": "INR",
}
_WORDS = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "francs": "CHF"}
_CODES_TEXT = """
AED ARS AUD BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JOD JPY KES KRW
KWD MAD MXN MYR NGN NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU
VND ZAR
"""
_CODES = frozenset(_CODES_TEXT.split())
_YEN = {"JP": "JPY", "CN": "CNY"}
_KRONA = {"SE": "SEK", "DK": "DKK", "NO": "NOK", "IS": "ISK"}

_SPACES = "\u00a0\u2007\u2009\u202f "
_NUMBER = rf"\d(?:[\d.,'\u2019{_SPACES}]*\d)?"
_SHAPE = re.compile(rf"(?P<before>[^\d(+\-\u2212]*)(?P<number>{_NUMBER})(?P<after>\D*)")


def normalise(text: str, locale: Locale) -> Normalised | None:
    """``text`` as an amount, or None where it is none: ``1234.56 USD``, or ``1234.56`` where no currency is given."""
    found = _read(text, locale)
    if found is None:
        return None
    number, currency = found
    return Normalised(f"{number} {currency}" if currency else str(number))


def looks_like(text: str, locale: Locale) -> bool:
    """Whether ``text`` is money by itself: a number with a currency."""
    found = _read(text, locale)
    return found is not None and bool(found[1])


def number(text: str, decimal: Literal[".", ","] | None) -> Decimal | None:
    """A number with marks between its digits; None where they make no sense (1,23,4) or could mean two things."""
    digits = re.sub(rf"[{_SPACES}'\u2019]", "", text)
    if _grouped_wrongly(text):
        return None
    marks = re.sub(r"\d", "", digits)
    if not re.fullmatch(r"\d[\d.,]*", digits, re.ASCII) or len(digits) > 30:
        return None
    if not marks:
        return Decimal(digits)
    point = _decimal_mark(digits, marks, decimal)
    if point is None:
        return None
    groups, _, rest = digits.rpartition(point) if point else (digits, "", "")
    thousands = set(re.sub(r"\d", "", groups))
    if len(thousands) > 1 or point in thousands or not _grouped(re.split(r"[.,]", groups)):
        return None
    return Decimal(re.sub(r"[.,]", "", groups) + (f".{rest}" if rest else ""))


def _decimal_mark(digits: str, marks: str, decimal: str | None) -> str | None:
    """The mark before the decimals, an empty text where there are none, None where that cannot be told."""
    last = marks[-1]
    behind = len(digits.rpartition(last)[2])
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else None
    if len(marks) > 1:
        return ""
    if behind != 3 or digits.startswith("0"):
        return last
    if decimal is None:
        return None
    return last if last == decimal else ""


def _grouped(groups: list[str]) -> bool:
    """Thousands in threes, or as in India a three behind twos."""
    if len(groups) == 1:
        return True
    *middle, last = groups[1:]
    sizes = {len(group) for group in middle}
    return len(last) == 3 and 1 <= len(groups[0]) <= 3 and (sizes <= {3} or (sizes == {2} and len(groups[0]) <= 2))


def _grouped_wrongly(text: str) -> bool:
    """Blanks and apostrophes stand only between groups of three, or it is several numbers."""
    whole = re.split(r"[.,]", text)[0] if re.search(rf"[{_SPACES}'\u2019]", text) else ""
    groups = re.split(rf"[{_SPACES}'\u2019]+", whole)
    if len(groups) > 1 and not _grouped(groups):
        return True
    return re.search(rf"[.,][^.,]*[{_SPACES}'\u2019]", text) is not None


def _read(text: str, locale: Locale) -> tuple[Decimal, str] | None:
    if len(text) > _LONGEST:
        return None
    text, negative = _sign(text.strip())
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    before, after = shape["before"].strip(), shape["after"].strip()
    # 1,200.- and 1.200,-- are how round sums are written in Switzerland and Germany.
    after = re.sub(r"^[.,]?[-\u2013\u2014]{1,2}\s*", "", after) if re.match(r"^[.,]", after) else after
    if before.endswith("-"):
        before, negative = before[:-1].strip(), True
    if before and after:
        return None
    mark = (before or after).rstrip(":") if before else after
    currency = _currency(mark, locale)
    if currency is None:
        return None
    value = number(shape["number"], locale.decimal)
    if value is None:
        return None
    return (-value if negative and value else value), currency


def _sign(text: str) -> tuple[str, bool]:
    if inside := re.fullmatch(r"(\D{0,4})\((.*)\)(\D{0,4})", text):
        return f"{inside[1]}{inside[2]}{inside[3]}".strip(), True
    if re.match(r"^[+\-\u2212]", text):
        return text[1:].strip(), text[0] != "+"
    if found := re.fullmatch(r"(.*\d)\s?[\-\u2212](\D{0,4})", text):
        return f"{found[1]}{found[2]}", True
    if found := re.fullmatch(r"([^\d\-\u2212]{1,5})[\-\u2212]\s?(\d.*)", text):
        return f"{found[1]}{found[2]}", True
    return text, False


def _currency(said: str, locale: Locale) -> str | None:
    """The currency's code, an empty text where none is named, None where what stands there is no currency."""
    region = locale.region or ""
    shared = {"": "", "$": locale.dollar or "", "¥": _YEN.get(region, ""), "kr": _KRONA.get(region, "")}
    if said.rstrip(".") in shared:
        return shared[said.rstrip(".")]
    if said.upper() in _CODES:
        return said.upper()
    if match := re.fullmatch(r"([A-Z]{3})\s*(\D{1,3})|(\D{1,3})\s*([A-Z]{3})", said):
        code = match[1] or match[4]
        return code if code in _CODES else None
    return _SIGNS.get(said) or _WORDS.get(said.casefold())
