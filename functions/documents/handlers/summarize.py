"""Summarize: what was read -> sentences by a language model, each answer paid for once."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from common import settings
from common.objects import Bucket, encode
from common.observability import count, observed
from documents import keys, steps
from documents.errors import ModelSettingsInvalid
from documents.meaning import language_guess
from documents.model import Extraction, Form, Summary
from documents.summary import masking, summarizing
from documents.summary.providers import bedrock, sagemaker
from documents.summary.providers.base import Completion, Generation, Prompt, Provider

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MOST_SETTINGS = 5


@dataclass(frozen=True)
class Settings:
    model_provider: str = "bedrock"
    model_id: str = ""
    sagemaker_endpoint: str = ""
    sagemaker_format: str = "hugging-face"
    parameters_list: str = ""
    """A JSON list of generation settings, tried in order; the provider's own list where it is empty."""
    redact: str = "none"
    language: str = "en"
    chunk_characters: int = 60_000
    most_chunks: int = 20


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The machine's state with ``summary: {sentences, stop_reason, tokens}`` (the number of sentences).

    What an earlier run left is used again, down to single answers of the model. Raises ModelAnswerUnusable,
    ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable, StorageUnavailable, WorkGone.
    """
    work = event["work"]
    bucket = steps.summaries()
    if bucket.head(keys.step(work, "summary")) is None:
        made = _make(work, settings.read(Settings), bucket)
        if bucket.put_if_absent(keys.step(work, "summary"), encode(made.to_json())):
            count("FlagsRaised", len(made.flags))
            count("SummaryTokens", made.model.tokens or 0)
    kept = steps.summary(work)
    said = {"sentences": len(kept.sentences), "stop_reason": kept.model.stop_reason, "tokens": kept.model.tokens}
    return {**event, "summary": said}


def _make(work: str, known: Settings, bucket: Bucket) -> Summary:
    extraction = steps.extraction(work)
    provider, generations = chosen(known)
    texts, forms = _visible(extraction, work, known.redact)
    return summarizing.summarize(
        extraction.lines,
        texts,
        forms,
        Remembered(provider, bucket, work),
        generations,
        summarizing.Limits(known.chunk_characters, known.most_chunks),
        language_guess.guess(extraction.text(), known.language),
    )


def _visible(extraction: Extraction, work: str, redact: str) -> tuple[list[str], tuple[Form, ...]]:
    """What the model may see. With redaction the forms are left out: their values stand in the text, masked there."""
    texts = [line.text for line in extraction.lines]
    if redact in ("model", "both"):
        return masking.masked(texts, steps.enrichment(work, redacting=True).secrets), ()
    return texts, extraction.forms


def chosen(known: Settings) -> tuple[Provider, tuple[Generation, ...]]:
    """The provider that the settings name, with the generation settings to try. Raises ModelSettingsInvalid."""
    if known.model_provider == "bedrock" and known.model_id:
        return bedrock.Bedrock(known.model_id), _generations(known.parameters_list) or bedrock.DEFAULTS
    if known.model_provider == "sagemaker" and known.sagemaker_endpoint:
        for form, defaults in sagemaker.DEFAULTS.items():
            if known.sagemaker_format == form:
                made = sagemaker.SageMaker(known.sagemaker_endpoint, form)
                return made, _generations(known.parameters_list) or defaults
        raise ModelSettingsInvalid("Set SageMakerFormat to hugging-face or jumpstart.")
    raise ModelSettingsInvalid(
        "Set ModelProvider to bedrock and ModelId to a model or an inference profile, or ModelProvider to sagemaker "
        "and SageMakerEndpoint to an endpoint's name."
    )


def _generations(text: str) -> tuple[Generation, ...]:
    if not text.strip():
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or len(found) > MOST_SETTINGS:
        raise ModelSettingsInvalid(
            f'Set ParametersList to a JSON list of at most {MOST_SETTINGS} objects, such as [{{"temperature": 0}}].'
        )
    return tuple(found)


@dataclass(frozen=True)
class Remembered:
    """A provider whose answers are kept beside the work, so that a run that died goes on from its last answer."""

    provider: Provider
    bucket: Bucket
    work: str

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does; the same question of the same work is asked and paid for once."""
        key = keys.completion(self.work, [self.model_id, asdict(prompt), dict(generation)])
        found = self.bucket.get(key)
        if found is not None:
            kept = found.json()
            said = kept["sentences"]
            return Completion(**{**kept, "sentences": None if said is None else tuple(said)})
        completion = self.provider.complete(prompt, generation)
        self.bucket.put_if_absent(key, encode(asdict(completion)))
        return completion
