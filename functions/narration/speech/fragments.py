"""What an article is made of: fragments of speech, each known by a hash, and the order in which things are heard.

The hash decides what an edit costs. It covers everything that changes the sound and nothing else: not the article,
not the place of the paragraph in it. So a paragraph that stays as it was, or moves, or appears in another article, is
never paid for twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from narration.model import Article, Fragment, Item, Paragraph, Run, Voice
from narration.speech import ssml

Granularity = Literal["paragraph", "sentence"]

SCHEME = 1
"""Counted up when anything that the hash cannot see changes the sound; every article is then spoken anew."""


def make(piece: ssml.Piece, voice: Voice, lexicons: Sequence[str] = ()) -> Fragment:
    """The fragment that speaks ``piece``. ``lexicons`` are hashes of the lexicons' content, in the order applied."""
    unnamed = Fragment(
        hash="",
        ssml=piece.ssml,
        characters=piece.characters,
        voice=voice.id,
        engine=voice.engine,
        language=voice.language,
    )
    return replace(unnamed, hash=_sound_hash(unnamed, lexicons))


def plan(
    article: Article, voice: Voice, lexicons: Sequence[str] = (), *, granularity: Granularity = "paragraph"
) -> tuple[tuple[Item, ...], dict[str, Fragment]]:
    """Everything to be heard, in order, and the fragments by hash. A paragraph without sound makes no item.

    ``granularity`` is what an edit pays for: its paragraph, which is spoken in one breath, or only its sentence.
    """
    items: list[Item] = []
    fragments: dict[str, Fragment] = {}
    for index, paragraph in enumerate(article.paragraphs):
        if paragraph.kind == "sound":
            items.append(Item("sound", index, sound=paragraph.sound))
            continue
        for piece in ssml.pieces(paragraph, voice, by_sentence=granularity == "sentence"):
            fragment = make(piece, voice, lexicons)
            fragments[fragment.hash] = fragment
            items.append(Item(paragraph.kind, index, piece.text, fragment.hash))
    return tuple(items), fragments


def teaser(
    article: Article, items: Sequence[Item], voice: Voice, lexicons: Sequence[str] = ()
) -> tuple[tuple[Item, ...], dict[str, Fragment]]:
    """What is heard without a subscription, and the fragments this needs beyond those of ``items``.

    That is ``items`` up to and including the first text paragraph, then the teaser's sound, then its note. Where no
    paragraph is of kind text, the first quotation ends it, and failing that the first heading: a teaser never gives
    the whole of a longer article away.
    """
    heard = list(items[: _teaser_end(items)])
    fragments: dict[str, Fragment] = {}
    if article.teaser and article.teaser.sound:
        heard.append(Item("sound", None, sound=article.teaser.sound))
    if article.teaser and article.teaser.note:
        note = Paragraph("text", (Run(article.teaser.note),))
        for piece in ssml.pieces(note, voice):
            fragment = make(piece, voice, lexicons)
            fragments[fragment.hash] = fragment
            heard.append(Item("note", None, piece.text, fragment.hash))
    return tuple(heard), fragments


def _sound_hash(fragment: Fragment, lexicons: Sequence[str]) -> str:
    sound = {
        "scheme": SCHEME,
        "ssml": fragment.ssml,
        "voice": fragment.voice,
        "engine": fragment.engine,
        "language": fragment.language,
        "format": fragment.format,
        "sample_rate": fragment.sample_rate,
        "lexicons": list(lexicons),
    }
    canonical = json.dumps(sound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _teaser_end(items: Sequence[Item]) -> int:
    """The position after the last item of the first paragraph of the kind that ends a teaser."""
    for kind in ("text", "quote", "heading"):
        first = next((item for item in items if item.kind == kind), None)
        if first is not None:
            return max(at for at, item in enumerate(items) if item.paragraph == first.paragraph) + 1
    return 0
