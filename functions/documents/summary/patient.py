"""A provider that waits for its service within a worker's turn, instead of failing when it is asked to slow down."""

from __future__ import annotations

from dataclasses import dataclass

from common.admission import Turn
from documents.summary.providers.base import Completion, Generation, Prompt, Provider


@dataclass(frozen=True)
class Patient:
    """A provider whose throttling and outages are waited for; the turn ends where that takes too long."""

    provider: Provider
    turn: Turn

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does, but for ModelThrottled and ModelUnavailable."""
        return self.turn.patiently(lambda: self.provider.complete(prompt, generation))
