"""Queries answered by the nearest key of the page: no understanding, only words in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.services.textract.page.model import Content, Mark, Sheet, Word, text_of
from local.services.textract.page.wording import listed

# What a question asks for, where the key says it in another word.
_SAME = {
    "birthday": "birth",
    "born": "birth",
    "cell": "phone",
    "mobile": "phone",
    "tel": "phone",
    "telephone": "phone",
    "num": "number",
    "no": "number",
    "mail": "email",
    "amt": "amount",
    "addr": "address",
    "dob": "birth",
}
_ASKED = {"who": "name", "when": "date", "where": "address"}
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Query:
    """One question, and the pages it is asked of; none given means the first."""

    text: str
    alias: str | None = None
    pages: tuple[str, ...] = ("1",)

    def asks(self, page: int) -> bool:
        """Whether ``page`` is meant: ``*``, ``3``, or a range such as ``2-4`` or ``2-*``."""
        return any(_within(part, page) for part in self.pages)


def _within(part: str, page: int) -> bool:
    first, dash, last = part.partition("-")
    low = 1 if first == "*" else int(first or 0)
    if first == "*" and not dash:
        return True
    if not dash:
        return page == low
    return low <= page and (last == "*" or page <= int(last or 0))


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the answer stands, with a confidence of 0 to 100."""

    content: tuple[Content, ...]
    confidence: float


def answer(question: str, sheet: Sheet) -> Answer | None:
    """The value of the key that shares most words with ``question``; None where no key shares half."""
    wanted = _stems(question)
    best: tuple[float, Answer] | None = None
    for key, value in _candidates(sheet):
        words = tuple(item for item in value if isinstance(item, Word))
        if not words:
            continue
        score = _overlap(wanted, _stems(key, question=False))
        if score >= _LEAST and (best is None or score > best[0]):
            best = score, Answer(words, 60.0 + 35.0 * score)
    return best[1] if best else None


def _candidates(sheet: Sheet) -> list[tuple[str, Sequence[Content]]]:
    found: list[tuple[str, Sequence[Content]]] = []
    for pair in sheet.pairs:
        if not any(isinstance(item, Mark) for item in pair.value):
            found.append((pair.key_text, pair.value))
    for table in sheet.tables:
        if table.columns == 2:
            rows = [table.row(number) for number in range(1, table.rows + 1)]
            found += [(text_of(key.content), value.content) for key, value in rows]
    return found


def _stems(text: str, question: bool = True) -> frozenset[str]:
    words = re.findall(r"[a-z]+|\d+", text.lower().replace("e-mail", "email"))
    found = {_stem(word) for word in words if word not in listed("idle")}
    if question:
        found |= {_ASKED[word] for word in words[:1] if word in _ASKED}
    return frozenset(found)


def _stem(word: str) -> str:
    same = _SAME.get(word, word)
    return same[:-1] if len(same) > 3 and same.endswith("s") and not same.endswith("ss") else same


def _overlap(question: frozenset[str], key: frozenset[str]) -> float:
    """Twice what both share over what both have, 0 to 1 (Dice's coefficient)."""
    return 2 * len(question & key) / (len(question) + len(key)) if question and key else 0.0
