"""Publish: commit a version (or a withdrawal) and make the article's stable keys show what is committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common import aws, settings
from common.objects import Bucket, encode
from common.observability import count, observed
from narration import keys, pointers, store
from narration.model import SCHEMA, Pointer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SOURCE = "millrace.narration"

COUNTERS = {
    "synthesize": "ArticlesPublished",
    "retag": "ArticlesMetadata",
    "advance": "ArticlesUnchanged",
    "withdraw": "ArticlesWithdrawn",
}


@dataclass(frozen=True)
class Settings:
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """The state after Plan or Merge in; ``{article, version, outcome, edition}`` of what is published now out.

    Only the run that moves the pointer counts the article; every run, a superseded one too, leaves the stable keys
    right. Raises EditionGone (plan again), VersionConflict (reject), ConcurrentUpdate (try again).
    """
    audio = store.bucket()
    try:
        outcome = _commit(audio, event)
    finally:
        # Also after a refused commit: its edition may lie open beside one that has become premium meanwhile.
        pointers.settle(audio, event["article"], lambda pointer: _announce(audio, pointer))
    return {
        "article": event["article"],
        "version": event["version"],
        "action": event["action"],
        "outcome": outcome,
    }


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
    plan = store.plan(audio, event["edition"])
    edition = event["from"] if event["action"] == "advance" else plan.edition
    return Pointer(plan.article, plan.version, "published", edition, event["message"], premium=plan.premium)


def _announce(audio: Bucket, pointer: Pointer) -> None:
    """One event for whatever the pointer says; it may come twice, never not at all. The edition tells twins apart."""
    detail: dict[str, Any] = {"schema": SCHEMA, "article": pointer.article, "version": pointer.version}
    kind = "ArticleWithdrawn"
    if pointer.status == "published" and pointer.edition:
        kind = "ArticlePublished"
        plan = store.plan(audio, pointer.edition)
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
        }
    put_event(settings.read(Settings).event_bus, kind, detail)


def put_event(bus: str, kind: str, detail: dict[str, Any]) -> None:
    """Raises RuntimeError where EventBridge took the request but not the entry, which it answers with success."""
    entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": kind, "Detail": encode(detail).decode()}
    answer = aws.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"EventBridge refused {kind}: {answer['Entries'][0].get('ErrorCode')}")
