"""Personally identifiable information by patterns, check digits and the words that stand before a number.

A number alone says little, so most types want a label ("SSN", "Routing No.") or a check digit; what has both is surer.
Types are Comprehend's. Offsets are in characters (code points).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from local.services.comprehend.entities import ADDRESS, MONTHS, Found, settle
from local.services.comprehend.entities import entities as named_entities

Check = Callable[[str], bool]
_SEP = r"(?i:[ \t]*(?:no\.?|number|num\.?|#|code|id)?[ \t]*(?:is|was|es|[:#=])?[ \t]*)"


@dataclass(frozen=True, slots=True)
class _Rule:
    type: str
    score: float
    pattern: re.Pattern[str]
    check: Check | None = None

    def find(self, text: str) -> Iterator[Found]:
        group = "x" if "x" in self.pattern.groupindex else 0
        for match in self.pattern.finditer(text):
            begin, end = match.span(group)
            if self.check is None or self.check(text[begin:end]):
                yield Found(self.type, begin, end, self.score)


def entities(text: str, language: str) -> list[Found]:
    """What identifies a person, in the text's order and without overlaps. ``language`` is "en" or "es"."""
    found = [one for rule in _rules() for one in rule.find(text)]
    found += [Found("PHONE", begin, end, 0.99) for begin, end in _phones(text, "ES" if language == "es" else "US")]
    for one in named_entities(text, language):
        if one.type == "PERSON":
            found.append(Found("NAME", one.begin, one.end, one.score))
        elif one.type == "DATE":
            found.append(Found("DATE_TIME", one.begin, one.end, one.score))
    return settle(found)


def _phones(text: str, region: str) -> Iterator[tuple[int, int]]:
    import phonenumbers

    for match in phonenumbers.PhoneNumberMatcher(text, region):
        yield match.start, match.end
    # Numbers of fiction and of sample forms ((555) 010-1234) are no valid numbers, and Comprehend finds them.
    for found in re.finditer(r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[.-]\d{4}(?![\w-])", text):
        yield found.span()


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1's check digit."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616's check: the number with its first four signs last leaves 1 by 97."""
    plain = re.sub(r"\s", "", text).upper()
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def routing(text: str) -> bool:
    """The American Bankers Association's check: weights 3, 7, 1 over nine digits."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    return (
        len(digits) == 9
        and sum(digits) > 0
        and sum(w * d for w, d in zip((3, 7, 1) * 3, digits, strict=True)) % 10 == 0
    )


def _nhs(text: str) -> bool:
    """The National Health Service's check digit, modulo 11."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    rest = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits[:9], strict=True)) % 11
    return len(digits) == 10 and digits[9] == rest % 11 and rest != 10


def _vin(text: str) -> bool:
    """ISO 3779's check digit as North America writes it, in the ninth place."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum(w * (int(s) if s.isdigit() else values[s]) for w, s in zip(weights, text, strict=True)) % 11
    return text[8] == ("X" if rest == 10 else str(rest))


