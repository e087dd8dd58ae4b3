"""Numbers with their units and their signs: 5 g are not 5 kg, 7 is not -7, and a week is not a month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from knowledge.answers.evidence import dates
from knowledge.answers.evidence.nearest import Said, sentences
from knowledge.answers.evidence.numbers import IN_WORDS, NUMBER, SCALES, value
from knowledge.answers.evidence.words import fold

_TIMES: Final = {
    "hour": "h hr hrs hour hours hourly stunde stunden stundlich heure heures hora horas",
    "day": "day days daily tag tage tagen taglich jour jours dia dias",
    "week": "week weeks weekly woche wochen wochentlich semaine semaines semana semanas",
    "month": "month months monthly monat monate monaten monats monatlich mois mensuel mensuelle mes meses mensual",
    "quarter": "quarter quarters quarterly quartal quartale trimestre trimestres",
    "year": "year years yearly annual annually annum jahr jahre jahren jahrlich ans annee annees annuel ano anos",
}
_OTHERS: Final = {
    "minute": "min minute minutes minuten minutos",
    "second": "sec second seconds sekunde sekunden",
    "milligram": "mg milligram milligrams milligramm",
    "gram": "g gram grams gramme grammes gramm gramos",
    "kilogram": "kg kilo kilos kilogram kilograms kilogramm",
    "ton": "t ton tons tonne tonnes tonnen",
    "pound": "lb lbs",
    "millimetre": "mm millimetre millimetres millimeter millimeters",
    "centimetre": "cm centimetre centimetres centimeter centimeters",
    "metre": "m metre metres meter meters metern",
    "kilometre": "km kilometre kilometres kilometer kilometers",
    "mile": "mile miles",
    "foot": "ft foot feet",
    "millilitre": "ml millilitre millilitres milliliter milliliters",
    "litre": "l litre litres liter liters",
    "kilowatt": "kw kilowatt kilowatts",
    "kilowatt hour": "kwh",
    "megabyte": "mb megabyte megabytes",
    "gigabyte": "gb gigabyte gigabytes",
    "terabyte": "tb terabyte terabytes",
    "percent": "% percent prozent pourcent",
    "euro": "\u20ac eur euro euros",
    "dollar": "$ usd dollar dollars",
    "sterling": "\u00a3 gbp",
    "yen": "\u00a5 jpy yen",
    "franc": "chf",
}
_UNITS: Final = {word: name for name, words in {**_TIMES, **_OTHERS}.items() for word in words.split()}
_PERIODS: Final = {word: name for name, words in _TIMES.items() for word in words.split() if len(word) > 1}
_PERIODIC: Final = frozenset(
    word for word in _PERIODS if word.endswith(("ly", "lich")) or word in {"annual", "mensuel", "annuel", "mensual"}
)
_MONEY: Final = r"[\u20ac$\u00a3\u00a5]|\b(?:eur|usd|gbp|jpy|chf)\b"
_NUMBERS: Final = re.compile(rf"{NUMBER.pattern}|\b(?:{'|'.join(IN_WORDS)})\b")
_BEHIND: Final = re.compile(
    rf"(?<!\d)(?<!\d[.,])({_NUMBERS.pattern})"
    rf"(?:[ \u00a0\u202f-]?(?:{'|'.join(word for word in SCALES if len(word) > 2)})\b)?"
    r"[ \u00a0\u202f\n-]{0,2}(per cent|[^\W\d_]+|[%\u20ac$\u00a3\u00a5])"
)
_BEFORE: Final = re.compile(rf"({_MONEY})[ \u00a0\u202f]?-?({NUMBER.pattern})")
_PER: Final = re.compile(
    r"(?:\b(?:per|pro|each|every|a|an|im|in der|par|por|al)\s+|/\s?)(" + "|".join(_PERIODS) + r")\b"
    r"|\b(" + "|".join(sorted(_PERIODIC)) + r")\b"
)
_BELOW: Final = re.compile(
    rf"(?:(?<![\w.)\]])(?:{_MONEY})?[-\u2212\u2010\u2011\u2013](?:(?:{_MONEY})[ \u00a0]?)?|\bminus\s+)"
    rf"({NUMBER.pattern})"
)
"""A number below nothing; a sign with a space behind it is a dash, and one behind a number divides."""
_DOWN: Final = re.compile(
    r"\b(?:loss|losses|lost|fell|fall|fallen|falls|down|decline\w*|decreas\w*|drop\w*|negative|minus|below|shr[aiu]nk\w*"
    r"|deficit|verlust\w*|ruckgang|gesunken|sank|perte|baisse|perdida|credit\w*)\b"
)


def lacking(text: str, passages: Sequence[str]) -> list[str]:
    """Numbers of ``text`` that stand in the passages only with another unit, period or sign."""
    plain = fold(text)
    known = sentences(passages)
    whole = fold("\n".join(passages))
    return list(dict.fromkeys([*_units(plain, passages), *_periods(plain, known, whole), *_signs(plain, known)]))


def _units(text: str, passages: Sequence[str]) -> Iterator[str]:
    whole = fold("\n".join(_without_dates(passage) for passage in passages))
    known = set(_measured(whole))
    with_unit = {number for number, _, _ in known}
    pairs = {(number, unit) for number, unit, _ in known}
    words = {unit for word in re.findall(r"[^\W\d_]+|[%\u20ac$\u00a3\u00a5]", whole) if (unit := _UNITS.get(word))}
    bare = _bare(whole)
    for number, unit, written in _measured(text):
        if (number, unit) in pairs or (unit == "metre" and "million" in whole):
            continue
        if unit not in words or (number in with_unit and number not in bare):
            yield written


def _measured(text: str) -> Iterator[tuple[Decimal, str, str]]:
    """Number, unit, and both as they are written."""
    for found in _BEHIND.finditer(text):
        unit = "percent" if found[2] == "per cent" else _UNITS.get(found[2])
        if unit is not None:
            yield _value(found[1]), unit, found[0]
    for found in _BEFORE.finditer(text):
        yield _value(found[2]), _UNITS[found[1]], found[0]


def _bare(text: str) -> set[Decimal]:
    """Numbers that stand somewhere without a unit, as in a table."""
    return {_value(token) for token in _NUMBERS.findall(_BEFORE.sub(" ", _BEHIND.sub(_unless_unit, text)))}


def _without_dates(text: str) -> str:
    """The 5 of "5 March" is nothing that has a unit elsewhere."""
    for mention in reversed(dates.mentions(text)):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def _unless_unit(found: re.Match[str]) -> str:
    return " " if found[2] == "per cent" or found[2] in _UNITS else found[0]


def _value(written: str) -> Decimal:
    return Decimal(IN_WORDS[written]) if written in IN_WORDS else value(written)


def _periods(text: str, known: Sequence[Said], whole: str) -> Iterator[str]:
    """``per week`` has to stand with one of the numbers that the sentence has; where it has none, anywhere."""
    numbers = {value(token) for token in NUMBER.findall(text)}
    with_number = [
        fold(each.text) for each in known if numbers & {value(token) for token in NUMBER.findall(fold(each.text))}
    ]
    for found in _PER.finditer(text):
        period = _PERIODS[found[1] or found[2]]
        if not any(period in _told_periods(each) for each in with_number or [whole]):
            yield found[0]


def _told_periods(text: str) -> set[str]:
    return {_PERIODS[word] for word in re.findall(r"[^\W\d_]+", text) if word in _PERIODS}


def _signs(text: str, known: Sequence[Said]) -> Iterator[str]:
    below, above = _signed(text)
    if _DOWN.search(text) and not below:
        return  # "a loss of 7" may be of -7
    under: set[Decimal] = set()
    over: set[Decimal] = set()
    lost: set[Decimal] = set()
    for each in known:
        plain = fold(each.text)
        low, high = _signed(plain)
        under |= low
        over |= high
        lost |= high if _DOWN.search(plain) else set()
    yield from (f"-{number:f}" for number in below & over - under - lost)
    yield from (f"{number:f}" for number in above & under - over)


def _signed(text: str) -> tuple[set[Decimal], set[Decimal]]:
    """Numbers below nothing, and the others."""
    return (
        {value(found[1]) for found in _BELOW.finditer(text)},
        {value(token) for token in NUMBER.findall(_BELOW.sub(" ", text))},
    )
