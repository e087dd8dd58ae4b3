"""Named entities by rules: shapes of dates, amounts and addresses, known names, and what stands beside a name.

The lists are ``entities.toml``. English first; the other languages get their dates, amounts and the names
that are written alike. Offsets are in characters (code points), the end past the last, as Comprehend's are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """One entity: its type's name, the characters ``text[begin:end]``, and how sure the rule is."""

    type: str
    begin: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Rule:
    """``pattern``'s group ``x``, or the whole match where it has none, is an entity of ``type``."""

    type: str
    score: float
    pattern: re.Pattern[str]

    def find(self, text: str) -> Iterator[Found]:
        group = "x" if "x" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            begin, end = match.span(group)
            if begin < end:
                yield Found(self.type, begin, end, self.score)


MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre)"
)
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER = r"\d{1,3}(?:[,.  ]\d{3})*(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_CAP = r"[A-ZÀ-ÖØ-Þ][\w'’-]{0,40}"  # noqa: RUF001 - people type both apostrophes
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'’-]{1,40}"  # noqa: RUF001
_GAP = r"[ \t]+"
_MIDDLE = rf"(?:{_GAP}[A-Z]\.)?"
STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way"
    r"|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Trail|Row|Close|Crescent)"
)
_STATE = r"[A-Z]{2}"
ADDRESS = (
    rf"\b\d{{1,6}}[A-Za-z]?{_GAP}(?:[NSEW]\.?{_GAP})?(?:(?:{_CAP}|\d+(?:st|nd|rd|th)){_GAP}){{1,4}}{STREET}\b\.?"
    rf"(?:,?{_GAP}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|#)(?:{_GAP})?\.?(?:{_GAP})?[\w-]{{1,6}})?"
    rf"(?:,?\s+{_CAP}(?:{_GAP}{_CAP}){{0,2}},?{_GAP}{_STATE}{_GAP}\d{{5}}(?:-\d{{4}})?)?"
)


def overlaps(one: Found, others: Iterable[Found]) -> bool:
    return any(one.begin < other.end and other.begin < one.end for other in others)


def settle(found: Iterable[Found]) -> list[Found]:
    """Of entities that overlap, the one that came first; all of them then in the order of the text."""
    kept: list[Found] = []
    taken: set[int] = set()
    for one in found:
        places = range(one.begin, one.end)
        if not taken.intersection(places):
            taken.update(places)
            kept.append(one)
    return sorted(kept, key=lambda one: one.begin)


def entities(text: str, language: str) -> list[Found]:
    """The entities of a text, in its order, without overlaps. ``language`` is a code of Comprehend's twelve."""
    del language  # rules that fit one language's spelling do not match in the others
    return settle(found for rule in rules() for found in rule.find(text))


@cache
def rules() -> tuple[Rule, ...]:
    """Surest first, for what overlaps is given to the first."""
    lists = _lists()
    given = _either(lists["given_names"])
    honorific = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Judge|President|Senator|Herr|Frau|Señor|Señora|Madame)\.?"
    label = (
        r"(?:(?:full|first|last|patient|applicant|customer|client|account|contact|employee|borrower|policyholder"
        r"|owner|nombre|cardholder|card\s?holder)?[ \t]*name|nombre|applicant|patient|borrower|policyholder"
        r"|signed(?: by)?|attn|bill to|ship to|sold to)"
    )
    surname = rf"(?:{_GAP}(?:van|von|de|der|la|del|di|bin|al)){{0,2}}{_GAP}{_NAME}"
    organization = (
        rf"(?:{_CAP}(?:{_GAP}(?:&|and|of|the)?(?:{_GAP})?{_CAP}){{0,4}}),?{_GAP}(?:Inc|LLC|Ltd|Corp|Corporation|Company|Co|PLC"
        r"|GmbH|AG|S\.?A|N\.?V|LLP|Group|Holdings|Bank|University|College|Hospital|Institute|Agency|Authority"
        r"|Association|Foundation|Insurance|Clinic|School|Committee|Council|Ministry|Airlines|Partners)\b\.?"
    )
    return (
        _rule(
            "OTHER",
            0.99,
            r"\b(?:https?://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
        ),
        *_dates(),
        _rule("LOCATION", 0.97, ADDRESS),
        *_quantities(lists["units"]),
        _rule("EVENT", 0.93, rf"\b(?:{_either(lists['events'])})\b"),
        _rule("EVENT", 0.8, rf"\b(?:{_CAP}{_GAP}){{1,4}}(?:Conference|Summit|Festival|Championships?|Olympics)\b"),
        _rule("PERSON", 0.99, rf"(?i:\b{label})[ \t]*[:#][ \t]*(?P<x>{_CAP}{_MIDDLE}(?:{_GAP}{_CAP}){{0,3}})"),
        _rule("PERSON", 0.99, rf"\b{honorific}{_GAP}(?P<x>{_NAME}{_MIDDLE}(?:{_GAP}{_NAME}){{0,2}})"),
        _rule("ORGANIZATION", 0.96, rf"\b{organization}"),
        _rule(
            "ORGANIZATION",
            0.95,
            rf"\b(?:University|Bank|Department|Ministry|Church|City|State) of {_CAP}"
            rf"(?:{_GAP}{_CAP}){{0,2}}",
        ),
        _rule("ORGANIZATION", 0.97, rf"\b(?:{_either(lists['organizations'])})\b"),
        _rule("COMMERCIAL_ITEM", 0.92, rf"\b(?:{_either(lists['products'])})\b"),
        _rule("PERSON", 0.98, rf"\b(?:{given}){_MIDDLE}{surname}(?:-{_NAME})?\b"),
        _rule("PERSON", 0.95, rf"\b(?:{given.upper()})(?:{_GAP}[A-Z]\.?)?{_GAP}[A-Z][A-Z'-]{{1,20}}\b"),
        _rule("LOCATION", 0.97, rf"\b(?:{_either(lists['places'])})\b"),
        _rule("PERSON", 0.85, rf"\b(?:{given})\b(?!{_GAP}{_CAP})"),
        _rule("TITLE", 0.8, r"[\"“«](?P<x>[A-Z][\w'’]*(?: (?:[A-Z][\w'’]*|of|the|and|a|in|to|for)){1,8})[\"”»]"),  # noqa: RUF001
        _rule("OTHER", 0.75, r"(?<![\w-])(?:[A-Z]{2,5}-\d[\d-]{2,}|#\w{3,})\b"),
    )


