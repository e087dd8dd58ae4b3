"""Rows of a table: what its head says is no answer, since it says what stands below and nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from knowledge.answers.evidence.words import IDLE, WORD, fold

_BETWEEN: Final = re.compile(r"[,;\t|]")
_MOST_WORDS: Final = 4
"""Of a cell of a head; what is longer is a sentence's part."""


def is_head(text: str, passages: Sequence[str]) -> bool:
    """Whether all that ``text`` says stands in one row of cells without a number, above a row of as many with one."""
    if re.search(r"\d", text):
        return False
    said = _words(text)
    return bool(said) and any(said <= head for passage in passages for head in _heads(passage))


def _heads(passage: str) -> Iterator[frozenset[str]]:
    lines = passage.splitlines()
    for line, below in pairwise(lines):
        cells = _cells(line)
        is_table = len(cells) > 1 and len(_cells(below)) == len(cells) and re.search(r"\d", below)
        if is_table and not re.search(r"\d", line) and all(0 < len(cell.split()) <= _MOST_WORDS for cell in cells):
            yield _words(line)


def _cells(line: str) -> list[str]:
    return _BETWEEN.split(line.strip().strip("|"))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in WORD.findall(text)) - IDLE
