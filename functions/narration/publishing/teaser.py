"""The teaser of a premium article: how much of it everybody may hear, and the sound and the note that close it. Pure.

Everything public of a premium article is made of these items: its audio, captions, timeline, chapters and feed entry.
So the bound stands here alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from pathlib import Path

from narration.article.language_tags import primary
from narration.model import Article, Fragment, Item, ItemKind, Paragraph, Run, Voice
from narration.speech import ssml
from narration.speech.fragments import Granularity, make
from narration.speech.sentences import sentence_ends


@dataclass(frozen=True, slots=True)
class Bound:
    """The most of an article's spoken text that its teaser holds; the smaller of the two holds."""

    characters: int
    share: int
    """Per cent."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is heard without a subscription, and the fragments that this needs beyond those of the article."""

    items: tuple[Item, ...] = ()
    fragments: Mapping[str, Fragment] = field(default_factory=dict)
    withheld: bool = False
    """Whether nothing of the article is in it: its first sentence alone is over the bound."""


def plan(
    article: Article,
    items: Sequence[Item],
    voice: Voice,
    lexicons: Sequence[str] = (),
    *,
    bound: Bound,
    granularity: Granularity = "paragraph",
) -> Excerpt:
    """``items`` up to the first text paragraph, within ``bound``, cut at a sentence end; then the sound and the note.

    Where no paragraph is of kind text, the first quotation ends it, and failing that the first heading. What is cut
    is a fragment of its own, unless sentences are fragments already. A premium article that names no teaser gets a
    note in its language; so does one of which nothing else would be heard.
    """
    heard, first = _within(article, items, allowance(items, bound))
    studio = _Studio(voice, lexicons)
    if first is not None:
        heard += studio.spoken(first[1], first[0], first[1].kind, by_sentence=granularity == "sentence")
    while heard and heard[-1].fragment is None:
        heard.pop()  # a sound that leads to nothing
    withheld = all(item.paragraph is None for item in heard)
    given = article.teaser
    if given and given.sound:
        heard.append(Item("sound", None, sound=given.sound))
    note = given.note if given else None
    if note or given is None or withheld:
        heard += studio.spoken(Paragraph("text", (Run(note or default_note(article.language)),)), None, "note")
    return Excerpt(tuple(heard), studio.made, withheld)


def _within(article: Article, items: Sequence[Item], left: int) -> tuple[list[Item], tuple[int, Paragraph] | None]:
    """Items of at most ``left`` characters, and the beginning of the next paragraph that still fits, with its index."""
    heard: list[Item] = []
    for index, group in groupby(items[: end(items)], key=lambda item: item.paragraph):
        whole = list(group)
        needed = sum(len(item.text) for item in whole)
        if needed > left:
            beginning = None if index is None else _beginning(article.paragraphs[index], left)
            return heard, None if beginning is None or index is None else (index, beginning)
        heard += whole
        left -= needed
    return heard, None


@dataclass(frozen=True, slots=True)
class _Studio:
    """Makes fragments that the article itself does not have."""

    voice: Voice
    lexicons: Sequence[str]
    made: dict[str, Fragment] = field(default_factory=dict)

    def spoken(
        self, paragraph: Paragraph, index: int | None, kind: ItemKind, *, by_sentence: bool = False
    ) -> Iterator[Item]:
        for piece in ssml.pieces(paragraph, self.voice, by_sentence=by_sentence):
            fragment = make(piece, self.voice, self.lexicons)
            self.made[fragment.hash] = fragment
            yield Item(kind, index, piece.text, fragment.hash)


def allowance(items: Sequence[Item], bound: Bound) -> int:
    """Characters of the article's text that its teaser may hold."""
    return min(bound.characters, bound.share * sum(len(item.text) for item in items) // 100)


def end(items: Sequence[Item]) -> int:
    """The position after the last item of the first paragraph of the kind that ends a teaser."""
    for kind in ("text", "quote", "heading"):
        first = next((item for item in items if item.kind == kind), None)
        if first is not None:
            return max(at for at, item in enumerate(items) if item.paragraph == first.paragraph) + 1
    return 0


def default_note(language: str) -> str:
    """What closes the teaser of an article that brings no note of its own; English where no other is known."""
    notes = _notes()
    return notes.get(primary(language), notes["en"])


@cache
def _notes() -> dict[str, str]:
    found = tomllib.loads((Path(__file__).parent / "teaser_notes.toml").read_text(encoding="utf-8"))
    return dict(found["notes"])


def _beginning(paragraph: Paragraph, most: int) -> Paragraph | None:
    """Its first sentences, at most ``most`` characters; None where not even one fits. A heading is never cut."""
    fitting = [stop for stop in sentence_ends(paragraph.text) if len(paragraph.text[:stop].rstrip()) <= most]
    if paragraph.kind == "heading" or not fitting:
        return None
    left = fitting[-1]
    runs = []
    for run in paragraph.runs:
        if left > 0:
            runs.append(replace(run, text=run.text[:left]))
        left -= len(run.text)
    return Paragraph(paragraph.kind, tuple(runs))
