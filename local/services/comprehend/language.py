"""Which language a text is in: langdetect with a fixed seed, and a prior from the commonest words.

langdetect alone takes "hello, how are you today?" for Somali; a few function words per language correct that for
short texts. Codes are Comprehend's (RFC 5646: "zh", "zh-TW").
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

MOST_CHARACTERS = 4000
"""Characters that are looked at: more change nothing but the time."""
_SEED = 20171127
_ENOUGH = 20
"""Common words after which more make a language no likelier."""
_RENAMED = {"zh-cn": "zh", "zh-tw": "zh-TW"}

COMMON_WORDS = {
    "en": "the of and to in is that it for on with as are this you i how what my can do not be have we your a an",
    "es": "el la los las de que y en un una por con para es no se del su como más qué está mi yo puede",
    "fr": "le la les de des et en un une que qui pour dans est pas vous je ce il sur avec au du mon votre comment",
    "de": "der die das und in zu den ist nicht von mit ein eine für auf dem sich wie ich sie es wir kann mein",
    "it": "il lo la gli di che e in un una per con non è sono del della come mi si più anche questo posso",
    "pt": "o a os as de que e em um uma por com para não é do da no na como mais eu você meu posso isso",
    "nl": "de het een en van in is dat op te zijn niet met voor ik je wat hoe kan mijn",
}
_WORD = re.compile(r"[^\W\d_]+")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Language:
    """A language and how sure it is, 0 to 1."""

    code: str
    score: float


def languages(text: str) -> list[Language]:
    """The languages found, surest first; none in a text without letters."""
    from langdetect.lang_detect_exception import LangDetectException

    shown = text[:MOST_CHARACTERS]
    detector = _factory().create()
    detector.seed = _SEED
    prior = _prior(shown, tuple(_factory().langlist))
    if prior:
        detector.set_prior_map(prior)
    detector.append(shown)
    try:
        found = detector.get_probabilities()
    except LangDetectException:
        return []
    return [Language(_RENAMED.get(one.lang, one.lang), float(one.prob)) for one in found]


def _prior(text: str, known: tuple[str, ...]) -> dict[str, float]:
    """How likely each language is by its commonest words; empty where the text has none of them."""
    words = [word.lower() for word in _WORD.findall(text)]
    hits = {code: sum(word in listed for word in words) for code, listed in _common().items()}
    if not any(hits.values()):
        return {}
    # A power, because the languages share words: "de", "la", "in", "no" are common in three or more of them.
    return {code: (1 + min(hits.get(code, 0), _ENOUGH)) ** 4 for code in known}


@cache
def _common() -> dict[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in COMMON_WORDS.items()}


def _factory() -> Any:
    """langdetect's profiles, 0.3 s to load: once."""
    from langdetect import detector_factory

    with _lock:
        detector_factory.init_factory()
        return detector_factory._factory
