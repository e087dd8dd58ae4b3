"""The summary of one piece of work: made once of the same text with the same settings and rules, and left in steps/."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from common import settings
from common.admission import Turn
from common.observability import count
from documents import steps
from documents.model import NO_TEXT, Enrichment, Summary
from documents.summary import chosen_model, masking
from documents.summary.patient import Patient


@dataclass(frozen=True)
class Settings(chosen_model.Settings):
    parameters_list: str = ""
    """A JSON list of generation settings, tried in order; the provider's own list where it is empty."""
    redact: str = "none"
    language: str = "en"
    chunk_characters: int = 60_000
    most_chunks: int = 20


def make(work: str, turn: Turn) -> dict[str, Any]:
    """``{sentences, stop_reason, tokens}`` (the number of sentences), what the machine's state gets of the summary.

    What an earlier run left is used again, down to single answers of the model, where it was made of the same text with
    the same settings and rules. Throttling is waited for within the turn. A model that gives nothing usable leaves no
    sentences and SUMMARY_UNAVAILABLE: the rest of the result stays.
    Raises ModelRefused, ModelSettingsInvalid, StorageUnavailable, WorkGone, CeilingReached, PipelinePaused.
    """
    options = settings.read(Settings)
    # Without redaction the model sees nothing of what Enrich left, and is asked in the words of the type.
    sources = ("extraction", "enrichment") if options.redact in masking.HIDES else ("extraction",)
    enriched = steps.enrichment(work, redacting=options.redact in masking.HIDES)
    about = {**asdict(options), "type": enriched.type.name}
    made_of = steps.made_of(about, steps.code("meaning", "summary"), work, *sources)
    summarized = steps.keep_once(work, "summary", made_of, lambda: _make(work, turn, options, enriched))
    if summarized is not None:
        count("FlagsRaised", len(summarized.flags))
        count("SummaryTokens", summarized.model.tokens or 0)
        asked = summarized.model.stop_reason != NO_TEXT
        count("SummariesUnavailable", int(asked and not summarized.sentences))
    summary = steps.summary(work)
    return {
        "sentences": len(summary.sentences),
        "stop_reason": summary.model.stop_reason,
        "tokens": summary.model.tokens,
    }


def _make(work: str, turn: Turn, options: Settings, enriched: Enrichment) -> Summary:
    # Late: a redrive that finds its summary made needs none of it.
    from common.content import language_guess
    from documents.meaning.vocabulary import document_types
    from documents.summary import paid, summarizing
    from documents.summary.remembered import Memory

    extraction = steps.extraction(work)
    secrets = enriched.secrets if options.redact in masking.HIDES else None
    kind = document_types.shipped().get(enriched.type.name)
    memory = Memory(steps.summaries(), work)
    with paid.purse() as purse:
        return summarizing.summarize(
            extraction.lines,
            *masking.visible(extraction, secrets),
            Patient(chosen_model.provider(options, purse, memory.keep), turn),
            chosen_model.generations(options, options.parameters_list),
            summarizing.Limits(options.chunk_characters, options.most_chunks),
            language_guess.guess(extraction.text(), options.language),
            wanted=kind.prompt if kind else "",
        )
