"""Pages in passages: each within one page, of LEAST_PASSAGE to MOST_PASSAGE characters, the last of a page shorter.

A line up to ``MOST_LINE`` characters is in one passage, whole. A longer one (a paragraph in one line) is cut at the
ends of its sentences, else between words, else anywhere: languages without spaces have no words to cut at. Between two
passages nothing is lost and nothing stands twice, but for spaces and signs that nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from common.content.text_cuts import clean, head_by_characters, pieces
from knowledge.model import LEAST_PASSAGE, MOST_PASSAGE, Passage
from knowledge.passages import headings, references

MOST_LINE: Final = MOST_PASSAGE - LEAST_PASSAGE
"""Characters of a piece that is never cut: then, wherever a passage begins, some piece ends where it may end."""

_AFTER_HEADING, _WITHIN_WORD, _BETWEEN_WORDS, _LINE_END, _SENTENCE_END = 80.0, 40.0, 20.0, 8.0, 4.0
"""What speaks against an end that is not both a sentence's and a line's."""
_BEFORE_HEADING: Final = -12.0
_SHORT_REST: Final = 30.0
"""Of a page whose last passage would be next to nothing; less where it is longer."""

_SENTENCES: Final = re.compile(r"(?<=[.!?\u2026\u0964\u06d4\u061f] )|(?<=[\u3002\uff01\uff1f])")
_UNSEEN: Final = {
    **dict.fromkeys((*range(32), *range(127, 160)), " "),
    **dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF), ""),
}
"""Control characters; soft hyphens, marks of bytes and spaces without width."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """``text`` with what stands before it, if anything does (``glue``); ``cost`` of an end behind it."""

    line: int
    text: str
    glue: str
    cost: float


def cut(pages: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Passage]:
    """``pages``: numbers and lines, in order, all of the document, so that lines are counted as text/<key> does.

    A page of nothing but spaces has no passage.
    """
    n = first = 0
    for page, lines in pages:
        for text, begin, end in _passages(list(_pieces(lines))):
            yield Passage(page, n, text, first + begin, first + end, references.of(text))
            n += 1
        first += len(lines)


def _passages(parts: Sequence[_Piece]) -> Iterator[tuple[str, int, int]]:
    """Text, first and last line of each passage of a page."""
    sizes = [0, *accumulate(len(piece.glue) + len(piece.text) for piece in parts)]
    start = 0
    while start < len(parts):
        end = _end(parts, sizes, start)
        taken = parts[start:end]
        text = taken[0].text + "".join(piece.glue + piece.text for piece in taken[1:])
        yield text, taken[0].line, taken[-1].line
        start = end


def _end(parts: Sequence[_Piece], sizes: Sequence[int], start: int) -> int:
    """Behind which piece the passage that begins at ``start`` ends best."""
    begin = sizes[start] + len(parts[start].glue)
    if sizes[-1] - begin <= MOST_PASSAGE:
        return len(parts)
    best, least = start + 1, float("inf")
    for end in range(start + 1, len(parts)):
        if sizes[end] - begin > MOST_PASSAGE:
            break
        if sizes[end] - begin < LEAST_PASSAGE:
            continue
        rest = sizes[-1] - sizes[end]
        short = _SHORT_REST * (1 - rest / LEAST_PASSAGE) if rest < LEAST_PASSAGE else 0.0
        cost = parts[end - 1].cost + short
        if cost <= least:
            best, least = end, cost
    return best


def _pieces(lines: Sequence[str]) -> Iterator[_Piece]:
    """The lines of a page that say something, long ones in pieces."""
    said = [(number, text) for number, line in enumerate(lines) if (text := plain(line))]
    befores = [None, *(text for _, text in said)]
    heads = [headings.is_heading(text, before) for (_, text), before in zip(said, befores, strict=False)]
    for place, (number, text) in enumerate(said):
        last = _AFTER_HEADING if heads[place] else 0.0 if headings.ends_sentence(text) else _LINE_END
        if not heads[place] and place + 1 < len(said) and heads[place + 1]:
            last += _BEFORE_HEADING
        glue, parts = "\n", list(_parts(text))
        for part in parts[:-1]:
            whole = part.rstrip()
            yield _Piece(number, whole, glue, _cost_within(part))
            glue = part[len(whole) :]
        yield _Piece(number, parts[-1], glue, last)


def plain(line: str) -> str:
    """A line with one space where it has several, and without signs that nobody sees."""
    if not (line.isascii() and line.isprintable()):
        line = clean(line).translate(_UNSEEN)
    return " ".join(line.split())


def _parts(text: str) -> Iterator[str]:
    """A line in parts of at most MOST_LINE characters, each with the space behind it, that joined give the line."""
    if len(text) <= MOST_LINE:
        yield text
        return
    for sentence in re.split(_SENTENCES, text):
        yield from pieces(sentence, MOST_LINE, _after_word, head_by_characters)


def _after_word(piece: str) -> int:
    """Behind the last space of a piece, if it has one."""
    blank = piece.rfind(" ")
    return blank + 1 if blank > 0 else len(piece)


def _cost_within(part: str) -> float:
    """Of an end behind a part that is not the whole of its line."""
    if headings.ends_sentence(part.rstrip()):
        return _SENTENCE_END
    return _BETWEEN_WORDS if part.endswith(" ") else _WITHIN_WORD
