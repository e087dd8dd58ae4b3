"""From an article to its plan: the voice that reads it, its fragments, its teaser, and the states of its sounds."""

from __future__ import annotations

from collections.abc import Sequence

from common.objects import Bucket
from common.observability import count
from narration.model import Article
from narration.publishing import keys, plan_documents, sound_uses, teaser
from narration.speech import fragments, voices


def plan(
    audio: Bucket,
    article: Article,
    message: str,
    options: plan_documents.Options,
    offered: Sequence[voices.AvailableVoice],
) -> plan_documents.Plan:
    """The plan of ``article`` as kept under the key ``message``. Raises UnknownVoice."""
    choice = voices.choose(article, offered)
    items, spoken = fragments.plan(article, choice.voice, granularity=options.granularity)
    excerpt = teaser.Excerpt()
    if article.premium:
        bound = teaser.Bound(options.teaser_characters, options.teaser_share)
        excerpt = teaser.plan(article, items, choice.voice, bound=bound, granularity=options.granularity)
        count("TeaserWithheld", excerpt.withheld)
    heard = excerpt.items
    spoken = {**spoken, **excerpt.fragments}
    sounds = sound_uses.states(audio, (item.sound for item in (*items, *heard) if item.sound))
    return plan_documents.make(
        article, choice.voice, items, heard, spoken, sounds, message, options=options, voice_fallback=choice.fallback
    )


def keep(audio: Bucket, plan: plan_documents.Plan) -> None:
    """Writes the plan's document, and beside each of its sounds that the article uses it."""
    sound_uses.note(audio, plan)
    audio.put_if_absent(keys.plan(plan.edition), plan_documents.dump(plan))
