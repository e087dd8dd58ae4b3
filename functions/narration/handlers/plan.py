"""Plan: a message -> what has to be done for it, as a plan document in S3 and a few counts in the state."""

from __future__ import annotations

from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from narration.admission import estimates, lanes, wanted
from narration.article import messages
from narration.model import Article, Priority
from narration.publishing import actions, audio_bucket, drafting, plan_documents, pointers, purchases
from narration.reading import body, body_object, lexicon_objects, profile_objects
from narration.reading.profile import Profile
from narration.speech import polly


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{"message": key}`` in; ``action`` with what the later states need out (see ``actions.Action``).

    ``{"estimate": message}`` asks what a message, as text, would bill, or why it would be refused, and plans nothing.
    ``replanned`` comes in and goes out where a later state has found what it builds on gone, and counts how often.
    Raises a RejectedArticle for everything the publisher has to change, EditionGone where planning again does not help.
    """
    if "estimate" in event:
        return estimates.of(audio_bucket.bucket(), event["estimate"])
    audio, message, replanned = audio_bucket.bucket(), event["message"], int(event.get("replanned", 0))
    actions.check_replanned(replanned)
    checked = messages.read(audio_bucket.message(audio, message))
    published = latest.pointer if (latest := pointers.read(audio, checked.article.id)) else None
    current = audio_bucket.published_plan(audio, published)
    kept = plan_documents.kept(published, current, message)
    article, plan = checked.article, None
    count("MembersIgnored", len(article.ignored))
    if article.status == "published":
        profile = profile_objects.of(audio, kept)
        article = _article(audio, checked, profile)
        plan = _plan(audio, article, message, kept, profile)
    said = audio_bucket.said(audio, checked, published, message)
    action = actions.decide(article, plan, published, current, replanned, said)
    result = {"action": action, "article": article.id, "version": article.version, "message": message}
    result |= {"from": published.edition if published else None} | ({"replanned": replanned} if replanned else {})
    count("ArticlesDrafts", action == "draft")
    if action not in {"draft", "superseded"}:
        wanted.note(audio, article.id, article.version)
    if plan is None or action in {"superseded", "nothing"}:
        return result
    if action == "remerge" and published:
        plan = plan_documents.revised(plan, published.sounds_revision + 1)
    drafting.keep(audio, plan)
    return result | {"edition": plan.edition} | _work(audio, plan, action, article.priority)


def _article(audio: Bucket, message: messages.Message, own: Profile) -> Article:
    content = body_object.read(*message.body_s3, audio=audio.name) if message.body_s3 else None
    article = body.build(message, content, own)
    for rule, times in article.left_out.items():
        count("PartsLeftOut", times, rule=rule)
    return article


def _plan(
    audio: Bucket, article: Article, message: str, kept: plan_documents.Plan | None, profile: Profile
) -> plan_documents.Plan:
    options = kept.options if kept else settings.read(plan_documents.Options)
    manner = drafting.Manner(profile.words, profile.pauses, lexicon_objects.of(audio, kept))
    plan = drafting.plan(audio, article, message, options, polly.offered(), manner)
    count("VoiceFallbacks", plan.voice_fallback is not None)
    if plan.voice_fallback:
        logger().warning("another voice", extra={"article": article.id, "reason": plan.voice_fallback})
    return plan


def _work(audio: Bucket, plan: plan_documents.Plan, action: actions.Action, priority: Priority) -> dict[str, Any]:
    """Counts, ranges of what is missing and their lane; audio that is kept needs no look at its fragments."""
    missing = purchases.missing(audio, plan) if action in {"synthesize", "remerge"} else {}
    bill, engine = purchases.bill(plan, missing), plan.fragments[0].engine
    count("CharactersRequested", bill.requested, engine=engine)
    count("CharactersReused", bill.reused, engine=engine)
    count("CharactersByParagraph", bill.by_paragraph, engine=engine)
    count("FragmentsReused", len(plan.fragments) - len(missing))
    spans = purchases.ranges(plan.fragments, missing)
    counts = {"requested": bill.requested, "reused": bill.reused, "fragments": len(plan.fragments)}
    return {"counts": counts, "ranges": spans, "lane": lanes.choose(len(spans), priority)}
