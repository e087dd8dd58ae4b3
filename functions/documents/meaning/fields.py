"""Forms -> fields: what kind of value each is, and the value in the one form in which equal values are equal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from documents.meaning.normalise import amounts, dates, phones
from documents.meaning.normalise.locale import Locale
from documents.meaning.normalise.normalised import Normalised
from documents.meaning.vocabulary import keywords
from documents.model import Extraction, Field, FieldKind, Flag, Form

KINDS: tuple[FieldKind, ...] = ("phone", "date", "amount", "address")


@dataclass(frozen=True, slots=True)
class Context:
    """What all values of one document are read with. ``today``: the day it came in."""

    locale: Locale
    today: date
    evidence: dates.Evidence
    house_numbers: frozenset[int] = frozenset()
    """Pages on which a house number stands in a field of its own."""


def context(extraction: Extraction, locale: Locale, today: date) -> Context:
    numbered = frozenset(
        form.page
        for form in extraction.forms
        if _says("house_number", keywords.plain(form.key)) and any(c.isdigit() for c in form.value)
    )
    texts = [*(line.text for line in extraction.lines), *(form.value for form in extraction.forms)]
    return Context(locale, today, dates.Evidence(texts), numbered)


def read(forms: Sequence[Form], known: Context, names: Mapping[frozenset[str], str]) -> tuple[list[Field], list[Flag]]:
    """A field for each form, in their order, and the flags of those whose value could not be decided.

    ``names``: the template's names of the document's type, by the gist of the keys that mean them.
    """
    fields: list[Field] = []
    flags: list[Flag] = []
    for index, form in enumerate(forms):
        kind, found = _read(form, known)
        name = names.get(keywords.gist(form.key)) if len(form.key) <= _LONGEST_KEY else None
        confidence = form.confidence
        fields.append(Field(index, kind, form.value, found.value, form.page, confidence, form.source, name, form.key))
        if found.trouble:
            flags.append(Flag(found.trouble, _SENTENCES[kind].format(found.reason), form.page, index))
    return fields, flags


_WHOLE_DATE = re.compile(r"\d{4}.*[^\w\s]|[^\w\s].*\d{4}|[^\W\d]{3}")
"""A year in full or a written month: 1.2.24 by itself is as well a section or a version."""

_DIGITS_OF_A_NUMBER = 6
_LONGEST_KEY = 500
"""Characters; no name of a field comes near, remark included."""

_SENTENCES = {
    "date": "The date cannot be read as one day: {}.",
    "phone": "The telephone number is not whole: {}.",
    "address": "The address may be incomplete: {}.",
}


def _read(form: Form, known: Context) -> tuple[FieldKind, Normalised]:
    key, value = keywords.plain(form.key), " ".join(form.value.split())
    if value:
        for kind in KINDS:
            if _says(kind, key) and (found := _as(kind, form, key, known)):
                return kind, found
        for kind in KINDS:
            if (
                not _says_other(kind, key)
                and _looks_like(kind, form.value, known)
                and (found := _as(kind, form, key, known))
            ):
                return kind, found
    return "text", Normalised(value)


def _as(kind: FieldKind, form: Form, key: str, known: Context) -> Normalised | None:
    if kind == "phone":
        doubtful = _says("phone_or_else", key) and sum(map(str.isdigit, form.value)) < _DIGITS_OF_A_NUMBER
        return None if doubtful else phones.normalise(form.value, known.locale)
    if kind == "date":
        birth = _says("birth", key)
        return dates.normalise(form.value, known.locale, known.today, birth=birth, evidence=known.evidence)
    if kind == "amount":
        return amounts.normalise(form.value, known.locale)
    from documents.meaning.normalise import addresses  # its patterns take 5 ms that importing a handler need not pay

    return addresses.normalise(form.value, numbered=form.page in known.house_numbers or _says("town", key))


def _looks_like(kind: FieldKind, value: str, known: Context) -> bool:
    """Whether a value tells its kind without its key; only what can hardly be anything else."""
    if kind == "phone":
        return phones.looks_like(value, known.locale)
    if kind == "date":
        found = dates.normalise(value, known.locale, known.today, evidence=known.evidence)
        return (
            found is not None
            and _WHOLE_DATE.search(value) is not None
            and (found.value is None or len(found.value) > 7)
        )
    if kind == "amount":
        return amounts.looks_like(value, known.locale)
    from documents.meaning.normalise import addresses

    return addresses.looks_like(value)


def _says(kind: str, key: str) -> bool:
    table = keywords.table("keywords.toml")[kind]
    return keywords.has(key, tuple(table["words"])) and not keywords.has(key, tuple(table["never"]))


def _says_other(kind: str, key: str) -> bool:
    """Whether the key forbids this kind: an account number is no amount, however it is written."""
    return keywords.has(key, tuple(keywords.table("keywords.toml")[kind]["never"]))
