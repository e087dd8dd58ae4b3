"""Keys and their values in text that was not recognized as a form: by rule, and rather none than a wrong one.

Three rules, in this order: ``Key: value`` (the value may stand apart, to the right), a key and its value joined by
leader dots or a rule to write on, and two columns of which the left one holds labels. Times, addresses of the web,
sentences and tables of contents are no pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

MOST_KEY_LETTERS: Final = 60
MOST_KEY_WORDS: Final = 8
MOST_COLUMN_WORDS: Final = 5
COLUMN_ROWS: Final = 3
REACH: Final = 3
"""Rows from one of a list to its next; what stands to the left may have rows of its own between them."""
APART: Final = REACH
ALIGNED: Final = 0.012
"""Of the page's width: as far apart may the edges of a column's cells be."""
CONTENTS_ROWS: Final = 3
"""So many leaders to numbers that never fall are a table of contents."""

_COLON = re.compile(r"\s*(?P<key>[^:\uff1a]*[^:\uff1a\s])\s*[:\uff1a](?!//)(?P<value>.*)$", re.DOTALL)
"""A full-width colon too, as Chinese and Japanese forms have it."""
_LEADER = re.compile(r"\s*(?P<key>.*?[^\s._…·])\s*(?:[.·]{4,}+|(?:[.·] ){3,}+[.·]?|…++|_{3,}+)\s*+(?P<value>[^_]*+)$")
MOST_LEADER_LETTERS: Final = 500
"""Of a key, its leader and a value; in longer texts looking for one leader after the other would take long."""
_BLANK = re.compile(r"[\s._…·]*")
_RULE = re.compile(r"_{2,}|\.{4,}|…+")
_NEXT_LABEL = re.compile(r"(?<=[_.…]{3})\s+(?=[^\W_][^:\uff1a_]{0,58}[:\uff1a])")
"""Where a rule to write on ends and another label follows: "Signature: ____ Date: ____"."""
_LABEL = re.compile(r"[^\W_][\w\s.,'\u2019()/&#№%°+-]*", re.UNICODE)
_SMALL = frozenset({
    "a", "an", "and", "at", "by", "de", "del", "der", "des", "di", "die", "du", "e", "el", "et", "for", "from",
    "in", "is", "la", "le", "no", "number", "nr", "of", "on", "or", "per", "the", "to", "und", "von", "y",
})  # fmt: skip
_COLUMN_NAMES = frozenset({
    "amount", "cost", "count", "date", "page", "percent", "price", "qty", "quantity", "rate", "result", "sum", "total",
    "unit", "value", "values", "year",
})  # fmt: skip
"""What the head of a table's second column says, where the values of a list would begin."""
_CHECKED = str.maketrans(
    {"☒": "[X]", "☑": "[X]", "✓": "[X]", "✔": "[X]", "✗": "[X]", "☐": "[ ]", "□": "[ ]", "❑": "[ ]"}
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Text that stands together in a row, and where it begins and ends (shares of the page, or of 100 characters)."""

    text: str
    left: float = 0.0
    right: float = 0.0


Row = Sequence[Cell]
Pair = tuple[str, str]


def find(rows: Iterable[Row]) -> list[Pair]:
    """Pairs in the rows' order, as they stand; a value that is left blank is empty.

    A row without cells is a gap: ``APART`` of them part two lists.
    """
    rows = list(rows)
    found: list[list[Pair]] = [_of_row(row) for row in rows]
    _drop_contents(rows, found)
    for run in _columns(rows, found):
        for number in run:
            found[number] = [(_clean(rows[number][-2].text), _clean(rows[number][-1].text))]
    return [pair for pairs in found for pair in pairs]


def cells_of(line: str) -> list[Cell]:
    """Of a line in a typewriter's layout: two blanks or a tab part two cells."""
    expanded = line.expandtabs(8)
    return [Cell(each.group(), each.start() / 100, each.end() / 100) for each in re.finditer(r"\S+(?: \S+)*", expanded)]


def is_label(text: str) -> bool:
    """Whether a text can be the name of a value: a few words, named like a field, no sentence and no figure."""
    words = text.split()
    if not words or len(text) > MOST_KEY_LETTERS or len(words) > MOST_KEY_WORDS or not _LABEL.fullmatch(text):
        return False
    if not any(letter.isalpha() for letter in text) or re.search(r"[.,]\s+\S+\s+\S+\s", text):
        return False
    plain = [word for word in words[1:] if word[0].isalpha() and word[0].islower() and word.lower() not in _SMALL]
    if words[0][0].islower():
        return len(words) <= 2
    return len(plain) <= 2 + (len(words) <= 4)


def _of_row(row: Row) -> list[Pair]:
    found: list[Pair] = []
    row = [part for cell in row for part in _parted(cell)]
    number = 0
    while number < len(row):
        cell = row[number]
        number += 1
        pair = _of_cell(cell.text)
        if pair is None:
            continue
        key, value = pair
        if not value and number < len(row) and _of_cell(row[number].text) is None:
            value = _clean(row[number].text)
            number += 1
        found.append((key, value))
    return found


def _parted(cell: Cell) -> list[Cell]:
    if not _RULE.search(cell.text):
        return [cell]
    return [replace(cell, text=text) for text in _NEXT_LABEL.split(cell.text)]


def _of_cell(text: str) -> Pair | None:
    match = _COLON.match(text)
    if match and not _is_time(match) and is_label(_clean(match["key"])):
        value = match["value"].strip()
        if not (_reads_on(match["key"], value)):
            return _clean(match["key"]), _clean(value)
    match = _led(text)
    if match and is_label(_clean(match["key"])):
        return _clean(match["key"]), _clean(match["value"])
    return None


def _led(text: str) -> re.Match[str] | None:
    return _LEADER.match(text) if len(text) <= MOST_LEADER_LETTERS else None


def _is_time(match: re.Match[str]) -> bool:
    return bool(re.search(r"\d$", match["key"]) and re.match(r"\d", match["value"]))


def _reads_on(key: str, value: str) -> bool:
    """Whether the colon stands within a sentence: many small words before it, and one more after it."""
    small = sum(word[0].islower() for word in key.split())
    return small >= 2 and len(key.split()) >= 4 and bool(re.match(r"[a-zà-ÿ]", value)) and len(value.split()) > 3


def _clean(text: str) -> str:
    text = text.translate(_CHECKED)
    return "" if _BLANK.fullmatch(text) and not text.strip(" ._…·") else " ".join(_RULE.sub(" ", text).split())


def _drop_contents(rows: Sequence[Row], found: list[list[Pair]]) -> None:
    numbers: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        match = _led(row[0].text) if row else None
        if match and match["value"].strip().isdecimal() and len(found[number]) == 1:
            numbers.append((number, int(match["value"])))
    pages = [page for _, page in numbers]
    if len(pages) >= CONTENTS_ROWS and pages == sorted(pages):
        for number, _ in numbers:
            found[number] = []


def _columns(rows: Sequence[Row], found: Sequence[Sequence[Pair]]) -> Iterator[list[int]]:
    """Rows whose last two cells are a label and a value, both aligned with those of the others."""
    groups: list[list[int]] = []
    for number, row in enumerate(rows):
        if found[number] or not _is_labelled(row):
            continue
        for group in groups:
            if number - group[-1] <= REACH and _aligned(rows[group[-1]], row):
                group.append(number)
                break
        else:
            groups.append([number])
    for group in groups:
        if _is_list(rows, group):
            yield group


def _is_list(rows: Sequence[Row], group: Sequence[int]) -> bool:
    """Long enough, each label once, no head of a table, and no third column in most of its rows."""
    labels = {rows[number][-2].text for number in group}
    headed = not _COLUMN_NAMES.isdisjoint(rows[group[0]][-1].text.casefold().split())
    beside = sum(len(rows[number]) > 2 for number in group)
    return len(group) >= COLUMN_ROWS and len(labels) == len(group) and not headed and beside < 0.7 * len(group)


def _is_labelled(row: Row) -> bool:
    if len(row) < 2:
        return False
    label = row[-2].text
    return len(label.split()) <= MOST_COLUMN_WORDS and label[0].isupper() and is_label(label)


def _aligned(before: Row, after: Row) -> bool:
    """Each of the two columns on its left or its right."""
    return all(
        abs(before[place].left - after[place].left) <= ALIGNED
        or abs(before[place].right - after[place].right) <= ALIGNED
        for place in (-2, -1)
    )
