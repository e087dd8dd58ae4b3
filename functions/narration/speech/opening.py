"""What is said before the text: the title, and who wrote it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from narration.model import Article, Fragment, Item, Paragraph, Run, SpokenTitle, Voice
from narration.speech import ssml
from narration.speech.fragments import make

_EARLY = 3
"""Paragraphs in which a heading that is the title counts as the title: a kicker and a date may stand in front."""


def plan(
    article: Article,
    items: Sequence[Item],
    voice: Voice,
    wanted: SpokenTitle,
    lexicons: Sequence[str] = (),
    told: Callable[[Paragraph], Paragraph] = lambda paragraph: paragraph,
) -> tuple[tuple[Item, ...], dict[str, Fragment]]:
    """``items`` with the title, and for ``byline`` the byline, in front, and the fragments that they need.

    A title that the text itself begins with, as a heading, is not said twice: the byline then follows that heading.
    The article's own ``spoken_title`` wins. ``told`` is how words are said (``narration.speech.pronunciation``).
    """
    wanted = article.spoken_title or wanted
    texts = [article.title] if wanted != "none" else []
    at = _said_already(article, items) if texts else 0
    if at:
        texts = []
    if wanted == "byline" and article.byline:
        texts.append(article.byline)
    opening: list[Item] = []
    fragments: dict[str, Fragment] = {}
    for text in texts:
        for piece in ssml.pieces(told(Paragraph("heading", (Run(text),))), voice):
            fragment = make(piece, voice, lexicons)
            fragments[fragment.hash] = fragment
            opening.append(Item("title", None, piece.text, fragment.hash))
    return (*items[:at], *opening, *items[at:]), fragments


def _said_already(article: Article, items: Sequence[Item]) -> int:
    """The position behind the early heading that says the title, 0 where there is none."""
    for index, paragraph in enumerate(article.paragraphs[:_EARLY]):
        if paragraph.kind == "heading" and _plain(paragraph.text) == _plain(article.title):
            return max((at for at, item in enumerate(items) if item.paragraph == index), default=-1) + 1
    return 0


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
