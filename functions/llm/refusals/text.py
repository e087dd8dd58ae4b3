"""A completion made ready to be looked at: one way of writing, an opening and a rest, sentences and their words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Set
from functools import cached_property
from typing import Final, NamedTuple

OPENING: Final = 330
"""Characters at the start in which nearly every refusal says so; a sentence that starts after them counts as late."""
HEAD: Final = 800
TAIL: Final = 300
"""Of a longer completion, the first HEAD and last TAIL characters are read: time is bounded, late refusals are seen."""

_BEGIN: Final = 700
"""Characters at the start whose words are counted by kind."""


_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^\s.!?][^.!?\n]*[.!?]*(?:[\"')*]+(?=\s|\Z))?|[.!?]+")
_NEXT = re.compile(r"[.!?\n]+[\"')*]*(?:\s|\Z)")
_STRAIGHT: Final = (
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\u02bc", "'"),
    ("\u201c", '"'),
    ("\u201d", '"'),
    ("\u00a0", " "),
    ("\u2014", " - "),
    ("\u2013", "-"),
    ("\u2026", "..."),
)
_RUN_ON: Final = 400
"""Characters after ``OPENING`` in which the sentence that it cuts should end."""
_MARKS: Final = '.,!?;:()"*'


class Sentence(NamedTuple):
    """Its place in the plain text, itself, and the words it has."""

    start: int
    text: str
    words: frozenset[str]


def plain(completion: str) -> str:
    """``completion`` as cues are written: lower case, straight quotes, single spaces, no code, HEAD + TAIL at most."""
    text = completion
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    if "```" in text:
        text = _CODE.sub("\n", text)
    if not text.isascii():
        for curly, straight in _STRAIGHT:
            text = text.replace(curly, straight)
    if _untidy(text):
        text = "\n".join([joined for line in text.splitlines() if (joined := " ".join(line.split()))])
    return text.strip().lower()


def _untidy(text: str) -> bool:
    """Whether a line has space that says nothing. Written out: a loop over five marks takes four times as long."""
    return "  " in text or "\t" in text or "\r" in text or " \n" in text or "\n " in text


def bare(text: str) -> str:
    """``text`` with a space for each mark, so that words can be split off and places stay. (``str.translate`` takes six
    times as long where a text has a single letter beyond ASCII.)"""
    for mark in _MARKS:
        if mark in text:
            text = text.replace(mark, " ")
    return text


def words_of(text: str) -> list[str]:
    """The words of a plain text, without the marks around them; apostrophes and hyphens inside stay."""
    return bare(text).split()


class Parts:
    """A plain text in parts: the sentences of its opening, and the rest: its words in their order, and its sentences,
    when asked for. ``begin``: the words of the opening, or of more, where it is short.

    Words are split off once: it is what reading a text costs most."""

    def __init__(self, text: str) -> None:
        self._text, self._bare = text, bare(text)
        self.end = end = _opening_end(text)
        self.opening = list(split_sentences(text, self._bare, 0, end))
        early = self._bare[end:_BEGIN].split() if end < _BEGIN else []
        self.begin: set[str] = set().union(early, *[each.words for each in self.opening])
        self.rest_words = early if len(text) <= _BEGIN else self._joined(early, max(end, _BEGIN))

    def _joined(self, early: list[str], at: int) -> list[str]:
        """The rest's words: ``early`` and those from ``at`` on; one that the border cuts is whole."""
        after = self._bare[at:].split()
        if early and after and not (self._bare[at - 1].isspace() or self._bare[at].isspace()):
            return [*early[:-1], early[-1] + after[0], *after[1:]]
        return early + after

    def known(self, words: frozenset[str]) -> Set[str]:
        """Which of ``words`` the text has."""
        return (words & self.begin).union(words.intersection(self.rest_words))

    @cached_property
    def rest(self) -> Sentence:
        """The rest as one."""
        return Sentence(self.end, self._text[self.end :], frozenset(self.rest_words))

    @cached_property
    def late(self) -> list[Sentence]:
        return list(split_sentences(self._text, self._bare, self.end))


def _opening_end(text: str) -> int:
    """Where the opening ends: with the first sentence that ends after ``OPENING``, or, where none does, soon after."""
    if len(text) <= OPENING:
        return len(text)
    stop = _NEXT.search(text, OPENING, OPENING + _RUN_ON)
    return stop.end() if stop else min(len(text), OPENING + _RUN_ON)


def split_sentences(text: str, unmarked: str, begin: int = 0, end: int = sys.maxsize) -> Iterator[Sentence]:
    """Sentences and lines of a plain text from ``begin`` to ``end``. ``unmarked`` is ``bare(text)``."""
    for match in _SENTENCE.finditer(text, begin, end):
        start, stop = match.span()
        yield Sentence(start, text[start:stop], frozenset(unmarked[start:stop].split()))
