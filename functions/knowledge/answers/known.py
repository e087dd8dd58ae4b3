"""Whether the passages that were found are about what is asked at all, before a model is asked; and afterwards whether
what an answer cites is about the year and the numbers of the question.

Every proper name, number, date and code of the question has to stand in one of them, or in the turns before it. A
question that names nothing has to share a part of its words with one passage. A model that is shown something near
answers something near: this is what refuses a question about things that are not there. A question in another language
than its passages shares no words with them, and is asked only where it names something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from knowledge.answers.evidence.nearest import Said, nearest, sentences
from knowledge.answers.evidence.texts import Texts, names
from knowledge.answers.support import language_of
from knowledge.model import Hit

LEAST_SHARE: Final = 1 / 3
"""Of the words of a question that names nothing, that have to stand in one passage, in some form."""
_HOW_MANY = re.compile(
    r"\b(?:top|first|last|next|name|list|give|me|least|most|all|these|those|in)\s+\d{1,2}(?=\s+[^\W\d_])"
    r"(?!\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))",
    re.IGNORECASE,
)
"""``the top 5 risks``: how many are wanted, which no passage says."""

_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?!\d|[.,]\d)")
_BORDERS = re.compile(
    r"\b(?:before|after|since|until|till|between|over|under|above|below|(?:more|less|later|earlier|fewer) than|at least"
    r"|at most|vor|nach|seit|bis|zwischen|ab|from(?=.{1,24}\bto\b)|von(?=.{1,24}\bbis\b))\s+(?:[^\W\d_]+\.?\s+){0,2}"
    r"\d[\w.,/-]*(?:\s+[^\W\d_]+\s+\d{4})?"
    r"(?:\s*(?:and|to|und|bis|-|\u2013)\s*(?:[^\W\d_]+\.?\s+)?\d[\w.,/-]*(?:\s+[^\W\d_]+\s+\d{4})?)?",
    re.IGNORECASE,
)


def missing(question: str, hits: Sequence[Hit], turns: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Names and numbers of the question that stand nowhere, as the question writes them; of one that names nothing the
    words that are nowhere, where they are too many. Empty: the model may be asked.

    ``turns``: ``{question, answer}`` of the session.
    """
    said = [str(turn.get(name) or "") for turn in turns for name in ("question", "answer")]
    asked = _HOW_MANY.sub(" ", question)
    language = language_of(hits)
    everywhere = Texts([*(hit.text for hit in hits), *said], language)
    lacking = [each for each in everywhere.lacks(asked, first=False) if not _is_a_number_word(each)]
    if lacking or names(asked, language).certain or re.search(r"\d", asked):
        return lacking
    wanted = Texts(said).far(asked)
    if not wanted:
        return []
    best = max((len(wanted) - len(Texts([hit.text]).far(" ".join(wanted))) for hit in hits), default=0)
    return [] if best >= LEAST_SHARE * len(wanted) else everywhere.far(asked) or wanted


def not_cited(question: str, passages: Sequence[str], language: str = "") -> list[str]:
    """Numbers and dates of the question that stand in none of the passages that an answer cites: it is about another
    year, or another amount. Borders ("after 2019") need not stand there."""
    lacking = Texts(passages, language).lacks_of_numbers(_exact(question))
    return [each for each in lacking if not _is_a_number_word(each)]


def of_another_year(question: str, text: str, passages: Sequence[str]) -> bool:
    """Whether the question asks for a year, and what is nearest to ``text`` in the passages names others alone."""
    asked = set(_YEAR.findall(_exact(question)))
    if not asked:
        return False
    near = [set(_YEAR.findall(each.text)) for each in nearest(Said(text), sentences(passages))]
    return bool(near) and all(years and not years & asked for years in near)


def _exact(question: str) -> str:
    """Without numbers that only bound what is wanted, or say how many are."""
    return _BORDERS.sub(" ", _HOW_MANY.sub(" ", question))


def of_the_question(said: str, question: str) -> bool:
    """Whether ``said`` has no word that means something but those of the question: then it tells nothing of a
    document."""
    return not Texts([question]).far(said) and not Texts([question]).lacks(said)


def _is_a_number_word(text: str) -> bool:
    from knowledge.answers.evidence.numbers import IN_WORDS

    return text in IN_WORDS
