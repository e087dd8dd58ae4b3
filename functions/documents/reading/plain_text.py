"""Plain text as lines and pairs; a form feed begins a page, as printers have it."""

from __future__ import annotations

import re
from typing import Final

from documents.model import MOST_PAGES, Extraction, Form, Line
from documents.reading import key_values

MOST_LINE_LETTERS: Final = 20_000
"""A text without line ends is broken at blanks into lines of so many letters."""


def pages_of(text: str) -> list[str]:
    """A form feed behind the last line begins no page; what follows the last page that is counted stays on it."""
    return text.removesuffix("\n").removesuffix("\f").split("\f", MOST_PAGES - 1)


def read(text: str) -> Extraction:
    lines: list[Line] = []
    forms: list[Form] = []
    pages = pages_of(text)
    for number, page in enumerate(pages, 1):
        wholes = page.replace("\f", "\n").split("\n")
        lines += (Line(number, line.strip()) for whole in wholes for line in broken(whole) if line.strip())
        cells = [key_values.cells_of(whole) for whole in wholes if len(whole) <= MOST_LINE_LETTERS]
        forms += (Form(number, key, value, source="text") for key, value in key_values.find(cells))
    return Extraction(len(pages), tuple(lines), tuple(forms))


def broken(line: str) -> list[str]:
    """A line in pieces of at most MOST_LINE_LETTERS."""
    if len(line) <= MOST_LINE_LETTERS:
        return [line]
    return re.findall(rf".{{1,{MOST_LINE_LETTERS}}}(?:\s|$)|.{{{MOST_LINE_LETTERS}}}", line)
