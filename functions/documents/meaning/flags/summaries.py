"""SUMMARY_UNAVAILABLE, _CUT, _REPEATS, _UNSUPPORTED: what is wrong with a summary, found without asking a model again.

An answer that is cut off, empty or repeats itself is not taken while another setting is left to try (``Judged.fine``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from documents.meaning.normalise import amounts, dates
from documents.model import Flag

_LONGEST_LOOP = 12
"""Words of a phrase that is looked for right behind itself."""
_NUMBER = re.compile(r"\d+(?:[.,'\u2019:/\-\u2013]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.\-&][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer with what is wrong with it; ``sentences`` have no repetitions left."""

    sentences: tuple[str, ...]
    cut: bool = False
    repeats: bool = False

    @property
    def fine(self) -> bool:
        return bool(self.sentences) and not self.cut and not self.repeats

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Smaller is better: nothing at all is worse than a cut, a cut worse than what merely repeated itself."""
        return (not self.sentences, self.cut, self.repeats)


def judge(sentences: Sequence[str], *, cut: bool) -> Judged:
    """Whether an answer can be taken as it is; of one that was ``cut``, the last sentence goes unless it is whole."""
    if cut and len(sentences) > 1 and not _is_whole(sentences[-1]):
        sentences = sentences[:-1]
    kept: list[str] = []
    seen: set[str] = set()
    repeats = False
    for sentence in sentences:
        single = unlooped(sentence)
        same = " ".join(_words(single))
        repeats = repeats or single != sentence or same in seen
        if same and same not in seen:
            kept.append(single)
        seen.add(same)
    return Judged(tuple(kept), cut, repeats)


def unlooped(sentence: str) -> str:
    """The sentence with a phrase that follows itself three times or more said once; any other as it is."""
    marks = sentence.split()
    words = [re.sub(r"\W", "", mark).casefold() for mark in marks]
    for length in range(1, _LONGEST_LOOP + 1):
        start = 0
        while start + 3 * length <= len(words):
            phrase = words[start : start + length]
            times = 1
            while words[start + times * length : start + (times + 1) * length] == phrase:
                times += 1
            # Three of one short word or number may be meant ("1 1 1", "no no no"); four are not.
            if times >= (4 if length == 1 else 3) and any(phrase):
                del words[start + length : start + times * length]
                del marks[start : start + (times - 1) * length]
            else:
                start += 1
    return " ".join(marks) if len(marks) != len(sentence.split()) else sentence


def flags(judged: Judged) -> list[Flag]:
    """SUMMARY_CUT and SUMMARY_REPEATS of the answer that was taken in the end."""
    raised = []
    if judged.cut:
        raised.append(Flag("SUMMARY_CUT", "The model stopped before the end of its summary under every setting."))
    if judged.repeats:
        raised.append(
            Flag("SUMMARY_REPEATS", "The model repeated itself under every setting; repetitions were taken out.")
        )
    return raised


def left_out(parts: int, of: int) -> Flag:
    """SUMMARY_CUT of a document of more parts than may be asked about."""
    return Flag("SUMMARY_CUT", f"The document is too long: {parts} of its {of} parts were left out.")


def part_left_out(number: int, of: int, stop_reason: str) -> Flag:
    """SUMMARY_CUT of a part of which the model gave nothing usable."""
    return Flag("SUMMARY_CUT", f"Part {number} of {of} was left out: the model gave nothing usable ({stop_reason}).")


def side_by_side(stop_reason: str) -> Flag:
    """SUMMARY_CUT of parts whose summaries could not be made one."""
    return Flag(
        "SUMMARY_CUT",
        f"The summaries of the document's parts stand side by side: the model could not join them ({stop_reason}).",
    )


def unavailable(stop_reason: str, tries: int, *, filtered: bool) -> Flag:
    """SUMMARY_UNAVAILABLE of a document of which the model gave nothing usable, with the provider's own reason."""
    reason = stop_reason if re.fullmatch(r"[\w-]{1,40}", stop_reason) else "no reason given"
    if filtered:
        said = f"A content filter or a guardrail stopped it ({reason}); read the document itself."
    else:
        said = f"The model gave no usable answer under {tries} settings ({reason}); choose another ModelId or settings."
    return Flag("SUMMARY_UNAVAILABLE", f"There is no summary. {said}")


def unavailable_without_text() -> Flag:
    """SUMMARY_UNAVAILABLE of a document without text that the model may see."""
    return Flag("SUMMARY_UNAVAILABLE", "There is no summary. The document has no text that the model may see.")


