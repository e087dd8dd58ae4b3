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
    guardrail: str = ""
    """What it was asked behind: another guardrail asks again."""

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does."""
        question = [self.model_id, asdict(prompt), dict(generation), self.guardrail, steps.code("summary/providers")]
        key = keys.completion(self.work, question)
        stored = self.bucket.get(key)
        if stored is not None:
            kept = stored.json()
            lists = {name: tuple(kept[name]) for name in ("sentences", "choice") if kept[name] is not None}
            return Completion(**{**kept, **lists})
        completion = self.provider.complete(prompt, generation)
        self.bucket.put_if_absent(key, encode(asdict(completion)))
        return completion
