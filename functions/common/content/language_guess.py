"""The language of a text, where its script or its small words leave no doubt."""

from __future__ import annotations

import re
from collections import Counter

_SMALL_WORDS = {
    "en": "the and of to in is for was with that are this be not your from have or by you will",
    "de": "der die das und ist nicht mit für von den dem des ein eine wird sie auf im zu wurde oder bei",
    "fr": "le la les des et est une un du que pour dans vous avec sur au aux par ne pas ce cette",
    "es": "el la los las de y que en un una por con para del se su es al como no",
    "it": "il la di che e un una per con del della sono non gli nel alla dei le si da",
    "pt": "o a os as de e que em um uma para com do da não por dos das ao no na",
    "nl": "de het een en van is niet met voor op te zijn dat bij wordt aan door ook",
}
_SETS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SCRIPTS = {
    "ja": "[\u3040-\u30ff]",
    "ko": "[\uac00-\ud7af]",
    "zh": "[\u4e00-\u9fff]",
    "ar": "[\u0600-\u06ff]",
    "hi": "[\u0900-\u097f]",
    "ru": "[\u0400-\u04ff]",
    "el": "[\u0370-\u03ff]",
}
"""Japanese before Chinese: it has the same characters and its own."""
_SAMPLE = 20_000
"""Characters that are looked at."""
_FEWEST = 8
"""Small words below which a text (a form, a receipt) says nothing about its language."""


def guess(text: str, default: str) -> str:
    """The language's ISO 639-1 code; ``default`` unless the text clearly says another one."""
    sample = text[:_SAMPLE]
    letters = len(re.findall(r"[^\W\d_]", sample))
    for language, script in _SCRIPTS.items():
        share = 0.1 if language == "ja" else 0.3
        if letters and len(re.findall(script, sample)) > share * letters:
            return language
    words = Counter(re.findall(r"[^\W\d_]+", sample.casefold()))
    counts = {language: sum(words[word] for word in small) for language, small in _SETS.items()}
    best = max(counts, key=lambda language: counts[language])
    if counts[best] >= _FEWEST and counts[best] > 1.5 * counts.get(default, 0):
        return best
    return default
