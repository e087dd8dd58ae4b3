"""Whole phrases of refusal: how near a completion comes to one, by letters or by meaning, where cues leave doubt."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, Protocol

CUT: Final = 72
"""Of 100: a likeness below it says nothing. Innocent sentences that share words with a phrase come up to it, refusals
with a typing error in every second word reach 86 and more; the usual 85 to 90 would halve what is found."""
SCALE: Final = 14
BEGINNING: Final = 300


class Encoder(Protocol):
    """Makes vectors of texts. ``model`` and ``dimensions`` name the space: the phrases' vectors are kept under them."""

    model: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> Sequence[Sequence[float]]: ...


@cache
def phrases() -> tuple[str, ...]:
    """The phrases of ``phrases.toml``, in its order."""
    import tomllib  # late: importing a handler need not pay for it

    tables = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
    return tuple(phrase["text"] for phrase in tables["phrase"])


def likeness(text: str) -> float:
    """How near the beginning of ``text`` (plain, lower case) comes to a phrase: 0 below ``CUT``, 2 where it is one."""
    from rapidfuzz import fuzz  # late: 15 ms that most completions do not need

    best, beginning = float(CUT), text[:BEGINNING]
    if len(beginning) < 12:  # too short to be like a phrase by more than chance
        return 0.0
    for phrase in phrases():
        best = max(best, fuzz.partial_ratio(phrase, beginning, score_cutoff=best))
    return (best - CUT) / SCALE


_VECTORS: dict[tuple[str, int, str], list[list[float]]] = {}


def nearness(text: str, encoder: Encoder) -> float:
    """The greatest cosine between a phrase and one of the first three sentences of ``text``; 0 where there is none."""
    sentences = [part.strip() for part in text.replace("!", ".").replace("\n", ".").split(".") if part.strip()][:3]
    if not sentences:
        return 0.0
    known = _phrase_vectors(encoder)
    found = [_unit(vector) for vector in encoder.encode(sentences)]
    return max((sum(map(float.__mul__, one, other)) for one in found for other in known), default=0.0)


def digest() -> str:
    """Names the list of phrases, so that vectors kept for another list are not taken for this one's."""
    return hashlib.sha256("\n".join(phrases()).encode()).hexdigest()


def _phrase_vectors(encoder: Encoder) -> list[list[float]]:
    key = (encoder.model, encoder.dimensions, digest())
    if key not in _VECTORS:
        _VECTORS[key] = [_unit(vector) for vector in encoder.encode(phrases())]
    return _VECTORS[key]


def _unit(vector: Sequence[float]) -> list[float]:
    """``vector`` of length 1; one of zeros stays so, and its cosine with anything is 0, never NaN."""
    length = math.sqrt(sum(value * value for value in vector))
    return [float(value) / length for value in vector] if length > 0 else [0.0 for _ in vector]
