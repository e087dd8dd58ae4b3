"""Postal addresses: on one line, and whether the house has a number.

American (123 Main St), German (Hauptstr. 5), French (12 rue de la Paix) and Spanish (Calle Mayor, 5) ways of writing.
A post code, a flat, a numbered street (5th Avenue, Highway 61) is not a house number; a PO box needs none. A house that
has a name instead of a number is flagged all the same: nothing tells it from an address that lost its number.
"""

from __future__ import annotations

import re

from documents.meaning.normalise.normalised import Normalised

_LONGEST = 300
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|post\s?office box|post\s?box|postfach|b\.?p\.?|bo[iî]te postale|apartado(?: de correos)?|"
    r"apdo\.?|casilla|locked bag|private bag|general delivery|poste restante|postlagernd)\s*[#:nº°.]*\s*\d*",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:\b(?:apt|apartment|suite|ste|unit|floor|fl|flat|room|rm|bldg|building|piso|puerta|etage|étage|whg|wohnung|appt|lot)\b\.?"
    r"|#)\s*#?\s*(?:\d+[a-z]?|[a-z]\d*|\w)\b|\b\d+(?:st|nd|rd|th)\s+(?:floor|fl)\b",
    re.IGNORECASE,
)
_STREET_WORD = re.compile(
    r"\b(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|terrace|ter|parkway|pkwy|"
    r"circle|cir|square|sq|highway|hwy|route|rte|way|trail|trl|loop|alley|close|crescent|row|"
    r"rue|chemin|impasse|quai|allée|cours|"
    r"calle|c/|avenida|avda|paseo|plaza|carrera|camino|carretera|via|viale|piazza|corso|rua|"
    r"allee|platz|weg|ufer|damm|ring|gasse|straße|strasse|str)\b\.?"
    r"|\b\w{2,}(?:stra(?:ß|ss)e|str|gasse|platz|weg|allee|damm|ufer|ring)\b\.?",
    re.IGNORECASE,
)
_ROUTE = re.compile(
    r"\b(?:highway|hwy|route|rte|county road|cr|state road|sr|interstate|i|us|autopista|carretera)\.?[\s-]*\d+\w?\b",
    re.I,
)
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b|\b\d{1,2}\.\s(?=[A-ZÄÖÜ][a-zäöüß]+)", re.IGNORECASE)
_US_ZIP = re.compile(r"\b[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?(?:,?\s+(?:USA|US|United States))?\W*$")
_UK_CA = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b")
_CODE_CITY = re.compile(r"(?:\b[A-Z]{1,3}-)?\b\d{4,6}(?:-\d{3})?\s+(?=[^\W\d_])")
_HOUSE = re.compile(
    r"(?<![\w/])(?:n[º°o]\.?\s?)?\d{1,5}(?:\s?[-/\u2013]\s?\d{1,5})?(?:\s?[a-zA-Z]|\s?1/2|\s?(?:bis|ter))?(?!\w)"
)
_CITY_LINE = re.compile(r"[^\W\d_][\w.\s'-]+,\s*[A-Z]{2}\b|\b\d{4,6}\s+[A-ZÄÖÜ]|\b[A-Z]{2}\s+\d{5}\b")


def normalise(text: str, *, numbered: bool = False) -> Normalised | None:
    """``text``, known to be an address; None where it holds none (``n/a``, ``same as above``).

    ``numbered``: the house number stands in a field of its own.
    """
    lines = _lines(text)
    if len(text) > _LONGEST or not lines or not _meant(lines):
        return None
    value = ", ".join(lines)
    if numbered or _BOX.search(value) or _has_house_number(lines):
        return Normalised(value)
    return Normalised(value, "ADDRESS_NO_STREET_NUMBER", "it has no street number")


def looks_like(text: str) -> bool:
    """Whether ``text`` is an address by itself: a street and a place."""
    if not 10 <= len(text) <= _LONGEST:
        return False
    lines = _lines(text)
    return len(lines) > 1 and any(_STREET_WORD.search(line) for line in lines[:2]) and bool(_CITY_LINE.search(text))


def _lines(text: str) -> list[str]:
    parts = re.split(r"[,;\n|]+", text)
    return [cleaned for part in parts if (cleaned := " ".join(part.split()).strip())]


def _meant(lines: list[str]) -> bool:
    said = " ".join(lines).casefold().strip(" .-/")
    if re.search(r"@|https?:|www\.", said) or not re.search(r"[^\W\d_]{3}", said):
        return False
    return not re.match(
        r"(?:same (?:as|address)|see |siehe|unknown|none|n/?a$|not (?:given|applicable|known)|homeless)", said
    )


def _has_house_number(lines: list[str]) -> bool:
    cleaned = [_UNIT.sub(" ", line) for line in lines]
    streets = [index for index, line in enumerate(cleaned) if _STREET_WORD.search(line)]
    for index in streets:
        if _numbered_street(cleaned[index]):
            return True
        # Calle Mayor, 5 and 12, rue de la Paix: the number is a part of its own beside the street.
        beside = [cleaned[near] for near in (index - 1, index + 1) if 0 <= near < len(cleaned)]
        if any(re.fullmatch(rf"\W*{_HOUSE.pattern}\W*", part) and len(re.sub(r"\D", "", part)) < 5 for part in beside):
            return True
    if streets:
        return False
    if any(_US_ZIP.search(line) or _UK_CA.search(line) for line in cleaned):
        # 1200 West Fulton Market, Chicago, IL 60607: there is a post code already, so the number in front is none.
        cleaned = [_US_ZIP.sub(" ", _UK_CA.sub(" ", line)) for line in cleaned]
        return any(_HOUSE.search(line) for line in cleaned)
    return any(_HOUSE.search(_without_codes(line)) for line in cleaned)


def _numbered_street(line: str) -> bool:
    line = _ROUTE.sub(" route ", line)
    if re.match(rf"\W*{_HOUSE.pattern}\s+\S", line) and not _ORDINAL.match(line.strip()):
        return True
    street = _STREET_WORD.search(line)
    rest = line[street.end() :] if street else line
    # Behind the street only: in front of it a number would have been the first thing of the line.
    return _HOUSE.search(_ORDINAL.sub(" ", _without_codes(rest))) is not None


def _without_codes(line: str) -> str:
    """The line without its post code."""
    for code in (_US_ZIP, _UK_CA, _CODE_CITY):
        line = code.sub(" ", line)
    return re.sub(r"\b\d{5}(?:-\d{4})?\W*$", " ", line)
