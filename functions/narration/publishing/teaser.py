"""The teaser of a premium article: where it ends, and the sound and the note that close it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from narration.model import Article, Fragment, Item, Paragraph, Run, Voice
from narration.speech import ssml
from narration.speech.fragments import make


def plan(
    article: Article, items: Sequence[Item], voice: Voice, lexicons: Sequence[str] = ()
) -> tuple[tuple[Item, ...], dict[str, Fragment]]:
    """What is heard without a subscription, and the fragments this needs beyond those of ``items``.

    That is ``items`` up to and including the first text paragraph, then the teaser's sound, then its note. Where no
    paragraph is of kind text, the first quotation ends it, and failing that the first heading: a teaser never gives
    the whole of a longer article away.
    """
    excerpt = list(items[: end(items)])
    fragments: dict[str, Fragment] = {}
    if article.teaser and article.teaser.sound:
        excerpt.append(Item("sound", None, sound=article.teaser.sound))
    if article.teaser and article.teaser.note:
        note = Paragraph("text", (Run(article.teaser.note),))
        for piece in ssml.pieces(note, voice):
            fragment = make(piece, voice, lexicons)
            fragments[fragment.hash] = fragment
            excerpt.append(Item("note", None, piece.text, fragment.hash))
    return tuple(excerpt), fragments


def end(items: Sequence[Item]) -> int:
    """The position after the last item of the first paragraph of the kind that ends a teaser."""
    for kind in ("text", "quote", "heading"):
        first = next((item for item in items if item.kind == kind), None)
        if first is not None:
            return max(at for at, item in enumerate(items) if item.paragraph == first.paragraph) + 1
    return 0
