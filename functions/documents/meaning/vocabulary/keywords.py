"""Words and phrases looked for in a text without regard to case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any


def plain(text: str) -> str:
    """``Invoice No.: 12`` as `` invoice no 12 ``: words between single blanks, blanks at both ends too."""
    # NFKD takes accents off their letters; ß has none, so it is spelled out by casefold.
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(mark for mark in folded if not unicodedata.combining(mark))
    words = re.findall(r"[^\W_]+|#", kept)
    return f" {' '.join(words)} "


@cache
def cue(text: str) -> str:
    """A cue as ``plain`` writes it; cues are few and asked for with every document."""
    return plain(text)


def has(where: str, words: tuple[str, ...]) -> bool:
    """Whether one of the cues stands in a text that went through ``plain``."""
    return any(cue(word) in where for word in words)


_REMARK = re.compile(r"[(\uff08].*?[)\uff09]")
_WHOSE = (
    *("patient", "spouse", "wife", "husband", "partner", "mother", "father", "parent", "parents", "guardian", "child"),
    *("kin", "relative", "relation", "witness", "physician", "doctor", "provider", "nurse", "insured", "policyholder"),
    *("holder", "subscriber", "beneficiary", "employer", "employee", "emergency", "contact", "representative", "agent"),
    *("attorney", "sponsor", "guarantor", "dependent", "dependant", "applicant", "landlord", "tenant", "seller"),
    *("buyer", "payer", "payee", "vendor", "supplier", "customer", "client", "owner", "borrower", "lender"),
    *("patientin", "ehepartner", "ehefrau", "ehemann", "mutter", "vater", "eltern", "kind", "zeuge", "arzt", "vormund"),
    *("versicherter", "versicherungsnehmer", "arbeitgeber", "notfall", "angehorige", "kunde", "lieferant"),
    *("conjoint", "epoux", "epouse", "mere", "pere", "enfant", "tuteur", "temoin", "medecin", "assure", "employeur"),
    *("conyuge", "esposo", "esposa", "madre", "padre", "hijo", "tutor", "testigo", "medico", "asegurado", "empleador"),
    *("paciente", "contacto", "emergencia", "cliente", "\u60a3\u8005", "\u914d\u5076\u8005", "\u4fdd\u8b77\u8005"),
)
"""Whose a field may be, in brackets behind its name."""


def bare(key: str) -> str:
    """A form's key through ``plain``, without its own number and a remark in brackets: ``2. Name (last)``."""
    return _unnumbered(_REMARK.sub(" ", key))


def _unnumbered(key: str) -> str:
    said = plain(key).strip()
    return re.sub(r"^(?:\d+[a-z]?|[a-z]) (?=\D)", "", said)


_SMALL = frozenset(
    ("the", "of", "a", "an", "s", "de", "del", "du", "des", "der", "die", "das", "la", "le", "el", "l", "d")
)
"""Words that say nothing about a field; the s of patient's among them."""


def gist(key: str) -> frozenset[str]:
    """The words of a key that tell what it asks for: those of ``Name of the patient`` are those of ``Patient name``.

    A remark in brackets counts where it says whose the field is: ``Name (next of kin)`` is not the patient's.
    """
    said = _REMARK.sub(lambda found: found[0] if has(plain(found[0]), _WHOSE) else " ", key)
    return frozenset(_unnumbered(said).split()) - _SMALL


@cache
def table(name: str) -> dict[str, dict[str, Any]]:
    """The tables of one of the TOML files beside this module."""
    import tomllib  # 18 ms that importing a handler need not pay

    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
