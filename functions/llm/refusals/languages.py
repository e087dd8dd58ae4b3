"""Other languages than English: which of eleven a text is in, and whether it has one of their phrases of refusal.

The phrases (``languages.toml``) are fewer than the cues of English, and no head weighs them: one in the beginning
refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

BEGIN: Final = 400
"""Characters in which a refusal says so."""
_FEW: Final = 3
"""Small words of a language that name it; of two, the one with more."""
_BRIEF: Final = 8
"""Words up to which one less is enough."""
SHORT_TEXT: Final = 60
_MARKS: Final = ".,;:!?\"'()¡¿*«»"
_GAP: Final = "[^.!?\\n]{0,40}?"
_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Language:
    """``words`` and ``letters``: small words, or letters, that name it; ``unless``: what its kin has."""

    code: str
    words: frozenset[str]
    letters: re.Pattern[str]
    unless: re.Pattern[str] | None
    phrases: re.Pattern[str]


@cache
def tables() -> dict[str, Any]:
    """``languages.toml``, examples and all."""
    import tomllib  # late: importing a handler need not pay for it

    return tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))


@cache
def languages() -> dict[str, Language]:
    """The languages by code, in the file's order."""
    return {each["code"]: _language(each) for each in tables()["language"]}


def _language(table: dict[str, Any]) -> Language:
    phrases = "|".join(f"(?:{phrase.replace('...', _GAP)})" for phrase in table["phrases"])
    return Language(
        table["code"],
        frozenset(table.get("words", "").split()),
        re.compile(f"[{table['letters']}]" if "letters" in table else r"(?!)"),
        re.compile(table["unless"]) if "unless" in table else None,
        re.compile(phrases),
    )


def language_of(text: str) -> str:
    """The code of the language of a plain text among those that are known, "" for any other."""
    begin = text[:BEGIN]
    letters = sum(1 for character in begin if character.isalpha())
    for code in ("ja", "ko", "ar", "hi"):
        if len(_letters(code).findall(begin)) * 4 > letters > 0:
            unless = languages()[code].unless
            return "" if unless is not None and len(unless.findall(begin)) > 1 else code
    ideographs = len(_IDEOGRAPHS.findall(begin))
    if ideographs * 2 > letters:
        return "zh-TW" if len(_letters("zh-TW").findall(begin)) * 12 > ideographs else "zh"
    words = [word.strip(_MARKS) for word in begin.split()]
    few = _FEW if len(words) > _BRIEF else _FEW - 1
    counts = {code: sum(word in known for word in words) for code, known in _small_words().items()}
    best = max(counts, key=lambda code: counts[code])
    if counts[best] >= few:
        return best if best in languages() else ""
    return brief(text)


def brief(text: str) -> str:
    """The language of a text of a few words: the one whose phrases of refusal it has, where it is one alone."""
    if len(text) > SHORT_TEXT:
        return ""
    known = [each.code for each in languages().values() if each.words and each.phrases.search(text)]
    return known[0] if len(known) == 1 else ""


@cache
def _small_words() -> dict[str, frozenset[str]]:
    """The small words by language, those without phrases first: of two with as many, the one that is not judged."""
    others = {code: frozenset(words.split()) for code, words in tables()["others"].items()}
    return others | {each.code: each.words for each in languages().values() if each.words}


def refuses(text: str) -> bool | None:
    """Whether a plain text that is not English has a phrase of refusal; None where its language is not known."""
    code = language_of(text)
    if not code:
        return None
    return languages()[code].phrases.search(text[:BEGIN]) is not None


def _letters(code: str) -> re.Pattern[str]:
    return languages()[code].letters