def _ssn(text: str) -> bool:
    """Areas 000, 666 and 900 to 999, group 00 and serial 0000 were never given out."""
    digits = re.sub(r"\D", "", text)
    return digits[:3] not in {"000", "666"} and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _mixed(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


@cache
def _rules() -> tuple[_Rule, ...]:
    return (*_accounts(), *_money(), *_persons(), *_countries())


def _accounts() -> Iterator[_Rule]:
    """Addresses and secrets of machines and accounts."""
    yield _rule("EMAIL", 0.99, r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z]{2,24}\b")
    yield _rule("URL", 0.99, r"\b(?:https?://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]")
    yield _rule("IP_ADDRESS", 0.99, r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", _address)
    yield _rule("MAC_ADDRESS", 0.99, r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b")
    yield _rule("IP_ADDRESS", 0.98, r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])", _address)
    yield _rule("AWS_ACCESS_KEY", 0.99, r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
    yield _rule("AWS_SECRET_KEY", 0.97, r"(?i:secret)[\w .-]{0,25}[:=][ \t]*[\"']?(?P<x>[A-Za-z0-9/+=]{40})(?![\w/+=])")
    yield _rule(
        "PASSWORD", 0.97, r"(?i:\b(?:password|passwd|passphrase|contraseña))[ \t]*(?:is|es|[:=])[ \t]*(?P<x>\S{4,64})"
    )
    yield _rule(
        "USERNAME", 0.95, r"(?i:\b(?:user ?name|user ?id|login|usuario))[ \t]*(?:is|es|[:=])[ \t]*(?P<x>[\w.@+-]{2,64})"
    )


def _money() -> Iterator[_Rule]:
    yield _rule("CREDIT_DEBIT_NUMBER", 0.99, r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])", luhn)
    yield _rule(
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER", 0.99, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", iban
    )
    yield _rule("CREDIT_DEBIT_CVV", 0.97, rf"(?i:\b(?:cvv2?|cvc2?|security code)){_SEP}(?P<x>\d{{3,4}})\b")
    yield _rule(
        "CREDIT_DEBIT_EXPIRY",
        0.96,
        r"(?i:\b(?:exp(?:ir(?:y|es|ation))?|valid (?:thru|until))\b)[^\n\d]{0,12}"
        r"(?P<x>(?:0[1-9]|1[0-2])[/-](?:20)?\d{2})\b",
    )
    yield _rule("PIN", 0.96, rf"\b(?:PIN|pin){_SEP}(?P<x>\d{{4,6}})\b")
    yield _rule(
        "SWIFT_CODE", 0.97, rf"(?i:\b(?:swift|bic)(?:/bic)?){_SEP}(?P<x>[A-Z]{{6}}[A-Z0-9]{{2}}(?:[A-Z0-9]{{3}})?)\b"
    )
    yield _rule("BANK_ROUTING", 0.98, rf"(?i:\b(?:routing|aba|rtn)){_SEP}(?P<x>\d{{9}})\b", routing)
    yield _rule(
        "BANK_ACCOUNT_NUMBER",
        0.97,
        rf"(?i:\b(?:account|acct\.?|a/c|cuenta)){_SEP}(?P<x>[\dXx*](?:[ -]?[\dXx*]){{5,16}})(?![\w-])",
        _mixed,
    )


def _persons() -> Iterator[_Rule]:
    yield _rule(
        "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
        0.98,
        r"(?<![\w-])9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}(?![\w-])",
    )
    yield _rule("SSN", 0.99, r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])", _ssn)
    yield _rule("SSN", 0.98, rf"(?i:\b(?:ssn|social security)){_SEP}(?P<x>\d{{3}}[ -]?\d{{2}}[ -]?\d{{4}})\b", _ssn)
    yield _rule("PASSPORT_NUMBER", 0.97, rf"(?i:\b(?:passport|pasaporte)){_SEP}(?P<x>[A-Z]{{0,2}}\d{{6,9}})\b")
    yield _rule(
        "DRIVER_ID",
        0.97,
        rf"(?i:\b(?:driver'?s?'? (?:licen[cs]e|id)|DL)){_SEP}(?P<x>[A-Z0-9](?:[ -]?[A-Z0-9]){{4,17}})\b",
        _mixed,
    )
    yield _rule(
        "LICENSE_PLATE",
        0.95,
        rf"(?i:\b(?:licen[cs]e plate|plate|tag)){_SEP}(?P<x>[A-Z0-9]{{1,4}}[ -]?[A-Z0-9]{{2,4}})\b",
        _mixed,
    )
    yield _rule("VEHICLE_IDENTIFICATION_NUMBER", 0.98, r"\b[A-HJ-NPR-Z0-9]{17}\b", _vin)
    yield _rule("AGE", 0.97, r"\b(?P<x>\d{1,3}[ -]years?[ -]old)\b|\b(?i:aged?)[ \t]*[:,]?[ \t]*\d{1,3}\b")
    yield _rule("ADDRESS", 0.98, ADDRESS)
    yield _rule(
        "ADDRESS", 0.95, r"\b(?:P\.? ?O\.? ?)Box \d+(?:,\s*[A-Z]\w+(?: [A-Z]\w+)*,? [A-Z]{2} \d{5}(?:-\d{4})?)?"
    )
    yield _rule("ADDRESS", 0.9, r"\b[A-Z]\w+(?: [A-Z]\w+){0,2}, [A-Z]{2} \d{5}(?:-\d{4})?\b")
    yield _rule(
        "ADDRESS",
        0.93,
        r"\b(?:Calle|Avenida|Av\.|Plaza|Paseo|C/) ?[A-ZÁÉÍÓÚ]\w+(?: (?:de|del|la|los|[A-ZÁÉÍÓÚ]\w+)){0,4},? ?\d{1,4}\b",
    )
    yield _rule("DATE_TIME", 0.97, rf"\b\d{{1,2}} de {MONTHS} de \d{{4}}\b")


def _countries() -> Iterator[_Rule]:
    """Numbers of one country's offices; all but the check-digit ones want their label."""
    yield _rule(
        "UK_NATIONAL_INSURANCE_NUMBER",
        0.98,
        r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
    )
    yield _rule("UK_NATIONAL_HEALTH_SERVICE_NUMBER", 0.97, rf"(?i:\bNHS){_SEP}(?P<x>\d{{3}} ?\d{{3}} ?\d{{4}})\b", _nhs)
    yield _rule(
        "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
        0.96,
        rf"(?i:\b(?:UTR|unique taxpayer reference)){_SEP}(?P<x>\d{{5}} ?\d{{5}})\b",
    )
    yield _rule(
        "CA_SOCIAL_INSURANCE_NUMBER",
        0.97,
        rf"(?i:\b(?:SIN|social insurance)){_SEP}(?P<x>\d{{3}}[ -]?\d{{3}}[ -]?\d{{3}})\b",
        luhn,
    )
    yield _rule(
        "CA_HEALTH_NUMBER",
        0.95,
        rf"(?i:\b(?:health card|OHIP|PHN)){_SEP}(?P<x>\d{{4}}[ -]?\d{{3}}[ -]?\d{{3}}(?:[ -]?[A-Z]{{2}})?)\b",
    )
    yield _rule("IN_PERMANENT_ACCOUNT_NUMBER", 0.97, r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b")
    yield _rule("IN_AADHAAR", 0.97, rf"(?i:\baadhaar){_SEP}(?P<x>[2-9]\d{{3}}[ -]?\d{{4}}[ -]?\d{{4}})\b")
    yield _rule("IN_NREGA", 0.95, r"\b[A-Z]{2}-\d{2}-\d{3}-\d{3}-\d{3}/\d{1,6}\b")
    yield _rule("IN_VOTER_NUMBER", 0.95, rf"(?i:\b(?:voter|EPIC)){_SEP}(?P<x>[A-Z]{{3}}\d{{7}})\b")


def _rule(kind: str, score: float, pattern: str, check: Check | None = None) -> _Rule:
    return _Rule(kind, score, re.compile(pattern), check)
