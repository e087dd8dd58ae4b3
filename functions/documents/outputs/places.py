"""Where words, forms and cells stand in a file with text of its own, by a search in its lines.

A file's own text has no marks for keys and values: they are found again by their text, a value behind its key, a row of
a table cell by cell. What is not found has no place; ``kept`` counts it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from documents.model import CellPlace, Extraction, Form, FormPlaces, LaidLine, Layout, Place, Table, Word
from documents.reading.reading_order import box_around

NEAR: Final = 200
"""Letters between a key and its value, or between two cells of a table."""
MOST_LOOKS: Final = 100
"""Places of one text that are looked at: a key of one letter may stand anywhere."""

Span = tuple[int, int]


def word_spans(line: LaidLine) -> list[tuple[int, int, Word]] | None:
    """Words with their places in the line's text; None unless they and blanks are all that it holds."""
    spans, place = [], 0
    for word in line.words:
        start = line.text.find(word.text, place)
        if start < 0 or line.text[place:start].strip():
            return None
        place = start + len(word.text)
        spans.append((start, place, word))
    return spans if spans and not line.text[place:].strip() else None


def searched(extraction: Extraction, lines: Sequence[LaidLine]) -> Layout:
    """The layout of a file with text of its own. ``lines`` are those of the extraction, in its order and number."""
    pages: dict[int, _PageText] = {}
    numbered = enumerate(lines)
    for page, of_page in groupby(numbered, key=lambda each: each[1].page):
        pages[page] = _PageText(list(of_page))
    nowhere = _PageText([])
    forms = tuple(pages.get(form.page, nowhere).form(form) for form in extraction.forms)
    tables = tuple(pages.get(table.page, nowhere).table(table) for table in extraction.tables)
    return Layout(tuple(lines), forms, tables, tuple(None for _ in extraction.queries))


class _PageText:
    """The lines of one page as one text with single blanks, in which places are found again."""

    def __init__(self, lines: list[tuple[int, LaidLine]]) -> None:
        self._lines = dict(lines)
        self._starts: list[int] = []
        self._marks: list[tuple[int, int]] = []
        tokens, length = [], 0
        for number, line in lines:
            for found in re.finditer(r"\S+", line.text):
                self._starts.append(length)
                self._marks.append((number, found.start()))
                tokens.append(found.group())
                length += len(found.group()) + 1
        self._text = " ".join(tokens)
        self._keys: set[int] = set()
        self._below = 0

    def form(self, form: Form) -> FormPlaces:
        """Of the keys that no other form has, the one that the value stands closest behind; else just the first."""
        keys = [key for key in self._occurrences(form.key) if key[0] not in self._keys]
        found = [(key, value) for key in keys if (value := self._behind(form.value, key)) is not None]
        if not found:
            return FormPlaces(self._places(keys[0] if keys else None))
        key, value = min(found, key=lambda pair: pair[1][0] - pair[0][1])
        self._keys.add(key[0])
        return FormPlaces(self._places(key), self._places(value if form.value.strip() else None))

    def table(self, table: Table) -> tuple[CellPlace, ...]:
        """Tables come in the page's order; rows that are not found one cell after the other have no places."""
        found: list[CellPlace] = []
        at = self._below
        for number, row in enumerate(table.rows, 1):
            spans = self._row(row, at, self._below if found else len(self._text))
            if spans is None:
                continue
            for column, span in spans:
                found += [CellPlace(number, column, 1, 1, place) for place in self._places(span)]
                at = max(at, span[1])
            self._below = at + NEAR
        self._below = at
        return tuple(found)

    def _row(self, row: Sequence[str], at: int, until: int) -> list[tuple[int, Span]] | None:
        texts = [(column, " ".join(text.split())) for column, text in enumerate(row, 1) if text.strip()]
        if not texts:
            return []
        found = [self._cells(texts, first) for first in self._occurrences(texts[0][1], at, until)]
        return min(filter(None, found), key=lambda cells: cells[-1][1][1] - cells[0][1][0], default=None)

    def _cells(self, texts: list[tuple[int, str]], first: Span) -> list[tuple[int, Span]] | None:
        """A row that begins there, if each cell stands near behind the one before it."""
        found = [(texts[0][0], first)]
        for column, text in texts[1:]:
            before = found[-1][1]
            span = self._behind(text, before)
            if span is None and self._text[slice(*before)] == text:
                span = before  # a merged cell repeats its text, which stands there once
            if span is None:
                return None
            found.append((column, span))
        return found

    def _behind(self, text: str, span: Span) -> Span | None:
        """The text near behind another one; nothing stands right behind it."""
        if not text.strip():
            return (span[1], span[1])
        return next(self._occurrences(text, span[1], span[1] + NEAR), None)

    def _occurrences(self, text: str, at: int = 0, until: int | None = None) -> Iterator[Span]:
        """Whole words only; one that begins in ``at`` to ``until``."""
        wanted = " ".join(text.split())
        end = len(self._text) if until is None else until
        for _ in range(MOST_LOOKS if wanted else 0):
            at = self._text.find(wanted, at, end + len(wanted))
            if at < 0:
                return
            span = (at, at + len(wanted))
            if not (self._joins(span[0]) or self._joins(span[1])):
                yield span
            at += 1

    def _joins(self, at: int) -> bool:
        """Whether a word goes on from before ``at`` to behind it."""
        return 0 < at < len(self._text) and self._text[at - 1].isalnum() and self._text[at].isalnum()

    def _places(self, span: Span | None) -> tuple[Place, ...]:
        if span is None:
            return ()
        first, last = (bisect_right(self._starts, place) - 1 for place in (span[0], span[1] - 1))
        parts = groupby(range(first, last + 1), key=lambda mark: self._marks[mark][0])
        return tuple(self._place(number, list(marks), span) for number, marks in parts)

    def _place(self, number: int, marks: list[int], span: Span) -> Place:
        line = self._lines[number]
        begins, ends = self._starts[marks[0]], self._starts[marks[-1]]
        start = self._marks[marks[0]][1] + max(span[0] - begins, 0)
        whole = re.compile(r"\S+").match(line.text, self._marks[marks[-1]][1])
        end = min(self._marks[marks[-1]][1] + span[1] - ends, whole.end() if whole else len(line.text))
        words = word_spans(line) if line.words else None
        box = box_around([word.box for since, to, word in words or () if since < end and start < to])
        return Place(line.page, box, number, start, end)
