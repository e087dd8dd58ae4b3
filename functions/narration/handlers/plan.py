"""Plan: a message -> what has to be done for it, as a plan document in S3 and a few counts in the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from narration.admission import lanes, wanted
from narration.article import messages
from narration.model import Article, Priority
from narration.publishing import actions, audio_bucket, drafting, plan_documents, pointers, purchases
from narration.reading import body, body_object
from narration.speech import polly


@dataclass(frozen=True)
class Settings:
    """The template's parameters; see ``plan_documents.Options``."""

    granularity: str = "paragraph"
    merge_mode: str = "mastered"
    speech_marks: str = "none"


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{"message": key}`` in; ``action`` with what the later states need out (see ``actions.Action``).

    ``replanned`` comes in and goes out where a later state has found what it builds on gone, and counts how often.
    Raises a RejectedArticle for everything the publisher has to change, EditionGone where planning again does not help.
    """
    audio, message, replanned = audio_bucket.bucket(), event["message"], int(event.get("replanned", 0))
    actions.check_replanned(replanned)
    article = _article(audio, message)
    latest = pointers.read(audio, article.id)
    published = latest.pointer if latest else None
    current = audio_bucket.published_plan(audio, published)
    options = plan_documents.kept_options(published, current, message)
    plan = _plan(audio, article, message, options) if article.status == "published" else None
    action = actions.decide(article, plan, published, current, replanned)
    result = {"action": action, "article": article.id, "version": article.version, "message": message}
    result["from"] = published.edition if published else None
    if replanned:
        result["replanned"] = replanned
    if action == "draft":
        count("ArticlesDrafts")
    elif action != "superseded":
        wanted.note(audio, article.id, article.version)
    if plan is None or action in {"superseded", "nothing"}:
        return result
    if action == "remerge" and published is not None:
        plan = plan_documents.revised(plan, published.sounds_revision + 1)
    drafting.keep(audio, plan)
    return result | {"edition": plan.edition} | _work(audio, plan, action, article.priority)


def _article(audio: Bucket, key: str) -> Article:
    message = messages.read(audio_bucket.message(audio, key))
    article = body.build(message, body_object.read(*message.body_s3) if message.body_s3 else None)
    count("MembersIgnored", len(article.ignored))
    return article


def _plan(audio: Bucket, article: Article, message: str, kept: plan_documents.Options | None) -> plan_documents.Plan:
    own = settings.read(Settings)
    options = kept or plan_documents.Options(own.granularity, own.merge_mode, own.speech_marks)  # type: ignore[arg-type]
    plan = drafting.plan(audio, article, message, options, polly.offered())
    count("VoiceFallbacks", plan.voice_fallback is not None)
    if plan.voice_fallback:
        logger().warning("another voice", extra={"article": article.id, "reason": plan.voice_fallback})
    return plan


def _work(audio: Bucket, plan: plan_documents.Plan, action: actions.Action, priority: Priority) -> dict[str, Any]:
    """Counts, ranges of what is missing and their lane; audio that is kept needs no look at its fragments."""
    missing = purchases.missing(audio, plan) if action in {"synthesize", "remerge"} else {}
    bill = purchases.bill(plan, missing)
    engine = plan.fragments[0].engine
    count("CharactersRequested", bill.requested, engine=engine)
    count("CharactersReused", bill.reused, engine=engine)
    count("CharactersByParagraph", bill.by_paragraph, engine=engine)
    count("FragmentsReused", len(plan.fragments) - len(missing))
    spans = purchases.ranges(plan.fragments, missing)
    counts = {"requested": bill.requested, "reused": bill.reused, "fragments": len(plan.fragments)}
    return {"counts": counts, "ranges": spans, "lane": lanes.choose(len(spans), priority)}
