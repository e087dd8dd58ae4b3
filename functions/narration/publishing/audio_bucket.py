"""What the handlers share: their bucket, and reading plans and pointers out of it."""

from __future__ import annotations

from dataclasses import dataclass

from common import settings
from common.objects import Bucket
from narration.errors import EditionGone
from narration.publishing import keys, plan_documents


@dataclass(frozen=True)
class Settings:
    audio_bucket: str


def bucket() -> Bucket:
    return Bucket(settings.read(Settings).audio_bucket)


def plan(audio: Bucket, edition: str) -> plan_documents.Plan:
    """The plan of an edition. Raises EditionGone if it is not there: planning the article again makes it."""
    stored = audio.get(keys.plan(edition))
    if stored is None:
        raise EditionGone(f"The plan of edition {edition} is gone; redrive the execution to plan the article again.")
    return plan_documents.load(stored.json())
