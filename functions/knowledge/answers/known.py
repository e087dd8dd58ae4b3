"""Whether the passages that were found are about what is asked at all, before a model is asked.

Every proper name, number, date and code of the question has to stand in one of them, or in the turns before it. A
question that names nothing has to share a part of its words with one passage. A model that is shown something near
answers something near: this is what refuses a question about things that are not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

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


def of_the_question(said: str, question: str) -> bool:
    """Whether ``said`` has no word that means something but those of the question: then it tells nothing of a
    document."""
    return not Texts([question]).far(said) and not Texts([question]).lacks(said)


def _is_a_number_word(text: str) -> bool:
    from knowledge.answers.evidence.numbers import IN_WORDS

    return text in IN_WORDS
