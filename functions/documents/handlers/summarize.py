"""Summarize: what was read -> sentences by a language model, each answer paid for once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from common import settings
from common.observability import Context, count, observed
from documents import steps
from documents.model import NO_TEXT, Enrichment, Summary
from documents.summary import chosen_model, masking


@dataclass(frozen=True)
class Settings(chosen_model.Settings):
    parameters_list: str = ""
    """A JSON list of generation settings, tried in order; the provider's own list where it is empty."""
    redact: str = "none"
    language: str = "en"
    chunk_characters: int = 60_000
    most_chunks: int = 20


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``summary: {sentences, stop_reason, tokens}`` (the number of sentences).

    What an earlier run left is used again, down to single answers of the model, where it was made of the same text with
    the same settings and rules.
    A model that gives nothing usable leaves no sentences and SUMMARY_UNAVAILABLE: the rest of the result stays.
    Raises ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable, StorageUnavailable, WorkGone.
    """
    work, options = event["work"], settings.read(Settings)
    # Without redaction the model sees nothing of what Enrich left, and is asked in the words of the type.
    sources = ("extraction", "enrichment") if options.redact in masking.HIDES else ("extraction",)
    enriched = steps.enrichment(work, redacting=options.redact in masking.HIDES)
    about = {**asdict(options), "type": enriched.type.name}
    made_of = steps.made_of(about, steps.code("meaning", "summary"), work, *sources)
    summarized = steps.keep_once(work, "summary", made_of, lambda: _make(work, options, enriched))
    if summarized is not None:
        count("FlagsRaised", len(summarized.flags))
        count("SummaryTokens", summarized.model.tokens or 0)
        asked = summarized.model.stop_reason != NO_TEXT
        count("SummariesUnavailable", int(asked and not summarized.sentences))
    summary = steps.summary(work)
    counts = {
        "sentences": len(summary.sentences),
        "stop_reason": summary.model.stop_reason,
        "tokens": summary.model.tokens,
    }
    return {**event, "summary": counts}


def _make(work: str, options: Settings, enriched: Enrichment) -> Summary:
    # Late: a redrive that finds its summary made needs none of it.
    from documents.meaning import language_guess
    from documents.meaning.vocabulary import document_types
    from documents.summary import summarizing
    from documents.summary.remembered import Remembered

    extraction = steps.extraction(work)
    secrets = enriched.secrets if options.redact in masking.HIDES else None
    kind = document_types.shipped().get(enriched.type.name)
    return summarizing.summarize(
        extraction.lines,
        *masking.visible(extraction, secrets),
        Remembered(chosen_model.provider(options), steps.summaries(), work, options.guardrail),
        chosen_model.generations(options, options.parameters_list),
        summarizing.Limits(options.chunk_characters, options.most_chunks),
        language_guess.guess(extraction.text(), options.language),
        wanted=kind.prompt if kind else "",
    )
