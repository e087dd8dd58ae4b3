"""Amazon Comprehend: each function is one paid request within its limits ("Guidelines and quotas", developer guide).

Its kilobyte is 1,000 bytes ("Max length of request text allowed is 5000 bytes", its own message for 5 KB). Every
function raises ServiceUnavailable, or ``throttled`` where it takes one, while Comprehend is busy or out of reach, and
botocore's ClientError for anything else that is refused. ``client`` is for tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from common import aws
from common.content.text_cuts import after_sentence, clean, head_by_bytes, pieces
from common.errors import ServiceUnavailable, TransientError

LANGUAGES = frozenset({"en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW"})
"""LanguageCode in the service model (comprehend/2017-11-27): sentiment and entities."""
PERSONAL_DATA_LANGUAGES = frozenset({"en", "es"})
TOXICITY_LANGUAGE = "en"

MOST_TEXT_BYTES = 100_000
"""DetectEntities and DetectPiiEntities."""
MOST_DOCUMENT_BYTES = 5_000
MOST_DOCUMENTS = 25
"""The batch operations."""
SEGMENT_BYTES, MOST_SEGMENTS, MOST_SEGMENTS_BYTES = 1_000, 10, 10_000
"""DetectToxicContent: 10 segments of 1 KB, 10 KB together."""

LEAST_LANGUAGE_CHARACTERS = 20
"""What DetectDominantLanguage asks for."""
LANGUAGE_CHARACTERS = 300
"""These decide: they cost as much as one character does (three units per request at least), and more of a text costs
more without saying more."""
LEAST_LANGUAGE_SCORE = 0.5
UNKNOWN = ""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers:
    """One entry per document of a batch, in their order; None for a document that Comprehend could not do.

    ``characters`` of each document as it was sent, which is what is billed.
    """

    results: Sequence[dict[str, Any] | None]
    characters: Sequence[int]


def tells_language(text: str) -> bool:
    """Whether there is enough of a text to tell its language."""
    return len(text.strip()[:LANGUAGE_CHARACTERS]) >= LEAST_LANGUAGE_CHARACTERS


def languages(texts: Sequence[str], client: Any = None) -> tuple[list[str], Sequence[int]]:
    """The language codes ("en", "zh-TW") of at most 25 texts, UNKNOWN where unsure; and the characters to bill."""
    answers = _batch("batch_detect_dominant_language", [text.strip()[:LANGUAGE_CHARACTERS] for text in texts], client)
    return [_language(result) for result in answers.results], answers.characters


def _language(result: dict[str, Any] | None) -> str:
    best = max(result["Languages"], key=lambda one: one["Score"], default=None) if result else None
    return str(best["LanguageCode"]) if best is not None and best["Score"] >= LEAST_LANGUAGE_SCORE else UNKNOWN


def sentiments(texts: Sequence[str], language: str, client: Any = None) -> Answers:
    """``Sentiment`` and ``SentimentScore`` of at most 25 texts, by their first 5 KB. ``language``: of LANGUAGES."""
    return _batch("batch_detect_sentiment", texts, client, LanguageCode=language)


def _batch(operation: str, texts: Sequence[str], client: Any, **more: str) -> Answers:
    documents = [head_by_bytes(clean(text), MOST_DOCUMENT_BYTES) for text in texts]
    with aws.patient("Comprehend"):
        answer = getattr(client or aws.client("comprehend"), operation)(TextList=documents, **more)
    results: list[dict[str, Any] | None] = [None] * len(documents)
    for result in answer["ResultList"]:
        results[result["Index"]] = result
    return Answers(results, [len(document) for document in documents])


def segments(text: str) -> list[str]:
    """A text in segments for ``toxicity``; one of nothing but spaces is nothing to judge."""
    return [piece for piece in pieces(clean(text), SEGMENT_BYTES, after_sentence) if piece.strip()]


def segment_requests(items: Sequence[T], sizes: Sequence[int]) -> Iterator[Sequence[T]]:
    """Segments, or what stands for them, in their order, in groups for one request each; ``sizes`` are their bytes."""
    start = total = 0
    for index, size in enumerate(sizes):
        if index > start and (index - start == MOST_SEGMENTS or total + size > MOST_SEGMENTS_BYTES):
            yield items[start:index]
            start, total = index, 0
        total += size
    if start < len(items):
        yield items[start:]


def toxicity(request: Sequence[str], client: Any = None) -> list[dict[str, Any]]:
    """``Toxicity`` and ``Labels`` of each segment of one of ``segment_requests``; English only."""
    with aws.patient("Comprehend"):
        answer = (client or aws.client("comprehend")).detect_toxic_content(
            TextSegments=[{"Text": segment} for segment in request], LanguageCode=TOXICITY_LANGUAGE
        )
    return list(answer["ResultList"])


def entities(
    operation: str, text: str, language: str, throttled: type[TransientError] = ServiceUnavailable
) -> list[dict[str, Any]]:
    """``Entities`` by detect_entities or detect_pii_entities; their offsets count characters (Unicode code points)."""
    with aws.patient("Comprehend", advice="Lower the concurrency if this goes on.", throttled=throttled):
        answer = getattr(aws.client("comprehend"), operation)(Text=text, LanguageCode=language)
    return list(answer["Entities"])
