"""Documents that have text of their own, read without recognition: forms by rule, ``source`` "text", no confidences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from documents.errors import EmptyDocument
from documents.files import media_types
from documents.model import Extraction, Flag, Form, LaidLine, Line, Signature, Table
from documents.reading import key_values, reading_order, text_tables

Row = Sequence[reading_order.Segment]

WIDE_GAP: Final = 3.0
"""Between two rows of a page, in heights of the lower one."""


def extract(path: Path, media_type: str) -> Extraction:
    """``media_type``: one of ``documents.files.media_types``, no image.

    Raises EmptyDocument where there is no text at all, and what the kind's reader raises for a file that it cannot
    open. Pages of a PDF; what other kinds count as one says ``documents.reading.written``.
    """
    if media_type == media_types.PDF:
        found = _extract_pdf(path)
    else:
        from documents.reading import written

        found = written.extract(path, media_type)
    if not (found.lines or found.forms or found.tables):
        hidden = " that shows" if any(flag.code == "TEXT_HIDDEN" for flag in found.flags) else ""
        raise EmptyDocument(f"The document holds no text{hidden}; upload it again, as an image if it shows any.")
    return found


def layout(path: Path, media_type: str, unchecked: Collection[int] = ()) -> Iterator[LaidLine]:
    """The lines of ``extract`` in the same order and number, with their words' places. Of a PDF only.

    ``unchecked``: what ``extract`` says of it, else other words could be hidden this time.
    """
    if media_type != media_types.PDF:
        raise ValueError(f"{media_type} has no places.")
    from documents.reading import pdf_text

    for page in pdf_text.pages(path, unchecked):
        yield from page.lines


def _extract_pdf(path: Path) -> Extraction:
    from documents.reading import pdf_text

    lines: list[Line] = []
    forms: list[Form] = []
    tables: list[Table] = []
    signatures: list[Signature] = []
    flags: list[Flag] = []
    unchecked: list[int] = []
    number = 0
    for number, page in enumerate(pdf_text.pages(path), 1):
        lines += (
            Line(each.page, each.text, None, reading_order.box_around([word.box for word in each.words]))
            for each in page.lines
        )
        pairs = key_values.find(_cells(page.rows))
        forms += [*page.fields, *_not_among(page.fields, _forms(pairs, number))]
        tables += (Table(number, grid) for grid in text_tables.find(_without_pairs(page.rows, pairs)))
        signatures += page.signatures
        flags += page.flags
        unchecked += [] if page.checked else [number]
    return Extraction(
        number, tuple(lines), tuple(forms), tuple(tables), (), tuple(signatures), tuple(flags), tuple(unchecked)
    )


def _cells(rows: Sequence[Row]) -> Iterator[list[key_values.Cell]]:
    """A wide gap down the page parts what stands above it from what stands below."""
    end = 0.0
    for row in rows:
        box = reading_order.box_around([word.box for segment in row for word in segment.words])
        if box is not None:
            if box.top - end > WIDE_GAP * box.height:
                yield from ([] for _ in range(key_values.APART))
            end = box.top + box.height
        yield [key_values.Cell(segment.text, segment.left, segment.right) for segment in row]


def _without_pairs(rows: Sequence[Row], found: list[key_values.Pair]) -> list[Row]:
    """What is a key and its value at a row's end is no part of a table."""
    known = set(found)
    left = [row[:-2] if len(row) > 1 and (row[-2].text, row[-1].text) in known else row for row in rows]
    return [row for row in left if row]


def _not_among(fields: tuple[Form, ...], found: list[Form]) -> list[Form]:
    """Pairs that are not a field's label and value over again: a form's labels have the field's value beside them."""
    if not fields:
        return found
    values = {" ".join(each.value.split()).casefold() for each in fields} | {""}
    keys = {each.key.casefold() for each in fields}
    return [each for each in found if each.value.casefold() not in values and each.key.casefold() not in keys]


def _forms(found: list[key_values.Pair], page: int) -> list[Form]:
    return [Form(page, key, value, source="text") for key, value in found]
