"""What a message would bill if it came now, without a plan of it: for who thinks of another voice."""

from __future__ import annotations

from typing import Any

from common import settings
from common.errors import MillraceError
from common.objects import Bucket
from narration.article import messages
from narration.model import Article
from narration.publishing import audio_bucket, drafting, plan_documents, pointers, purchases
from narration.reading import body, body_object, lexicon_objects, profile_objects
from narration.speech import polly


def of(audio: Bucket, text: str) -> dict[str, Any]:
    """``characters`` that Polly would bill, of how many ``requested``; the ``voice`` and ``engine`` that would speak,
    and why it would be another one than asked for (``fallback``, else None); whether what is published is the ``same``.

    ``text`` is the message. What would stop it comes as ``refused`` (the error's name) with a ``sentence``: nobody has
    published anything, so it is no error of the function, and rings no alarm.
    """
    try:
        return _of(audio, text)
    except MillraceError as error:
        return {"refused": type(error).__name__, "sentence": str(error)}


def _of(audio: Bucket, text: str) -> dict[str, Any]:
    checked, profile = messages.read(text.encode()), profile_objects.of(audio, None)
    article = body.build(
        checked, body_object.read(*checked.body_s3, audio=audio.name) if checked.body_s3 else None, profile
    )
    manner = drafting.Manner(profile.words, profile.pauses, lexicon_objects.of(audio, None))
    plan = drafting.plan(audio, article, "", settings.read(plan_documents.Options), polly.offered(), manner)
    bill, speaker = purchases.bill(plan, purchases.missing(audio, plan)), plan.fragments[0]
    counts = {"characters": bill.requested - bill.reused, "requested": bill.requested}
    spoken = {"voice": speaker.voice, "engine": speaker.engine, "fallback": plan.voice_fallback}
    return {**counts, **spoken, "same": _is_published(audio, article, plan)}


def _is_published(audio: Bucket, article: Article, plan: plan_documents.Plan) -> bool:
    latest = pointers.read(audio, article.id)
    if latest is None or latest.pointer.version != article.version:
        return False
    current = audio_bucket.published_plan(audio, latest.pointer)
    return current is not None and current.content == plan.content
