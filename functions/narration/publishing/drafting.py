"""From an article to its plan: the voice that reads it, its fragments, its teaser, and the states of its sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from common.objects import Bucket
from common.observability import count
from narration.audio import pauses
from narration.model import Article, Paragraph
from narration.publishing import keys, plan_documents, sound_uses, teaser
from narration.speech import fragments, opening, pronunciation, voices
from narration.speech.pronunciation import Word


@dataclass(frozen=True, slots=True)
class Manner:
    """How a publisher is read: words that are said otherwise, milliseconds of pauses by kind, names of lexicons."""

    words: Sequence[Word] = ()
    pauses: Mapping[str, int] = field(default_factory=dict)
    lexicons: Callable[[str], tuple[str, ...]] = lambda _language: ()
    """The lexicons for voices of a language; each name holds a hash of the content."""


def plan(
    audio: Bucket,
    article: Article,
    message: str,
    options: plan_documents.Options,
    offered: Sequence[voices.AvailableVoice],
    manner: Manner = Manner(),
) -> plan_documents.Plan:
    """The plan of ``article`` as kept under the key ``message``. Raises UnknownVoice."""
    choice = voices.choose(article, offered)
    lexicons = manner.lexicons(choice.voice.language)

    def told(paragraph: Paragraph) -> Paragraph:
        return pronunciation.paragraph(paragraph, article.language, manner.words)

    spoken_article = pronunciation.told(article, manner.words)
    items, spoken = fragments.plan(spoken_article, choice.voice, lexicons, granularity=options.granularity)
    items, opening_spoken = opening.plan(article, items, choice.voice, options.title, lexicons, told)
    spoken = {**spoken, **opening_spoken}
    excerpt = teaser.Excerpt()
    if article.premium:
        bound = teaser.Bound(options.teaser_characters, options.teaser_share)
        excerpt = teaser.plan(
            spoken_article, items, choice.voice, lexicons, bound=bound, granularity=options.granularity
        )
        spoken = {**spoken, **excerpt.fragments}
        count("TeaserWithheld", excerpt.withheld)
    spoken = {name: replace(fragment, lexicons=lexicons) for name, fragment in spoken.items()}
    items, heard = (pauses.asked_for(one, article.paragraphs, manner.pauses) for one in (items, excerpt.items))
    sounds = sound_uses.states(audio, (item.sound for item in (*items, *heard) if item.sound))
    return plan_documents.make(
        article, choice.voice, items, heard, spoken, sounds, message, options=options, voice_fallback=choice.fallback
    )


def keep(audio: Bucket, plan: plan_documents.Plan) -> None:
    """Writes the plan's document, and beside each of its sounds that the article uses it."""
    sound_uses.note(audio, plan)
    audio.put_if_absent(keys.plan(plan.edition), plan_documents.dump(plan))
