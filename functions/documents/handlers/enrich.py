"""Enrich: an extraction -> its type, comparable fields, flags, entities and personal data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from common import executions, settings
from common.objects import ABSENT, Bucket, encode
from common.observability import count, observed
from documents import keys, steps
from documents.errors import RedactionUnavailable
from documents.meaning import document_types, entities, fields, flags, language_guess, packets
from documents.meaning.normalise import locale
from documents.model import Enrichment, Extraction, Flag

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    locale: str = ""
    language: str = "en"
    """Of documents that do not say theirs, ISO 639-1."""
    detect_entities: str = "on"
    redact: str = "none"
    """none, model, copy or both."""
    low_confidence: int = 80
    """Percent below which a field is flagged."""


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The machine's state with ``enrichment: {type, flags, entities, secrets}`` (a name and three counts).

    What an earlier run left is used again: Comprehend is paid once. But only what was made of the same extraction with
    the same settings: a redrive after Redact was switched on must not go on with what was found without it.
    Raises UnknownLocale, RedactionUnavailable, LanguageServiceThrottled, ServiceUnavailable, StorageUnavailable,
    WorkGone.
    """
    work = event["work"]
    known = settings.read(Settings)
    bucket = steps.summaries()
    place, made_of = keys.step(work, "enrichment"), _made_of(known, bucket, work)
    held = bucket.get(place)
    if held is None or held.json().get("made_of") != made_of:
        made = _make(event, known, bucket)
        body = encode({**made.to_json(), "made_of": made_of})
        if bucket.put(place, body, if_match=held.etag if held else ABSENT) is not None:
            count("FlagsRaised", len(made.flags))
            count("LowConfidenceFields", sum(flag.code == "LOW_CONFIDENCE" for flag in made.flags))
    kept = steps.enrichment(work)
    counts = {"flags": len(kept.flags), "entities": len(kept.entities), "secrets": len(kept.secrets)}
    return {**event, "enrichment": {"type": kept.type.name, **counts}}


def _made_of(known: Settings, bucket: Bucket, work: str) -> str:
    """What an enrichment depends on, in 16 hex. Without an extraction there is nothing that it could be made of."""
    extraction = bucket.head(keys.step(work, "extraction"))
    return executions.digest(encode(asdict(known)), (extraction.etag if extraction else "").encode())[:16]


def _make(state: dict[str, Any], known: Settings, bucket: Bucket) -> Enrichment:
    extraction = steps.extraction(state["work"])
    today = date.fromisoformat(state["received_at"][:10])
    made = enrich(extraction, locale.of(known.locale), today, threshold=known.low_confidence)
    tongue = language_guess.guess(extraction.text(), known.language)
    source = steps.document(state)
    extra = packets.look(Bucket(source.bucket), bucket, source.key, made.type.name)
    ask = entities.Remembered(bucket, state["work"])
    found = entities.entities(extraction, tongue, ask) if known.detect_entities == "on" and tongue in _SPOKEN else []
    if known.detect_entities == "on" and tongue not in _SPOKEN:
        extra.append(Flag("LANGUAGE_UNSUPPORTED", f"Comprehend finds no entities in this language ({tongue})."))
    secrets = []
    if known.redact != "none":
        if tongue not in entities.SECRET_LANGUAGES:
            raise RedactionUnavailable(
                f"Personal data cannot be found in this language ({tongue}), only in English and Spanish, so nothing "
                f"could be redacted; deploy with Redact=none for such documents, or translate it."
            )
        secrets = entities.secrets(extraction, tongue, ask)
    sought = known.redact != "none"
    return Enrichment(made.type, made.fields, (*made.flags, *extra), tuple(found), tuple(secrets), sought)


_SPOKEN = entities.ENTITY_LANGUAGES


def enrich(extraction: Extraction, where: locale.Locale, today: date, *, threshold: float = 80) -> Enrichment:
    """Type, fields and the flags that the document alone gives; no service is asked.

    ``today``: the day the document came in. ``threshold``: percent below which a field's confidence is flagged.
    """
    kind = document_types.classify(extraction)
    found, raised = fields.read(extraction.forms, fields.context(extraction, where, today))
    raised += flags.low_confidence(found, threshold)
    raised += flags.missing_fields(extraction, document_types.shipped().get(kind.name))
    raised += flags.missing_pages(extraction)
    return Enrichment(kind, tuple(found), tuple(raised))
