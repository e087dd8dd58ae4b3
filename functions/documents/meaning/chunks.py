"""Long texts in pieces that a service takes, each piece knowing where its characters come from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from common.content import text_cuts

_Size = Callable[[str], int]
"""How long a text is, in the unit of a limit."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``length`` characters of a line from ``start`` on; they stand at ``at`` in their chunk."""

    line: int
    start: int
    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines, or parts of one that is too long, with a line feed between them."""

    text: str
    pieces: tuple[Piece, ...]

    def places(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Line, start and end of what lies between two offsets of the chunk: one place per line that it touches."""
        first = max(0, bisect_right(self.pieces, begin, key=lambda piece: piece.at) - 1)
        for piece in self.pieces[first:]:
            if piece.at >= end:
                return
            start, stop = max(begin, piece.at), min(end, piece.at + piece.length)
            if start < stop:
                yield piece.line, piece.start + start - piece.at, piece.start + stop - piece.at


def by_bytes(lines: Sequence[str], most: int) -> Iterator[Chunk]:
    """Chunks of at most ``most`` bytes in UTF-8, cut between lines; a longer line is cut at a blank or a character.

    Empty lines are left out. Halves of surrogate pairs, which cannot be sent, become question marks: offsets stay.
    """
    return _chunks(lines, most, lambda text: len(text.encode()), text_cuts.head_by_bytes)


def by_characters(lines: Sequence[str], most: int) -> Iterator[Chunk]:
    """As ``by_bytes``, of at most ``most`` characters."""
    return _chunks(lines, most, len, text_cuts.head_by_characters)


def _chunks(lines: Sequence[str], most: int, size: _Size, head: text_cuts.Head) -> Iterator[Chunk]:
    texts: list[str] = []
    pieces: list[Piece] = []
    used = at = 0
    for number, line in enumerate(lines):
        for start, part in _parts(text_cuts.clean(line), most, head):
            needed = size(part)
            if pieces and used + 1 + needed > most:
                yield Chunk("\n".join(texts), tuple(pieces))
                texts, pieces, used, at = [], [], 0, 0
            if pieces:
                used, at = used + 1, at + 1
            texts.append(part)
            pieces.append(Piece(number, start, at, len(part)))
            used, at = used + needed, at + len(part)
    if pieces:
        yield Chunk("\n".join(texts), tuple(pieces))


def _parts(line: str, most: int, head: text_cuts.Head) -> Iterator[tuple[int, str]]:
    start = 0
    for part in text_cuts.pieces(line, most, text_cuts.after_blank, head):
        if part.strip():
            yield start, part
        start += len(part)
