"""A model's answers paid for from the day's account: each call that is made counts one, a guardrail's check too."""

from __future__ import annotations

from dataclasses import dataclass

from common import settings, spending
from common.spending import Purse
from documents.summary.providers.base import Completion, Generation, Prompt, Provider

KIND = "model-calls"


@dataclass(frozen=True)
class Settings:
    """Apart from the settings that a result is made of: a ceiling that is raised makes nothing anew."""

    state_table: str
    daily_model_calls: int


def purse() -> Purse:
    """Of model calls; to be closed."""
    known = settings.read(Settings)
    return spending.open_purse(known.state_table, "documents", KIND, known.daily_model_calls)


@dataclass(frozen=True)
class Paid:
    """A provider each of whose calls is paid for."""

    provider: Provider
    purse: Purse

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does. Raises CeilingReached and PipelinePaused, too."""
        return self.purse.pay(1, lambda: self.provider.complete(prompt, generation))
