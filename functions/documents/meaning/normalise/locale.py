"""What a region's way of writing decides: the order of a date's numbers, the decimal mark, whose dollar it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from common.errors import PermanentError

Order = Literal["dmy", "mdy", "ymd"]


class UnknownLocale(PermanentError):
    """The Locale parameter is no region and no language with a region."""


# CLDR 44, short date patterns (yMd) of each region's main language, grouped by what comes first.
_MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "AS", "VI", "MP", "FM", "MH", "PW", "UM"})
_YEAR_FIRST = frozenset({"CN", "JP", "KR", "TW", "HK", "HU", "LT", "MN", "SE", "IR", "BT"})
_EITHER = frozenset({"CA", "ZA", "KE", "GH"})
"""Regions whose people write both; there only the numbers themselves decide."""

# CLDR 44, "decimal" of the default numbering system; every other region writes a point.
_DECIMAL_COMMA_TEXT = """
AL AM AR AT AZ BA BE BG BO BR BY CL CM CO CR CY CZ DE DK DZ EC EE ES FI FR GE GR HR HU ID IS IT KG KZ LT
LU LV MA MD ME MK MZ NL NO PL PT PY RO RS RU SE SI SK SN TN TR UA UY UZ VE VN
"""
_DECIMAL_COMMA = frozenset(_DECIMAL_COMMA_TEXT.split())

_REGION_OF_LANGUAGE = {"en": None, "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "pt": "PT", "ja": "JP", "ko": "KR"}
"""Languages without a region. English has none: Britain and America write dates in opposite orders."""

_DOLLARS = {"US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "TW": "TWD", "MX": "MXN"} | {
    "AR": "ARS",
    "CL": "CLP",
    "CO": "COP",
    "PR": "USD",
    "EC": "USD",
    "SV": "USD",
}


@dataclass(frozen=True, slots=True)
class Locale:
    """``None`` members are undecided: nothing is then read that depends on them."""

    region: str | None = None
    order: Order | None = None
    decimal: Literal[".", ","] | None = None
    dollar: str | None = None


def of(tag: str) -> Locale:
    """``US``, ``en-US``, ``de_DE``, ``de`` or nothing at all. Raises UnknownLocale."""
    tag = tag.strip().replace("_", "-")
    if not tag:
        return Locale()
    found = re.fullmatch(r"(?:([a-z]{2,3})(?:-[A-Za-z]{4})?-)?([A-Z]{2})|([a-z]{2,3})", tag)
    if found is None:
        raise UnknownLocale("Set Locale to a region such as US or DE, to a tag such as en-US, or to nothing.")
    region = found[2] or _REGION_OF_LANGUAGE.get(found[3])
    if region is None:
        return Locale()
    return Locale(region, _order(region), "," if region in _DECIMAL_COMMA else ".", _DOLLARS.get(region))


def _order(region: str) -> Order | None:
    if region in _EITHER:
        return None
    if region in _MONTH_FIRST:
        return "mdy"
    return "ymd" if region in _YEAR_FIRST else "dmy"
