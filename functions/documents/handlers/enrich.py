"""Enrich: an extraction -> its type, comparable fields, flags, entities and personal data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from common import settings, spending
from common.content import language_guess
from common.objects import Bucket
from common.observability import Context, count, observed
from documents import steps
from documents.intake import originals
from documents.meaning import enrichment, entities, packets, redaction_list
from documents.meaning.flags import undecided_type
from documents.meaning.normalise import locale
from documents.model import Enrichment
from documents.summary import chosen_model, masking


@dataclass(frozen=True)
class Settings(chosen_model.Settings):
    locale: str = ""
    language: str = "en"
    """Of documents that do not say theirs, ISO 639-1."""
    detect_entities: str = "on"
    redact: str = "none"
    """none, model, copy or both."""
    low_confidence: int = 80
    """Percent below which a field is flagged."""
    types_by: str = "rules"
    """rules, or model: the one that Summarize asks."""


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``enrichment: {type, flags, entities, secrets}`` (a name and three counts).

    What an earlier run left is used again: Comprehend is paid once. But only what was made of the same extraction with
    the same settings and rules: a redrive after Redact was switched on must not go on with what was found without it.
    Raises UnknownLocale, RedactionListInvalid, RedactionUnavailable, LanguageServiceThrottled, ServiceUnavailable,
    StorageUnavailable, WorkGone, and where the model is asked for the type ModelRefused, ModelSettingsInvalid,
    ModelThrottled, ModelUnavailable. Where nothing may be bought CeilingReached, PipelinePaused.
    """
    work, options = event["work"], settings.read(Settings)
    wanted = redaction_list.of(steps.summaries()) if options.redact != "none" else redaction_list.RedactionList()
    rules = steps.code("meaning", "summary") if options.types_by == "model" else steps.code("meaning")
    made_of = steps.made_of({**asdict(options), "list": wanted.tag}, rules, work, "extraction")
    with spending.held_as("EnrichmentsHeld"):  # errors to Lambda, and none to the alarm on failing functions
        enriched = steps.keep_once(work, "enrichment", made_of, lambda: _paid(event, options, wanted))
    if enriched is not None:
        count("FlagsRaised", len(enriched.flags))
        count("LowConfidenceFields", sum(flag.code == "LOW_CONFIDENCE" for flag in enriched.flags))
    result = steps.enrichment(work)
    counts = {"flags": len(result.flags), "entities": len(result.entities), "secrets": len(result.secrets)}
    return {**event, "enrichment": {"type": result.type.name, **counts}}


def _paid(state: dict[str, Any], options: Settings, wanted: redaction_list.RedactionList) -> Enrichment:
    with entities.purse() as purse:
        return _make(state, options, wanted, entities.Remembered(steps.summaries(), state["work"], purse))


def _make(
    state: dict[str, Any], options: Settings, wanted: redaction_list.RedactionList, ask: entities.Ask
) -> Enrichment:
    from documents.summary import type_question  # late: mostly the rules decide

    extraction, source, bucket = steps.extraction(state["work"]), originals.document(state), steps.summaries()
    language = language_guess.guess(extraction.text(), options.language)
    # Before the model is asked for the type, which must not see them.
    secrets = enrichment.secrets(extraction, language, ask, wanted) if options.redact != "none" else None
    asks = options.types_by == "model"
    hidden = secrets if options.redact in masking.HIDES else None
    kind = type_question.of(state["work"], extraction, hidden, options) if asks else None
    enriched = enrichment.enrich(
        extraction,
        locale.of(options.locale),
        date.fromisoformat(state["received_at"][:10]),
        threshold=options.low_confidence,
        kind=kind,
    )
    if asks and kind is None:
        enriched = replace(enriched, flags=(*enriched.flags, undecided_type.flag()))
    packet_flags = packets.look(Bucket(source.bucket), bucket, source.key, enriched.type.name, extraction.parts)
    enriched = replace(enriched, flags=(*enriched.flags, *packet_flags))
    if options.detect_entities == "on":
        enriched = enrichment.with_entities(enriched, extraction, language, ask)
    return enriched if secrets is None else replace(enriched, secrets=secrets, sought=True)
