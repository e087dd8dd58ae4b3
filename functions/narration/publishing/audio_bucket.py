"""The audio bucket of this stack, and what is read out of it by name: messages and plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from common import settings
from common.objects import Bucket
from narration.article.versions import compare
from narration.errors import EditionGone
from narration.model import Pointer
from narration.publishing import keys, plan_documents

if TYPE_CHECKING:
    from narration.article.messages import Message
    from narration.article.repeats import Said


@dataclass(frozen=True)
class Settings:
    audio_bucket: str


def bucket() -> Bucket:
    return Bucket(settings.read(Settings).audio_bucket)


def message(audio: Bucket, key: str) -> bytes:
    """The bytes of a message that Start has kept. Raises EditionGone."""
    stored = audio.get(key)
    if stored is None:
        raise EditionGone(f"The message s3://{audio.name}/{key} is gone; publish the article again.")
    return stored.body


def said(audio: Bucket, checked: Message, published: Pointer | None, key: str) -> Said:
    """What the message, kept under ``key``, says of the version that is published, where it is of that version."""
    from narration.article import repeats  # with pydantic, which only Plan needs

    if published is None or published.status != "published" or published.message == key:
        return "otherwise"
    if checked.article.status != "published" or compare(checked.article.version, published.version):
        return "otherwise"

    def kept(name: str) -> bytes | None:
        stored = audio.get(name)
        return stored.body if stored else None

    return repeats.said(checked, published.message, kept)


def published_plan(audio: Bucket, pointer: Pointer | None) -> plan_documents.Plan | None:
    """The plan of the edition that is published; None where there is no such edition, or its plan is gone."""
    stored = audio.get(keys.plan(pointer.edition)) if pointer and pointer.edition else None
    return plan_documents.load(stored.json()) if stored else None


def plan(audio: Bucket, edition: str) -> plan_documents.Plan:
    """The plan of an edition. Raises EditionGone if it is not there: planning the article again makes it."""
    stored = audio.get(keys.plan(edition))
    if stored is None:
        raise EditionGone(f"The plan of edition {edition} is gone; redrive the execution to plan the article again.")
    return plan_documents.load(stored.json())
