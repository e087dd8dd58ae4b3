"""Entities and personal data by Amazon Comprehend, with their places in the document; paid answers are remembered.

A name that a chunk's border cuts in two is not found; borders lie between lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from common import settings, spending
from common.objects import Bucket, encode
from common.observability import count
from common.spending import Purse
from documents import keys
from documents.errors import LanguageServiceThrottled
from documents.meaning import chunks
from documents.model import Entity, Extraction, Secret
from services import comprehend

ENTITY_LANGUAGES, SECRET_LANGUAGES = comprehend.LANGUAGES, comprehend.PERSONAL_DATA_LANGUAGES

UNIT_CHARACTERS, LEAST_CHARACTERS = 100, 300
"""Comprehend bills characters in units of a hundred, and three units per request at least
(aws.amazon.com/comprehend/pricing)."""

Ask = Callable[[str, str, str], list[dict[str, Any]]]
"""An operation, a text and its language -> Comprehend's ``Entities``."""


@dataclass(frozen=True)
class Settings:
    """Apart from the settings that a result is made of: a ceiling that is raised makes nothing anew."""

    state_table: str
    daily_comprehend_characters: int


def purse() -> Purse:
    """Of Comprehend's characters; to be closed."""
    known = settings.read(Settings)
    return spending.open_purse(
        known.state_table, "documents", "comprehend-characters", known.daily_comprehend_characters
    )


def asked(operation: str, text: str, language: str) -> list[dict[str, Any]]:
    """One paid call. Raises LanguageServiceThrottled, ServiceUnavailable, and what else Comprehend refuses."""
    return comprehend.entities(operation, text, language, LanguageServiceThrottled)


@dataclass(frozen=True)
class Remembered:
    """``asked``, whose answers are kept beside the work: of a long document that was throttled or ran out of time,
    what is paid for is not asked again, and the next try comes further."""

    bucket: Bucket
    work: str
    purse: Purse
    """Of characters; each call that is made is paid from it."""

    def __call__(self, operation: str, text: str, language: str) -> list[dict[str, Any]]:
        place = keys.detection(self.work, [operation, text, language])
        stored = self.bucket.get(place)
        if stored is not None:
            return list(stored.json()["Entities"])
        characters = max(LEAST_CHARACTERS, len(text))
        answer = self.purse.pay(characters, lambda: asked(operation, text, language))
        count("ComprehendUnits", math.ceil(characters / UNIT_CHARACTERS))
        self.bucket.put_if_absent(place, encode({"Entities": answer}))
        return answer


def entities(extraction: Extraction, language: str, ask: Ask = asked) -> list[Entity]:
    """Named entities, the same one once per page, in the order of the text.

    Raises LanguageServiceThrottled, ServiceUnavailable; ClientError AccessDeniedException as Comprehend sends it.
    """
    best: dict[tuple[str, str, int], Entity] = {}
    for chunk, answer in _chunks("detect_entities", extraction, language, ask):
        for each in answer:
            place = next(chunk.places(each["BeginOffset"], each["EndOffset"]), None)
            if place is None:
                continue
            text = " ".join(each["Text"].split())
            entity = Entity(each["Type"], text, extraction.lines[place[0]].page, round(each["Score"], 4))
            key = (entity.type, entity.text, entity.page)
            if key not in best or best[key].score < entity.score:
                best[key] = entity
    return list(best.values())


def secrets(extraction: Extraction, language: str, ask: Ask = asked) -> list[Secret]:
    """Personal data by place, one for each line that it touches. Raises as ``entities`` does."""
    return [
        Secret(each["Type"], line, start, end, round(each["Score"], 4))
        for chunk, answer in _chunks("detect_pii_entities", extraction, language, ask)
        for each in answer
        for line, start, end in chunk.places(each["BeginOffset"], each["EndOffset"])
    ]


def _chunks(
    operation: str, extraction: Extraction, language: str, ask: Ask
) -> Iterator[tuple[chunks.Chunk, list[dict[str, Any]]]]:
    for chunk in chunks.by_bytes([line.text for line in extraction.lines], comprehend.MOST_TEXT_BYTES):
        yield chunk, ask(operation, chunk.text, language)
