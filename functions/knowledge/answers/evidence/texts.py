"""The texts that a sentence rests on, indexed: which numbers, dates, codes and names of it stand nowhere in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from knowledge.answers.evidence import dates, numbers, words

_CODE = re.compile(r"(?<![\w])(?=[\w./:-]*\d)(?=[\w./:-]*[^\W\d_])[^\W_]+(?:[-_./:][^\W_]+)*")
"""A token of letters and digits: ``AB-1234``, ``4711/x``, ``ISO9001``."""
_MEASURE = re.compile(
    r"\d+(?:[.,]\d+)*(?i:st|nd|rd|th|s|k|m|g|kg|km|cm|mm|h|min|am|pm|eur|usd|gb|mb|tb|er|e|x)"
    r"|\d+(?:[.,]\d+)*-[a-z]{2,}|[a-z]{2,}-\d+"
)
"""A number with a unit or a word beside it, which is no code: ``5kg``, ``3rd``, ``1990s``, ``12-month``."""
_DIGITS = re.compile(r"\d(?:[\s()+./\u2013-]{0,3}\d)*")
_LONG = 7
"""Digits of a number that is compared digit by digit too: telephones and accounts are written in groups."""
_BEGINS = re.compile(r"^\W*$|[.!?:\u2026]\W*$")
_COMMON_ENDS = (
    "ees",
    "ers",
    "ors",
    "ings",
    "ing",
    "tions",
    "tion",
    "ments",
    "ment",
    "ness",
    "ities",
    "ity",
    "ly",
    "ed",
)
"""What ends a word that begins a sentence and is rarely a name."""


@dataclass(frozen=True, slots=True)
class Names:
    """``certain``: capitals within a sentence, or several in a row; ``first``: one that begins a sentence, and may be
    any word."""

    certain: tuple[str, ...]
    first: tuple[str, ...]


class Texts:
    """``language``: ISO 639-1; German writes every noun with a capital, so there only two in a row are a name."""

    def __init__(self, texts: Sequence[str], language: str = "") -> None:
        whole = "\n".join(texts)
        self.language = language
        self._words = words.all_of(whole)
        self._stems = {words.stem(word) for word in self._words}
        self._tokens = numbers.of(whole)
        self._values = set(self._tokens.values())
        self._values |= {piece for token in self._tokens for piece in numbers.pieces(token)}
        self._values |= {cell for token in self._tokens for cell in numbers.listed(token)}
        self._values |= {Decimal(number) for word, number in numbers.IN_WORDS.items() if word in self._words}
        self._values |= set(numbers.scaled(whole, letters=True).values())
        self._days = frozenset(day for mention in dates.mentions(whole) for day in mention.days)
        self._digits = [re.sub(r"\D", "", run) for run in _DIGITS.findall(whole)]
        self._codes = {_code(found) for found in _CODE.findall(whole)}
        self._run = re.sub(r"[\W_]+", "", words.fold(whole))

    def lacks(self, text: str, *, first: bool = True) -> list[str]:
        """Numbers, dates, codes, signs of money and names of ``text`` that stand in none of these texts, as ``text``
        writes them.

        ``first``: also of a word alone that begins a sentence, where it looks like a name.
        """
        spoken, wrong = self._without_dates(text)
        wrong += self._codes_lacking(spoken)
        plain = _CODE.sub(_unless_code, spoken)
        wrong += self._numbers_lacking(plain)
        wrong += [sign for sign, named in words.money(plain).items() if self._words.isdisjoint(named)]
        found = names(plain, self.language)
        wrong += [name for name in found.certain if not self.has_name(name)]
        if first:
            wrong += [name for name in found.first if not self.is_near(name) and not _is_common(name)]
        return list(dict.fromkeys(wrong))

    def lacks_of_numbers(self, text: str) -> list[str]:
        """The numbers and dates alone."""
        spoken, wrong = self._without_dates(text)
        return [*wrong, *self._numbers_lacking(_CODE.sub(_unless_code, spoken))]

    def has_name(self, name: str) -> bool:
        """Whether each part of a name stands there; plural and singular are one."""
        parts = words.parts(name)
        return all(self._has_word(part) for part in parts) or self._has_word("".join(parts))

    def is_near(self, word: str) -> bool:
        """Whether a form of the word stands there."""
        return all(part in self._words or words.stem(part) in self._stems for part in words.parts(word))

    def far(self, text: str) -> list[str]:
        """The words of ``text`` that say what it is about and of which no form stands here."""
        return [word for word in words.meant(text) if words.stem(word) not in self._stems]

    def lacks_of_calendar(self, text: str) -> list[str]:
        """Months and days of the week of ``text`` that stand nowhere, in any language; of a month also a date may."""
        spoken, _ = self._without_dates(text)
        known = {month for _, month, _ in self._days} | dates.named(self._words)
        told = [word for word in words.WORD.findall(spoken) if word[0].isupper() and words.folded(word) != "may"]
        return [word for word in told if not dates.named([words.folded(word)]) <= known]

    def _has_word(self, part: str) -> bool:
        return part in self._words or f"{part}s" in self._words or (part.endswith("s") and part[:-1] in self._words)

    def _without_dates(self, text: str) -> tuple[str, list[str]]:
        """The text without its dates, and those that stand nowhere. A year may stand apart from its day."""
        wrong, kept, at = [], [], 0
        for mention in dates.mentions(text):
            kept.append(text[at : mention.start])
            at = mention.end
            if not any(self._has_day(day) for day in mention.days):
                wrong.append(text[mention.start : mention.end])
        return " ".join([*kept, text[at:]]), wrong

    def _has_day(self, day: dates.Day) -> bool:
        year, month, number = day
        if dates.holds(self._days, day):
            return True
        return bool(year and number) and Decimal(year) in self._values and (0, month, number) in self._days

    def _codes_lacking(self, text: str) -> list[str]:
        codes = [found for found in _CODE.findall(text) if not _MEASURE.fullmatch(found)]
        return [found for found in codes if not self._has_code(found)]

    def _has_code(self, found: str) -> bool:
        code = _code(found)
        # What the text writes with a space ("AB 1234") is found in the run of all its signs, where it is long enough.
        return code in self._codes or (len(code) >= _LONG and code in self._run)

    def _numbers_lacking(self, text: str) -> list[str]:
        scaled = numbers.scaled(text, letters=False)
        wrong = [written for written, value in scaled.items() if value not in self._values]
        for written in scaled:  # of 5 million the 5 need not stand there
            text = text.replace(written, " ")
        wrong += [token for token, value in numbers.of(text).items() if not self._has_number(token, value)]
        said = {word: Decimal(numbers.IN_WORDS[word]) for word in words.all_of(text) if word in numbers.IN_WORDS}
        return wrong + [word for word, value in said.items() if value not in self._values]

    def _has_number(self, token: str, value: Decimal) -> bool:
        if token in self._tokens or value in self._values:
            return True
        if all(piece in self._values for piece in numbers.apart(token)):
            return True
        if (cells := numbers.listed(token)) and self._values.issuperset(cells):
            return True
        digits = re.sub(r"\D", "", token)
        return len(digits) >= _LONG and any(digits in run for run in self._digits)


def names(text: str, language: str = "") -> Names:
    """What is written with a capital, and is no month, no day of the week and no word that means little."""
    certain: list[str] = []
    first: list[str] = []
    for run, begins in _runs(text):
        told = [word for word in run if not _is_idle(word)]
        if not told:
            continue
        alone = len(told) == 1 and not _is_sure(told[0])
        if begins and told[0] is run[0] and not _is_sure(told[0]):
            first.append(told.pop(0))
        if not (language == "de" and alone):
            certain += told
    return Names(tuple(dict.fromkeys(certain)), tuple(dict.fromkeys(first)))


def _runs(text: str) -> list[tuple[list[str], bool]]:
    """Words with a capital that follow each other, and whether the first of them begins a sentence.

    A word that means little and begins a sentence ends no run and begins none: ``The Acme contract``, ``Who is Ann``.
    """
    runs: list[tuple[list[str], bool]] = []
    end = -1
    for found in words.WORD.finditer(text):
        begins = bool(_BEGINS.search(text[max(0, found.start() - 8) : found.start()])) if found.start() else True
        named = found[0][0].isupper() and (len(found[0]) > 1 or not begins)
        if named and not (begins and words.folded(found[0]) in words.IDLE):
            if runs and end == found.start() - 1 and text[end] == " ":
                runs[-1][0].append(found[0])
            else:
                runs.append(([found[0]], begins))
            end = found.end()
    return runs


def _is_idle(word: str) -> bool:
    plain = words.folded(word)
    return (
        (plain in words.IDLE and not _is_acronym(word))
        or plain in dates.MONTHS
        or plain in dates.WEEKDAYS
        or plain == "i"
    )


def _is_sure(word: str) -> bool:
    """In capitals, or with what is said to be somebody's."""
    return _is_acronym(word) or bool(re.search(r"['\u2019]s$", word))


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _is_common(word: str) -> bool:
    return words.folded(word).endswith(_COMMON_ENDS)


def _unless_code(found: re.Match[str]) -> str:
    return found[0] if _MEASURE.fullmatch(found[0]) else " "


def _code(found: str) -> str:
    return re.sub(r"[\W_]+", "", words.folded(found))