def _dates() -> tuple[Rule, ...]:
    day = r"\d{1,2}(?:st|nd|rd|th)?"
    return (
        _rule("DATE", 0.99, r"\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z?)?\b"),
        _rule("DATE", 0.98, r"(?<![\d/.-])\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})(?![\d/]|[.-]\d)"),
        _rule("DATE", 0.99, rf"\b(?:{_DAYS},?{_GAP})?{MONTHS}\.?{_GAP}{day}(?:,?{_GAP}\d{{4}})?\b"),
        _rule("DATE", 0.99, rf"\b{day}\.?{_GAP}(?:de{_GAP})?{MONTHS}\.?(?:,?{_GAP}(?:de{_GAP})?\d{{4}})?\b"),
        _rule("DATE", 0.96, rf"\b{MONTHS}{_GAP}\d{{4}}\b"),
        _rule("DATE", 0.9, rf"\b{_DAYS}\b|\b(?:[Tt]oday|[Tt]omorrow|[Yy]esterday)\b"),
        _rule("DATE", 0.9, r"\b(?:[Ll]ast|[Nn]ext|[Tt]his) (?:week|month|year|quarter|spring|summer|fall|winter)\b"),
        _rule("DATE", 0.9, r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"),
        _rule("DATE", 0.85, r"\b(?:in|since|by|of|en|seit|depuis) (?P<x>(?:19|20)\d{2})\b"),
    )


def _quantities(units: list[str]) -> tuple[Rule, ...]:
    few = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|a hundred|hundreds of|thousands of)"
    money = r"(?:US\$|[$€£¥₹])"
    return (
        _rule("QUANTITY", 0.98, rf"{money}\s?(?:{_NUMBER})(?:{_GAP}(?:million|billion|thousand|k|m|bn)\b)?"),
        _rule(
            "QUANTITY", 0.97, rf"(?<![\w.,])(?:{_NUMBER})\s?(?:%|(?:percent|per cent|USD|EUR|GBP|dollars?|euros?)\b|€)"
        ),
        _rule("QUANTITY", 0.95, rf"(?<![\w.,])(?:{_NUMBER}|\b{few})[ -]?(?:{_either(units)})\b"),
        _rule("QUANTITY", 0.9, rf"(?<![\w.,])(?:{_NUMBER}){_GAP}(?:million|billion|thousand)\b"),
    )


def _rule(kind: str, score: float, pattern: str) -> Rule:
    return Rule(kind, score, re.compile(pattern))


def _either(words: Iterable[str]) -> str:
    """Longest first, so that a name is not taken for its first word."""
    return "|".join(re.escape(word).replace(r"\ ", r"[ \t]+") for word in sorted(words, key=len, reverse=True))


@cache
def _lists() -> dict[str, list[str]]:
    with Path(__file__).with_name("entities.toml").open("rb") as file:
        return {
            name: [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
            for name, text in tomllib.load(file).items()
        }
