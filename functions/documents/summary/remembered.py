"""Answers of the model that are kept beside the work, so that a run that died goes on from its last answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from common.objects import Bucket, encode
from documents import keys, steps
from documents.summary.providers.base import Completion, Generation, Prompt, Provider


@dataclass(frozen=True)
class Remembered:
    """A provider that asks the same question of the same work once, and pays for it once.

    A kept answer is what the providers' code made of the model's words, so it is asked for again when that code has
    changed: an answer that was unusable to the old code may be read by the new one.
    """

    provider: Provider
    bucket: Bucket
    work: str

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does."""
        question = [self.model_id, asdict(prompt), dict(generation), steps.code("summary/providers")]
        key = keys.completion(self.work, question)
        stored = self.bucket.get(key)
        if stored is not None:
            kept = stored.json()
            sentences = kept["sentences"]
            return Completion(**{**kept, "sentences": None if sentences is None else tuple(sentences)})
        completion = self.provider.complete(prompt, generation)
        self.bucket.put_if_absent(key, encode(asdict(completion)))
        return completion
