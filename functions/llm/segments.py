"""Texts cut for services that count bytes of UTF-8: never within a character, and nothing lost.

Comprehend's kilobyte is 1,000 bytes ("Max length of request text allowed is 5000 bytes", its own message for 5 KB).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

SEGMENT_BYTES = 1_000
REQUEST_BYTES = 10_000
REQUEST_SEGMENTS = 10
"""DetectToxicContent: 10 segments of 1 KB, 10 KB together (service model comprehend/2017-11-27)."""

DOCUMENT_BYTES = 5_000
"""DetectSentiment and the batch operations."""

MOST_BYTES_A_CHARACTER = 4
_ENDS = (". ", "! ", "? ", "\n", " ")

T = TypeVar("T")


def clean(text: str) -> str:
    """The text with halves of surrogate pairs, which are no characters and have no UTF-8, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def head(text: str, most: int) -> str:
    """The longest beginning of ``text`` with at most ``most`` bytes."""
    data = text.encode("utf-8")
    return text if len(data) <= most else data[:most].decode("utf-8", "ignore")


def cut(text: str, most: int = SEGMENT_BYTES) -> Iterator[str]:
    """Pieces of at most ``most`` bytes (4 at least) that joined give the text; after a sentence, or a word, if one ends
    in the piece's second half: half a sentence says something else than the whole."""
    if most < MOST_BYTES_A_CHARACTER:
        raise ValueError(f"{most} bytes do not hold every character; use {MOST_BYTES_A_CHARACTER} or more")
    start = 0
    while start < len(text):
        # No character has less than a byte, so no piece has more characters than bytes.
        piece = head(text[start : start + most], most)
        if start + len(piece) < len(text):
            piece = piece[: _end(piece)]
        yield piece
        start += len(piece)


def _end(piece: str) -> int:
    for mark in _ENDS:
        at = piece.rfind(mark)
        if at + len(mark) > len(piece) // 2:
            return at + len(mark)
    return len(piece)


def requests(
    pieces: Sequence[T], sizes: Sequence[int], most: int = REQUEST_SEGMENTS, most_bytes: int = REQUEST_BYTES
) -> Iterator[Sequence[T]]:
    """Pieces in their order, in groups of at most ``most`` and ``most_bytes`` bytes; ``sizes`` are their bytes."""
    start = 0
    total = 0
    for index, size in enumerate(sizes):
        if index > start and (index - start == most or total + size > most_bytes):
            yield pieces[start:index]
            start, total = index, 0
        total += size
    if start < len(pieces):
        yield pieces[start:]
