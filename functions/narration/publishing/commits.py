"""The commit of what an execution has made: the pointer it moves, the metric that counts it, the event about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from common.objects import Bucket
from narration.model import SCHEMA, Pointer
from narration.publishing import audio_bucket, keys, pointers
from narration.publishing.plan_documents import Plan

COUNTERS: Mapping[str, str] = MappingProxyType(
    {
        "synthesize": "ArticlesPublished",
        "remerge": "ArticlesRemerged",
        "retag": "ArticlesMetadata",
        "advance": "ArticlesUnchanged",
        "withdraw": "ArticlesWithdrawn",
    }
)
"""The metric of each action that moves the pointer; any other action moves nothing."""


def commit(audio: Bucket, work: Mapping[str, Any]) -> str:
    """Moves the pointer as ``work`` says, Plan's result; how that ended, or the action where there is none to move.

    Raises as ``pointers.advance``.
    """
    if work["action"] not in COUNTERS:
        return str(work["action"])
    # An unchanged article keeps the edition it has; so that edition must still be the published one.
    base = work["from"] if work["action"] == "advance" else None
    return pointers.advance(audio, _pointer(audio, work, base), only_from=base)


def counter(action: str, outcome: str) -> str:
    """Only the run that moves the pointer counts under its action's own name."""
    if outcome == "advanced":
        return COUNTERS[action]
    return "ArticlesSuperseded" if outcome == "superseded" else "ArticlesUnchanged"


def event(audio: Bucket, pointer: Pointer) -> tuple[str, dict[str, Any]]:
    """ArticlePublished or ArticleWithdrawn, and the detail. Events may come twice; the edition tells them apart."""
    detail: dict[str, Any] = {"schema": SCHEMA, "article": pointer.article, "version": pointer.version}
    if pointer.status != "published" or not pointer.edition:
        return "ArticleWithdrawn", detail
    plan = audio_bucket.plan(audio, pointer.edition)
    stored = audio.get(keys.edition(pointer.article, pointer.edition, members=pointer.premium) + keys.TIMELINE)
    timeline = stored.json() if stored else {}
    return "ArticlePublished", detail | {
        "edition": pointer.edition,
        "premium": pointer.premium,
        "title": plan.title,
        "section": plan.section,
        "url": plan.url,
        "bucket": audio.name,
        "audio": keys.article(pointer.article) + (f"members/{keys.FULL}" if pointer.premium else keys.FULL),
        "samples": timeline.get("samples"),
        "sample_rate": timeline.get("sample_rate"),
        "missing_sounds": timeline.get("missing_sounds", []),
        "voice": _voice(plan),
    }


def _pointer(audio: Bucket, work: Mapping[str, Any], base: str | None) -> Pointer:
    if work["action"] == "withdraw":
        return Pointer(work["article"], work["version"], "withdrawn", None, work["message"])
    plan = audio_bucket.plan(audio, work["edition"])
    return Pointer(
        article=plan.article,
        version=plan.version,
        status="published",
        edition=base or plan.edition,
        message=work["message"],
        premium=plan.premium,
        sounds_revision=plan.sounds_revision,
    )


def _voice(plan: Plan) -> dict[str, str | None]:
    """Who speaks; ``fallback`` is null, or says why it is not the voice that was asked for."""
    spoken = plan.fragments[0]
    return {
        "id": spoken.voice,
        "engine": spoken.engine,
        "language": spoken.language,
        "fallback": plan.voice_fallback,
    }
