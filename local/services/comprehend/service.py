"""Amazon Comprehend's synchronous operations, answered by lexicons, rules and patterns.

Names, limits, enums and errors are those of the service model comprehend/2017-11-27, which botocore carries. What is
found is a stand-in's work, and every answer says so in ``x-millrace-engine``. A kilobyte is 1,000 bytes here, as in
Comprehend's own message ("allowed is 5000 bytes").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.cloud.http import Request, Response, as_json
from local.services.comprehend import entities, pii, sentiment, switches, toxicity
from local.services.comprehend import language as comprehend_language
from local.services.comprehend.errors import InvalidRequest, TextError, TextTooLong, UnsupportedLanguage
from local.services.errors import ServiceError
from local.services.shapes import ServiceModel

NAME = "millrace-comprehend (vader, langdetect, lexicon and patterns)"
MODEL = ServiceModel("comprehend", "2017-11-27")
TARGET = "Comprehend_20171127"
CONTENT_TYPE = "application/x-amz-json-1.1"

MOST_DOCUMENTS = 25
SHORT_TEXT = 5_000
"""Bytes of a text for sentiment, and of each document in any batch."""
LONG_TEXT = 100_000
"""Bytes of a text for entities, PII and languages."""
MOST_SEGMENTS = 10
SEGMENT = 1_000
SEGMENTS = 10_000
LEAST_CHARACTERS = 20
"""Characters that DetectDominantLanguage wants at least."""
PII_LANGUAGES = frozenset({"en", "es"})
TOXICITY_LANGUAGES = frozenset({"en"})

Members = Mapping[str, Any]
Answer = dict[str, Any]

control = switches.control


def handle(request: Request) -> Response:
    """Answer one Comprehend call; signature and permissions were checked before."""
    headers = {"content-type": CONTENT_TYPE, "x-millrace-engine": NAME}
    try:
        answer = _answer(request)
    except ServiceError as error:
        return error.response(headers)
    return as_json(200, answer, headers)


def _answer(request: Request) -> Answer:
    prefix, _, operation = request.headers.get("x-amz-target", "").rpartition(".")
    if prefix != TARGET or operation not in MODEL.model["operations"]:
        raise ServiceError("UnknownOperationException", f"Comprehend has no operation {operation!r}.")
    if operation not in _OPERATIONS:
        raise ServiceError("NotImplementedLocally", f"The local Comprehend has no {operation}.", 501)
    switches.strike(operation)
    switches.THROTTLES.of(request.account, request.region).admit(operation)
    members = MODEL.read(operation, request.body)
    answer = _OPERATIONS[operation](members)
    switches.count(operation, _texts(members))
    return answer


def _texts(members: Members) -> list[str]:
    """What the call is billed for."""
    if "Text" in members:
        return [members["Text"]]
    return [*members.get("TextList", ()), *(one["Text"] for one in members.get("TextSegments", ()))]


def _within(text: str, limit: int) -> str:
    size = len(text.encode())
    if size > limit:
        raise TextTooLong(limit, size)
    return text


def _spoken(members: Members, known: frozenset[str]) -> str:
    language = str(members["LanguageCode"])
    if language not in known:
        raise UnsupportedLanguage(language, known)
    return language


def _batch(one: Callable[[str, str], Answer]) -> Callable[[Members], Answer]:
    """The batch form of an operation: a document that fails is listed and spoils no other."""

    def run(members: Members) -> Answer:
        texts = members["TextList"]
        if len(texts) > MOST_DOCUMENTS:
            raise ServiceError(
                "BatchSizeLimitExceededException",
                f"The number of documents in the request exceeds the limit of {MOST_DOCUMENTS}. "
                "Try your request again with fewer documents.",
            )
        results: list[Answer] = []
        errors: list[Answer] = []
        for index, text in enumerate(texts):
            try:
                results.append({"Index": index, **one(_within(text, SHORT_TEXT), members.get("LanguageCode", ""))})
            except TextError as error:
                errors.append({"Index": index, "ErrorCode": error.item_code, "ErrorMessage": error.message})
        return {"ResultList": results, "ErrorList": errors}

    return run


def _sentiment(text: str, language: str) -> Answer:
    scores = sentiment.scores(text, language)
    strongest = max(scores, key=lambda name: scores[name])
    return {"Sentiment": strongest.upper(), "SentimentScore": {name: round(value, 6) for name, value in scores.items()}}


def _languages(text: str, _: str = "") -> Answer:
    if len(text) < LEAST_CHARACTERS:
        raise InvalidRequest(f"The text must contain at least {LEAST_CHARACTERS} characters.")
    found = comprehend_language.languages(text)
    return {"Languages": [{"LanguageCode": one.code, "Score": round(one.score, 6)} for one in found]}


def _entities(text: str, language: str) -> Answer:
    return {
        "Entities": [
            {
                "Score": one.score,
                "Type": one.type,
                "Text": text[one.begin : one.end],
                "BeginOffset": one.begin,
                "EndOffset": one.end,
            }
            for one in entities.entities(text, language)
        ]
    }


def _detect_entities(members: Members) -> Answer:
    if members.get("EndpointArn") or members.get("Bytes"):
        raise ServiceError("NotImplementedLocally", "The local Comprehend has no custom entity recognizers.", 501)
    if not members.get("Text") or not members.get("LanguageCode"):
        raise InvalidRequest("Give Text and LanguageCode.")
    return _entities(_within(members["Text"], LONG_TEXT), members["LanguageCode"])


def _pii(members: Members) -> list[entities.Found]:
    language = _spoken(members, PII_LANGUAGES)
    return pii.entities(_within(members["Text"], LONG_TEXT), language)


def _detect_pii(members: Members) -> Answer:
    return {
        "Entities": [
            {"Score": one.score, "Type": one.type, "BeginOffset": one.begin, "EndOffset": one.end}
            for one in _pii(members)
        ]
    }


def _contains_pii(members: Members) -> Answer:
    best: dict[str, float] = {}
    for one in _pii(members):
        best[one.type] = max(best.get(one.type, 0.0), one.score)
    return {"Labels": [{"Name": name, "Score": score} for name, score in sorted(best.items())]}


def _toxic(members: Members) -> Answer:
    segments = [segment["Text"] for segment in members["TextSegments"]]
    _spoken(members, TOXICITY_LANGUAGES)
    if len(segments) > MOST_SEGMENTS:
        # The operation lists no BatchSizeLimitExceededException.
        raise InvalidRequest(f"The number of text segments exceeds the limit of {MOST_SEGMENTS}.")
    for segment in segments:
        _within(segment, SEGMENT)
    size = sum(len(segment.encode()) for segment in segments)
    if size > SEGMENTS:
        raise TextTooLong(SEGMENTS, size)
    results = []
    for segment in segments:
        verdict = toxicity.judge(segment)
        labels = [{"Name": name, "Score": round(score, 6)} for name, score in verdict.labels.items()]
        results.append({"Labels": labels, "Toxicity": round(verdict.toxicity, 6)})
    return {"ResultList": results}


_OPERATIONS: Mapping[str, Callable[[Members], Answer]] = {
    "DetectSentiment": lambda members: _sentiment(_within(members["Text"], SHORT_TEXT), members["LanguageCode"]),
    "BatchDetectSentiment": _batch(_sentiment),
    "DetectDominantLanguage": lambda members: _languages(_within(members["Text"], LONG_TEXT)),
    "BatchDetectDominantLanguage": _batch(_languages),
    "DetectEntities": _detect_entities,
    "BatchDetectEntities": _batch(_entities),
    "DetectPiiEntities": _detect_pii,
    "ContainsPiiEntities": _contains_pii,
    "DetectToxicContent": _toxic,
}
