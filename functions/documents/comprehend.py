"""Entities and personal data by Amazon Comprehend, within its limits, with their places in the document.

Both calls take 100 KB of UTF-8 ("Guidelines and quotas", Amazon Comprehend developer guide) and answer with offsets in
characters (Unicode code points). A name that a chunk's border cuts in two is not found; borders lie between lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common import aws
from documents import chunks
from documents.errors import LanguageServiceThrottled
from documents.model import Entity, Extraction, Secret

MOST_BYTES = 100_000
ENTITY_LANGUAGES = frozenset({"en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"})
SECRET_LANGUAGES = frozenset({"en", "es"})


def entities(extraction: Extraction, language: str) -> list[Entity]:
    """Named entities, the same one once a page, in the order of the text.

    Raises LanguageServiceThrottled, ServiceUnavailable; ClientError AccessDeniedException as Comprehend sends it.
    """
    found: dict[tuple[str, str, int], Entity] = {}
    for chunk, answer in _ask("detect_entities", extraction, language):
        for each in answer:
            place = next(chunk.places(each["BeginOffset"], each["EndOffset"]), None)
            if place is None:
                continue
            text = " ".join(each["Text"].split())
            entity = Entity(each["Type"], text, extraction.lines[place[0]].page, round(each["Score"], 4))
            key = (entity.type, entity.text, entity.page)
            if key not in found or found[key].score < entity.score:
                found[key] = entity
    return list(found.values())


def secrets(extraction: Extraction, language: str) -> list[Secret]:
    """Personal data by place, one for each line that it touches. Raises as ``entities`` does."""
    return [
        Secret(each["Type"], line, start, end, round(each["Score"], 4))
        for chunk, answer in _ask("detect_pii_entities", extraction, language)
        for each in answer
        for line, start, end in chunk.places(each["BeginOffset"], each["EndOffset"])
    ]


def _ask(operation: str, extraction: Extraction, language: str) -> Iterator[tuple[chunks.Chunk, list[dict[str, Any]]]]:
    from botocore.exceptions import ClientError

    for chunk in chunks.by_bytes([line.text for line in extraction.lines], MOST_BYTES):
        with aws.patient("Comprehend"):
            try:
                answer = getattr(aws.client("comprehend"), operation)(Text=chunk.text, LanguageCode=language)
            except ClientError as error:
                if aws.code_of(error) in aws.THROTTLING_CODES:
                    raise LanguageServiceThrottled(
                        "Comprehend throttles; lower the concurrency if this goes on."
                    ) from error
                raise
        yield chunk, answer["Entities"]