_MASK = re.compile(r"\{[A-Za-z][\w -]{0,99}\}")
"""What Bedrock's guardrails put in the place of what they mask, ``{EMAIL}``: it says nothing of the document."""


class Evidence:
    """What a document says, indexed for the question whether a summary's numbers and names stand in it."""

    def __init__(self, texts: Sequence[str], pages: int = 0) -> None:
        whole = "\n".join(texts)
        tokens = set(_NUMBER.findall(whole))
        self._numbers = {value for token in tokens for value in _numbers(token) | _parts(token)} | {Decimal(pages)}
        self._dates = dates.readings(whole)
        self._digits = re.sub(r"\D", "", whole)
        self._words = {_folded(part) for word in set(_WORD.findall(whole)) for part in (word, *re.split(r"\W", word))}

    def unsupported(self, sentence: str, language: str) -> list[str]:
        """Numbers and names of a summary's sentence that the document does not hold."""
        return [*self._unknown_numbers(sentence), *self._unknown_names(sentence, language)]

    def _unknown_numbers(self, sentence: str) -> list[str]:
        mentioned = list(dates.mentions(sentence))
        unknown = [min(days) for days in mentioned if not days & self._dates]
        accounted = {piece for days in mentioned for day in days & self._dates for piece in _pieces_of(day)}
        for token in _NUMBER.findall(sentence):
            digits = re.sub(r"\D", "", token)
            known = (digits.lstrip("0") or "0") in accounted or (len(digits) >= 7 and digits in self._digits)
            if not known and not dates.readings(token) and not self._has(token):
                unknown.append(token)
        return unknown

    def _has(self, token: str) -> bool:
        """Whether a number, or each part of a time or a range, stands in the document."""
        return bool(_numbers(token) & self._numbers) or _parts(token) <= self._numbers

    def _unknown_names(self, sentence: str, language: str) -> list[str]:
        unknown: list[str] = []
        run: list[str] = []
        for index, found in enumerate(_WORD.finditer(sentence)):
            word = re.sub(r"['\u2019]s$", "", found[0])
            named = word[0].isupper() and len(word) > 2 and not _is_calendar(word) and index > 0
            if named and not self._holds(word):
                run.append(word)
            else:
                unknown += _taken(run, language)
                run = []
        return unknown + _taken(run, language)

    def _holds(self, word: str) -> bool:
        # Plural and singular, and words joined by a hyphen, are not other names.
        forms = {_folded(word), _folded(word.rstrip("s")), f"{_folded(word)}s"}
        return bool(forms & self._words) or all(_folded(part) in self._words for part in re.split(r"\W", word) if part)


def unsupported(sentences: Sequence[str], evidence: Evidence, language: str) -> list[Flag]:
    """SUMMARY_UNSUPPORTED for each sentence with a number or a name that the document does not hold."""
    raised = []
    for number, sentence in enumerate(sentences, 1):
        unknown = evidence.unsupported(_MASK.sub(" ", sentence), language)
        if unknown:
            what = f"{len(unknown)} number or name" if len(unknown) == 1 else f"{len(unknown)} numbers or names"
            raised.append(
                Flag("SUMMARY_UNSUPPORTED", f"Sentence {number} holds {what} that the document does not hold.")
            )
    return raised


def _taken(run: list[str], language: str) -> list[str]:
    """German writes every noun with a capital; there only two unknown ones in a row are taken for a name."""
    return [] if language == "de" and len(run) < 2 else run


def _numbers(token: str) -> set[Decimal]:
    """Every number that ``1,200`` or ``1.200`` may be."""
    marks: tuple[Literal[".", ","], ...] = (".", ",")
    return {value for mark in marks if (value := amounts.number(token, mark)) is not None}


def _parts(token: str) -> set[Decimal]:
    """The numbers in a time, a range or a date; 0.5 has none but itself."""
    found: set[Decimal] = set()
    for part in re.split(r"[:/\-\u2013]", token):
        found |= _numbers(part) or {Decimal(piece) for piece in re.split(r"\D", part) if piece}
    return found


def _pieces_of(day: str) -> list[str]:
    return [part.lstrip("0") or "0" for part in day.split("-")]


def _is_calendar(word: str) -> bool:
    return word.casefold() in dates.months() or word.casefold() in dates.weekdays()


def _is_whole(sentence: str) -> bool:
    return sentence.rstrip("\"')]”»").endswith((".", "!", "?", "…", "\u3002", "\uff01", "\uff1f"))


def _words(text: str) -> list[str]:
    return [_folded(word) for word in re.findall(r"\w+", text)]


def _folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word).casefold()
    return "".join(mark for mark in apart if not unicodedata.combining(mark))
