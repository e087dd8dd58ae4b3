"""Documents that have text of their own, read without recognition: forms by rule, ``source`` "text", no confidences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import EmptyDocument
from documents.files import media_types
from documents.model import Box, Extraction, Flag, Form, LaidLine, Line, Signature, Table
from documents.reading import captions, key_values, reading_order, text_tables

if TYPE_CHECKING:
    from documents.reading import laid_lines, pdf_text

Row = Sequence[reading_order.Segment]

WIDE_GAP: Final = 3.0
"""Between two rows of a page, in heights of the lower one."""


def extract(path: Path, media_type: str, keep: laid_lines.Keep | None = None) -> Extraction:
    """``media_type``: one of ``documents.files.media_types``, no image. ``keep``: takes what ``layout`` would give.

    Raises EmptyDocument where there is no text at all, and what the kind's reader raises for a file that it cannot
    open. Pages of a PDF; what other kinds count as one says ``documents.reading.written``.
    """
    if media_type == media_types.PDF:
        found = _extract_pdf(path, keep)
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


def _extract_pdf(path: Path, keep: laid_lines.Keep | None) -> Extraction:
    from documents.reading import pdf_text

    lines: list[Line] = []
    forms: list[Form] = []
    tables: list[Table] = []
    signatures: list[Signature] = []
    flags: list[Flag] = []
    unchecked: list[int] = []
    number = 0
    for number, page in enumerate(pdf_text.pages(path), 1):
        if keep:
            for line in page.lines:
                keep(line)
        lines += (
            Line(each.page, each.text, None, reading_order.box_around([word.box for word in each.words]))
            for each in page.lines
        )
        forms += page.fields
        for part in page.parts:
            pairs, grids = _of_part(part)
            forms += _not_among(page.fields, _forms(pairs, number))
            tables += (Table(number, grid) for grid in grids)
        signatures += page.signatures
        flags += page.flags
        unchecked += [] if page.checked else [number]
    return Extraction(
        number, tuple(lines), tuple(forms), tuple(tables), (), tuple(signatures), tuple(flags), tuple(unchecked)
    )


def _of_part(part: pdf_text.Part) -> tuple[list[key_values.Pair], list[text_tables.Grid]]:
    """Pairs and tables. A drawn table most of whose cells hold a label over its value is a form, and no table."""
    labelled = [(table, captions.in_cells(table)) for table in part.tables]
    forms = [table.box for table, pairs in labelled if 2 * len(pairs) >= len(table.cells)]
    rows = _without_boxes(part.rows, forms)
    pairs = captions.filled(key_values.find(_cells(rows)), rows)
    drawn = [table for table in part.tables if table.box not in forms]
    left = _without_pairs(_without_boxes(rows, [table.box for table in drawn]), pairs)
    pairs += [pair for table, found in labelled if table.box in forms for pair in found]
    return pairs, [*(table.grid for table in drawn), *text_tables.find(left)]


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


def _without_boxes(rows: Sequence[Row], boxes: Sequence[Box]) -> list[Row]:
    """What stands in a drawn table is no part of anything else."""
    if not boxes:
        return list(rows)
    left = [[each for each in row if not any(_is_within(each, box) for box in boxes)] for row in rows]
    return [row for row in left if row]


def _is_within(segment: reading_order.Segment, box: Box) -> bool:
    around = reading_order.box_around([word.box for word in segment.words])
    if around is None:
        return False
    x, y = around.left + around.width / 2, around.top + around.height / 2
    return box.left <= x <= box.left + box.width and box.top <= y <= box.top + box.height


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
