"""Texts cut for services that count bytes of UTF-8 or characters: never within a character, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

MOST_BYTES_PER_CHARACTER = 4
_SENTENCE_ENDS = (". ", "! ", "? ", "\n", " ")
_LOOK_BACK = 200
"""Characters in which a blank is looked for, where a line has to be cut."""

Head = Callable[[str, int], str]
"""The longest beginning of a text within a limit."""


def clean(text: str) -> str:
    """The text with halves of surrogate pairs, which are no characters and have no UTF-8, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def head_by_bytes(text: str, most: int) -> str:
    """The longest beginning of ``text`` with at most ``most`` bytes."""
    # No character has less than one byte, so no beginning has more characters than bytes.
    data = text[:most].encode("utf-8")
    return text[:most] if len(data) <= most else data[:most].decode("utf-8", "ignore")


def head_by_characters(text: str, most: int) -> str:
    return text[:most]


def pieces(text: str, most: int, end: Callable[[str], int], head: Head = head_by_bytes) -> Iterator[str]:
    """Pieces of at most ``most`` that joined give the text. ``end`` chooses where a piece that is not the last ends.

    Raises ValueError for a limit that some characters do not fit.
    """
    if most < MOST_BYTES_PER_CHARACTER:
        raise ValueError(f"{most} bytes have no room for every character; use {MOST_BYTES_PER_CHARACTER} or more")
    start = 0
    while start < len(text):
        piece = head(text[start : start + most], most)
        if start + len(piece) < len(text):
            piece = piece[: end(piece)]
        yield piece
        start += len(piece)


def after_sentence(piece: str) -> int:
    """The end of the last sentence, or word, in the second half: half a sentence says something else than the whole."""
    for mark in _SENTENCE_ENDS:
        at = piece.rfind(mark)
        if at + len(mark) > len(piece) // 2:
            return at + len(mark)
    return len(piece)


def after_blank(piece: str) -> int:
    """The end of the last word, if it lies near."""
    blank = piece.rfind(" ", max(1, len(piece) - _LOOK_BACK))
    return blank + 1 if blank > 0 else len(piece)
