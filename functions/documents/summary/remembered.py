"""Paid answers that are kept beside the work, so that a run that died, or was throttled, goes on from its last one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from common.objects import Bucket, encode
from documents import keys, steps
from documents.summary.providers.base import Completion, Generation, Keep, Prompt, Provider


@dataclass(frozen=True)
class Memory:
    """What was answered to the questions of one piece of work: each is asked once, and paid for once.

    A kept answer is what the providers' code made of a service's words, so it is asked for again when that code has
    changed: an answer that was unusable to the old code may be read by the new one.
    """

    bucket: Bucket
    work: str

    def keep(self, question: list[Any], ask: Callable[[], Any]) -> Any:
        """The answer to ``question``, both JSON: what was kept of it, else what ``ask`` returns, which is kept."""
        key = keys.completion(self.work, [*question, steps.code("summary/providers")])
        stored = self.bucket.get(key)
        if stored is not None:
            return stored.json()
        answer = ask()
        self.bucket.put_if_absent(key, encode(answer))
        return answer


@dataclass(frozen=True)
class Remembered:
    """A provider whose answers are kept."""

    provider: Provider
    keep: Keep
    guardrail: str = ""
    """What it is asked behind: another guardrail asks again."""

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does."""
        question = [self.model_id, asdict(prompt), dict(generation), self.guardrail]
        kept = self.keep(question, lambda: asdict(self.provider.complete(prompt, generation)))
        lists = {name: tuple(kept[name]) for name in ("sentences", "choice") if kept[name] is not None}
        return Completion(**{**kept, **lists})
