"""An extraction -> its type, comparable fields, flags, entities and personal data, as Enrich leaves them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from documents.errors import RedactionUnavailable
from documents.meaning import entities, fields, redaction_list
from documents.meaning.flags import low_confidence, missing_fields, missing_pages
from documents.meaning.normalise.locale import Locale
from documents.meaning.redaction_list import RedactionList
from documents.meaning.vocabulary import document_types
from documents.model import DocumentType, Enrichment, Extraction, Flag, Secret


def enrich(
    extraction: Extraction, where: Locale, today: date, *, threshold: float = 80, kind: DocumentType | None = None
) -> Enrichment:
    """Type, fields and the flags that the document alone gives; no service is asked.

    ``today``: the day the document came in. ``threshold``: percent below which a field's confidence is flagged.
    ``kind``: the type where it is known already; rules decide it otherwise.
    """
    kind = kind or document_types.classify(extraction)
    known = document_types.shipped().get(kind.name)
    names = known.names if known else {}
    comparable, flags = fields.read(extraction.forms, fields.context(extraction, where, today), names)
    flags = [*extraction.flags, *flags, *low_confidence.flags(comparable, threshold)]
    flags += missing_fields.flags(extraction, known)
    flags += missing_pages.flags(extraction)
    return Enrichment(kind, tuple(comparable), tuple(flags))


def with_entities(known: Enrichment, extraction: Extraction, language: str, ask: entities.Ask) -> Enrichment:
    """With Comprehend's entities, or LANGUAGE_UNSUPPORTED. Raises as ``entities.entities`` does."""
    if language in entities.ENTITY_LANGUAGES:
        return replace(known, entities=tuple(entities.entities(extraction, language, ask)))
    flag = Flag("LANGUAGE_UNSUPPORTED", f"Comprehend finds no entities in this language ({language}).")
    return replace(known, flags=(*known.flags, flag))


def secrets(extraction: Extraction, language: str, ask: entities.Ask, wanted: RedactionList) -> tuple[Secret, ...]:
    """The places of personal data, and of what a list says is to be hidden.

    Raises RedactionUnavailable, and what ``entities.secrets`` raises.
    """
    if language not in entities.SECRET_LANGUAGES:
        raise RedactionUnavailable(
            f"Personal data cannot be found in this language ({language}), only in English and Spanish, so nothing "
            f"could be redacted; deploy with Redact=none for such documents, or translate it."
        )
    listed = redaction_list.secrets([line.text for line in extraction.lines], wanted)
    return (*entities.secrets(extraction, language, ask), *listed)
