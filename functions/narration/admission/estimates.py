"""What a message would bill if it came now, without a plan of it: for who thinks of another voice."""

from __future__ import annotations

from typing import Any

from common import settings
from common.objects import Bucket
from narration.article import messages
from narration.publishing import drafting, plan_documents, purchases
from narration.reading import body, body_object, lexicon_objects, profile_objects
from narration.speech import polly


def of(audio: Bucket, text: str) -> dict[str, Any]:
    """``characters`` that Polly would bill, of how many ``requested``; the ``voice`` and ``engine`` that would speak,
    and why it would be another one than asked for (``fallback``, else None).

    ``text`` is the message. Raises a RejectedArticle where it would be refused.
    """
    checked, profile = messages.read(text.encode()), profile_objects.of(audio, None)
    article = body.build(
        checked, body_object.read(*checked.body_s3, audio=audio.name) if checked.body_s3 else None, profile
    )
    manner = drafting.Manner(profile.words, profile.pauses, lexicon_objects.of(audio, None))
    plan = drafting.plan(audio, article, "", settings.read(plan_documents.Options), polly.offered(), manner)
    bill, speaker = purchases.bill(plan, purchases.missing(audio, plan)), plan.fragments[0]
    counts = {"characters": bill.requested - bill.reused, "requested": bill.requested}
    return {**counts, "voice": speaker.voice, "engine": speaker.engine, "fallback": plan.voice_fallback}
