"""Which of the configured types a document is of, asked of the model in one question; ``other`` is an answer too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.observability import count
from documents import steps
from documents.errors import ModelRefused
from documents.meaning.vocabulary import document_types
from documents.meaning.vocabulary.document_types import OTHER, Type
from documents.model import DocumentType, Extraction, Secret
from documents.summary import chosen_model, masking, paid, prompts
from documents.summary.providers.base import Generation, PromptRefused, Provider
from documents.summary.remembered import Memory

SHOWN = 8_000
"""Characters of a document's beginning: what it is stands there, in its title and first lines."""
GENERATIONS: Mapping[str, tuple[Generation, ...]] = {
    "bedrock": (
        {"temperature": 0, "maxTokens": 200},
        {"temperature": 0, "maxTokens": 200, "toolChoice": "auto"},
        {"temperature": 0, "maxTokens": 200, "toolChoice": "none"},
    ),
    "hugging-face": ({"max_new_tokens": 60, "do_sample": False, "return_full_text": False},),
    "jumpstart": ({"max_length": 60, "num_return_sequences": 1},),
}
"""By provider, or by the form in which an endpoint is asked: a model that cannot be made to call a tool is asked again
without."""


@dataclass(frozen=True, slots=True)
class Told:
    """``type`` is None where the model gave none; ``tokens`` over all tries."""

    type: DocumentType | None
    tokens: int = 0


def of(
    work: str, extraction: Extraction, hidden: Sequence[Secret] | None, wanted: chosen_model.Settings
) -> DocumentType | None:
    """The type of what was read, ``hidden`` of which the model may not see. Raises as ``decide`` does."""
    told = decide(masking.visible(extraction, hidden)[0], wanted, work)
    count("TypeTokens", told.tokens)
    return told.type


def decide(texts: Sequence[str], wanted: chosen_model.Settings, work: str) -> Told:
    """``ask`` of the model that the settings name, about the shipped types; the answer is kept with the work.

    Raises as ``ask`` does, CeilingReached and PipelinePaused.
    """
    with paid.purse() as purse:
        provider = chosen_model.provider(wanted, purse, Memory(steps.summaries(), work).keep)
        return ask(texts, provider, GENERATIONS[chosen_model.spoken(wanted)], document_types.shipped())


def ask(texts: Sequence[str], provider: Provider, generations: Sequence[Generation], types: Mapping[str, Type]) -> Told:
    """``texts``: what the model may see of the lines. A filter is asked once.

    Raises ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable.
    """
    shown = "\n".join(texts)[:SHOWN]
    if not shown.strip():
        return Told(None)
    described = {name: kind.description for name, kind in types.items()} | {OTHER: "None of these"}
    prompt = prompts.which_type(shown, described)
    tokens = 0
    refused: PromptRefused | None = None
    for generation in generations:
        try:
            completion = provider.complete(prompt, generation)
        except PromptRefused as error:
            refused = error  # a model that cannot be made to call a tool takes the next one
            continue
        refused = None
        tokens += completion.tokens or 0
        if completion.choice is not None:
            name, confidence = completion.choice
            return Told(DocumentType(name, confidence, "model"), tokens)
        if completion.filtered:
            break
    if refused is not None and tokens == 0:
        # Under the name that the state machine knows.
        raise ModelRefused(str(refused)) from refused
    return Told(None, tokens)
