"""Test data of the narration: each builder gives a valid thing, and takes what a test wants to be different."""

from __future__ import annotations

import json
from typing import Any

from narration.article import messages
from narration.model import Article, Paragraph, Run, Voice
from narration.publishing import plan_documents
from narration.reading.body import build
from narration.speech import fragments
from narration.speech.voices import AvailableVoice

VICKI = Voice("Vicki", "neural", "de-DE")
JOANNA = Voice("Joanna", "neural", "en-US")

OFFERED = (
    AvailableVoice("Vicki", ("de-DE",), ("neural", "standard", "generative")),
    AvailableVoice("Daniel", ("de-DE",), ("neural",)),
    AvailableVoice("Marlene", ("de-DE",), ("standard",)),
    AvailableVoice("Hannah", ("de-AT",), ("neural",)),
    AvailableVoice("Joanna", ("en-US",), ("neural", "standard")),
    AvailableVoice("Kajal", ("en-IN", "hi-IN"), ("neural",)),
    AvailableVoice("Gregory", ("en-US",), ("long-form",)),
    AvailableVoice("Zeina", ("arb",), ("standard",)),
)


def article_message(**changes: Any) -> dict[str, Any]:
    """A published article of a heading and two text paragraphs; a change of None takes the member away."""
    message = {
        "id": "harbour-7",
        "version": 7,
        "title": "Der Hafen wächst",
        "language": "de-DE",
        "status": "published",
        "paragraphs": [
            {"kind": "heading", "text": "Der Hafen wächst"},
            {"kind": "text", "text": "Am Montag hat der Rat den Ausbau beschlossen."},
            {"kind": "text", "text": "Die Arbeiten beginnen im Frühjahr."},
        ],
    }
    if {"body_html", "body_s3"} & changes.keys():
        del message["paragraphs"]
    message.update(changes)
    return {name: value for name, value in message.items() if value is not None}


def withdrawal(**changes: Any) -> dict[str, Any]:
    return {"id": "harbour-7", "version": 8, "status": "withdrawn", **changes}


def encoded(message: object) -> bytes:
    return json.dumps(message).encode()


def article(body: bytes | None = None, **changes: Any) -> Article:
    """The article that ``article_message(**changes)`` becomes."""
    return build(messages.read(encoded(article_message(**changes))), body)


def plan_of(
    wanted: Article, sounds: dict[str, str] | None = None, message: str = "inbox/m.json", **options: Any
) -> plan_documents.Plan:
    items, spoken = fragments.plan(wanted, VICKI)
    return plan_documents.make(
        wanted, VICKI, items, (), spoken, sounds or {}, message, options=plan_documents.Options(**options)
    )


def paragraph(text: str, kind: Any = "text", lang: str | None = None) -> Paragraph:
    return Paragraph(kind, (Run(text, lang),))


def timeline_members(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "article": "harbour-7",
        "version": 7,
        "edition": "ab" * 32,
        "language": "de-DE",
        "sample_rate": 24_000,
        "samples": 57_600,
        "items": [
            {
                "kind": "text",
                "paragraph": 0,
                "start": 0,
                "end": 48_000,
                "fragment": "cd" * 32,
                "text": "Hallo.",
                "sentences": [{"start": 0, "end": 48_000, "text": "Hallo."}],
                "words": [{"start": 600, "end": 48_000, "text": "Hallo"}],
            },
            {"kind": "pause", "paragraph": None, "start": 48_000, "end": 57_600, "fragment": None, "text": ""},
        ],
        "chapters": [{"title": "Der Hafen wächst", "start": 0}],
        **changes,
    }


def pointer_members(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "article": "harbour-7",
        "version": 7,
        "sounds_revision": 0,
        "status": "published",
        "edition": "ab" * 32,
        "message": "inbox/" + "ef" * 32 + ".json",
        **changes,
    }


def rejected_members(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "error": "InvalidArticle",
        "message": "title is missing: add it.",
        "source": "s3://audio/inbox/" + "ef" * 32 + ".json",
        "at": "2026-11-20T08:30:00.123Z",
        **changes,
    }


def sidecar_members(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "frames": 84,
        "samples": 48_384,
        "lead_silence": 1_800,
        "tail_silence": 6_900,
        "characters": 45,
        "voice": "Vicki",
        "engine": "neural",
        "format": "mp3",
        "sample_rate": 24_000,
        **changes,
    }


def marks_members(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "characters": 45,
        "marks": [
            {"time": 0, "type": "sentence", "start": 7, "end": 13, "value": "Hallo."},
            {"time": 6, "type": "word", "start": 7, "end": 12, "value": "Hallo"},
        ],
        **changes,
    }
