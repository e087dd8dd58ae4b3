"""Publish: commit a version (or a withdrawal) and make the article's stable keys show what is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common import events, settings
from common.objects import Bucket
from common.observability import Context, count, observed
from narration.model import EVENT_SOURCE, Pointer
from narration.publishing import audio_bucket, commits, pointers, sound_uses
from narration.publishing.distribution import invalidate


@dataclass(frozen=True)
class Settings:
    event_bus: str
    distribution_id: str = ""
    public_base_url: str = ""
    """Where ``articles/`` and ``feeds/`` can be reached from outside; without it there are no feeds."""


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Plan or Merge in; ``{article, version, action, outcome, message, again}`` out.

    ``again`` says that a sound was replaced while this version was on its way, after the plan had looked at it and
    before it could be seen that the version uses it; the article is then planned once more.

    Only the run that moves the pointer counts the article; every run, a superseded one too, leaves the stable keys
    right. Raises EditionGone (plan again), VersionConflict (reject), ConcurrentUpdate (try again).
    """
    audio = audio_bucket.bucket()
    try:
        outcome = commits.commit(audio, event)
        count(commits.counter(event["action"], outcome))
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
    return sound_uses.states(audio, sounds) != sounds


def _forget(audio: Bucket, article: str) -> None:
    distribution = settings.read(Settings).distribution_id
    seen = pointers.read(audio, article) if distribution else None
    if seen is not None:
        invalidate(distribution, seen.pointer)


def _announce(audio: Bucket, pointer: Pointer) -> None:
    events.put(settings.read(Settings).event_bus, EVENT_SOURCE, *commits.event(audio, pointer))


def _list(audio: Bucket, article: str) -> None:
    """Puts the article where it belongs in the podcast feeds, and takes it out of where it does not."""
    base_url = settings.read(Settings).public_base_url
    if base_url:
        from narration.publishing import feed_commits

        feed_commits.settle(audio, article, base_url, datetime.now(UTC).isoformat(timespec="seconds"))
