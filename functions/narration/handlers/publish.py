"""Publish: commit a version (or a withdrawal) and make the article's stable keys show what is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from common import events, settings
from common.objects import Bucket
from common.observability import count, observed
from narration.model import EVENT_SOURCE, SCHEMA, Pointer
from narration.publishing import audio_bucket, keys, pointers
from narration.publishing.distribution import invalidate

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from narration.publishing.plan_documents import Plan

COUNTERS = {
    "synthesize": "ArticlesPublished",
    "remerge": "ArticlesRemerged",
    "retag": "ArticlesMetadata",
    "advance": "ArticlesUnchanged",
    "withdraw": "ArticlesWithdrawn",
}


@dataclass(frozen=True)
class Settings:
    event_bus: str
    distribution_id: str = ""
    public_base_url: str = ""
    """Where ``articles/`` and ``feeds/`` can be reached from outside; without it there are no feeds."""


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The state after Plan or Merge in; ``{article, version, action, outcome, message, again}`` out.

    ``again`` says that a sound was replaced while this version was on its way, after the plan had looked at it and
    before anybody could see that the version uses it; the article is then planned once more.

    Only the run that moves the pointer counts the article; every run, a superseded one too, leaves the stable keys
    right. Raises EditionGone (plan again), VersionConflict (reject), ConcurrentUpdate (try again).
    """
    audio = audio_bucket.bucket()
    try:
        outcome = _commit(audio, event)
    finally:
        # Also after a refused commit: its edition may lie open beside one that has become premium meanwhile.
        pointers.settle(audio, event["article"], lambda pointer: _announce(audio, pointer))
        _forget(audio, event["article"])
        _list(audio, event["article"])
    return {
        "article": event["article"],
        "version": event["version"],
        "action": event["action"],
        "outcome": outcome,
        "message": event["message"],
        "again": outcome in {"advanced", "same"} and _sounds_changed(audio, event),
    }


def _sounds_changed(audio: Bucket, event: dict[str, Any]) -> bool:
    if "edition" not in event:
        return False
    sounds = audio_bucket.plan(audio, event["edition"]).sounds
    found = {key: audio.head(key) for key in sounds}
    return any(etag != (stored.etag if (stored := found[key]) else "") for key, etag in sounds.items())


def _forget(audio: Bucket, article: str) -> None:
    distribution = settings.read(Settings).distribution_id
    seen = pointers.read(audio, article) if distribution else None
    if seen is not None:
        invalidate(distribution, seen.pointer)


def _commit(audio: Bucket, event: dict[str, Any]) -> str:
    action = event["action"]
    if action not in COUNTERS:
        count(_counter(action))
        return str(action)
    outcome = pointers.advance(audio, _pointer(audio, event), only_from=_base(event))
    count(COUNTERS[action] if outcome == "advanced" else _counter(outcome))
    return outcome


def _counter(outcome: str) -> str:
    return "ArticlesSuperseded" if outcome == "superseded" else "ArticlesUnchanged"


def _base(event: dict[str, Any]) -> str | None:
    """An unchanged article keeps the edition it has; so that edition must still be the published one."""
    return event["from"] if event["action"] == "advance" else None


def _pointer(audio: Bucket, event: dict[str, Any]) -> Pointer:
    if event["action"] == "withdraw":
        return Pointer(event["article"], event["version"], "withdrawn", None, event["message"])
    plan = audio_bucket.plan(audio, event["edition"])
    edition = event["from"] if event["action"] == "advance" else plan.edition
    return Pointer(
        article=plan.article,
        version=plan.version,
        status="published",
        edition=edition,
        message=event["message"],
        premium=plan.premium,
        sounds_revision=plan.sounds_revision,
    )


def _announce(audio: Bucket, pointer: Pointer) -> None:
    """One event for whatever the pointer says; it may come twice, never not at all. The edition tells twins apart."""
    detail: dict[str, Any] = {"schema": SCHEMA, "article": pointer.article, "version": pointer.version}
    kind = "ArticleWithdrawn"
    if pointer.status == "published" and pointer.edition:
        kind = "ArticlePublished"
        plan = audio_bucket.plan(audio, pointer.edition)
        members = audio.get(keys.edition(pointer.article, pointer.edition, members=pointer.premium) + keys.TIMELINE)
        timeline = members.json() if members else {}
        detail |= {
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
    events.put(settings.read(Settings).event_bus, EVENT_SOURCE, kind, detail)


def _voice(plan: Plan) -> dict[str, str | None]:
    """Who speaks; ``fallback`` is null, or says why it is not who was asked for."""
    spoken = plan.fragments[0]
    return {
        "id": spoken.voice,
        "engine": spoken.engine,
        "language": spoken.language,
        "fallback": plan.voice_fallback,
    }


def _list(audio: Bucket, article: str) -> None:
    """Puts the article where it belongs in the podcast feeds, and takes it out of where it does not."""
    base_url = settings.read(Settings).public_base_url
    if base_url:
        from narration.publishing import feed_commits

        feed_commits.settle(audio, article, base_url, datetime.now(UTC).isoformat(timespec="seconds"))
