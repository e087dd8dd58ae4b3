"""The sentences of a text, and those of them that are nearest to what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from knowledge.answers.evidence.words import IDLE, fold

_SENTENCES: Final = re.compile(
    r"(?<=[.!?\u2026])(?<!\b[Nn][or]\.)(?<!\b[A-Za-z]\.)(?<!\b[DMS][rst]\.)\s+(?=[^\W_])(?![a-z])|(?<=[\u3002\uff01\uff1f])|\n(?=[A-Z0-9\u00c0-\u00de])|\n\s*\n"
)
"""Between two sentences, or two lines of which the second one does not go on with a small letter: rows, headings."""
_SIGNS: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_PREFIX: Final = re.compile(r"(?:un|non)(?=[^\W\d_]{4})")
_ENDS: Final = re.compile(r"(?:ings?|ed|es|s|en|e)$")


@dataclass(frozen=True)
class Said:
    """A sentence, as it is written."""

    text: str

    @cached_property
    def tokens(self) -> frozenset[str]:
        """Words and numbers, folded."""
        return frozenset(_SIGNS.findall(fold(self.text)))

    @cached_property
    def meant(self) -> frozenset[str]:
        """The forms of its words that say something."""
        told = [token for token in self.tokens if token not in IDLE]
        return frozenset(form(token) for token in [*told, *filter(None, map(opposite, told))])


def sentences(texts: Iterable[str]) -> list[Said]:
    """Of all texts, in their order."""
    return [Said(part) for text in texts for part in _SENTENCES.split(text) if part and part.strip()]


def nearest(said: Said, known: Sequence[Said]) -> list[Said]:
    """The one that shares most with ``said``, or those that share as much."""
    shares = [((len(said.meant & each.meant), len(said.tokens & each.tokens)), each) for each in known]
    most = max((share for share, _ in shares), default=(0, 0))
    return [each for share, each in shares if share == most]


def form(word: str) -> str:
    """Of a folded word, without what bends it: ``sign`` and ``signed`` have one, and ``raise`` and ``raised``."""
    bare = _ENDS.sub("", word) if len(word) > 3 else word
    return (bare if len(bare) >= 3 else word)[:6]


def opposite(word: str) -> str:
    """What a folded word denies by itself: ``signed`` of ``unsigned``; empty of any other."""
    return _PREFIX.sub("", word) if _PREFIX.match(word) else ""
