"""What an article is made of: fragments of speech, each known by a hash, and the order in which things are heard.

The hash decides what an edit costs. It covers everything that changes the sound and nothing else: not the article,
not the place of the paragraph in it. So a paragraph that stays as it was, or moves, or appears in another article, is
never paid for twice.
"""
# ruff: noqa: RUF001  (quotation marks are meant as they stand)

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from narration.model import Article, Fragment, Item, Voice
from narration.speech import ssml

Granularity = Literal["paragraph", "sentence"]

SCHEME = 1
"""Count it up when a rule changes the sound that the hash cannot see, such as another request to Polly for the same
SSML. It is in every fragment's hash, so each article is then spoken anew, and billed, when it is next published."""


_FOLDED = str.maketrans({**dict.fromkeys("‘’‚‛", "'"), **dict.fromkeys("“”„‟«»", '"')})
"""Quotation marks and apostrophes have the same sound in every form: editors change them without being asked."""


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


def _sound_hash(fragment: Fragment, lexicons: Sequence[str]) -> str:
    sound = {
        "scheme": SCHEME,
        "ssml": fragment.ssml.translate(_FOLDED),
        "voice": fragment.voice,
        "engine": fragment.engine,
        "language": fragment.language,
        "format": fragment.format,
        "sample_rate": fragment.sample_rate,
        "lexicons": list(lexicons),
    }
    canonical = json.dumps(sound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
