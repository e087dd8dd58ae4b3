"""Documents that have text of their own, read without recognition: forms by rule, ``source`` "text", no confidences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents.errors import BrokenDocument, EmptyDocument
from documents.files import media_types
from documents.model import Box, Extraction, Flag, Form, LaidLine, Line, Signature, Table
from documents.reading import captions, key_values, reading_order, text_tables

if TYPE_CHECKING:
    from documents.reading import pdf_text

Row = Sequence[reading_order.Segment]

WIDE_GAP: Final = 3.0
"""Between two rows of a page, in heights of the lower one."""
MOST_MARKDOWN_PARAGRAPH: Final = 50_000
"""Characters without an empty line; brackets in longer ones can keep a Markdown parser busy for minutes."""
MOST_LINE_LETTERS: Final = 20_000
"""A text without line ends is broken at blanks into lines of so many letters."""


def extract(path: Path, media_type: str) -> Extraction:
    """``media_type``: one of ``documents.files.media_types``, no image.

    Raises EmptyDocument where there is no text at all, and what the kind's reader raises for a file that it cannot
    open. A document that is no PDF is one page.
    """
    if media_type == media_types.PDF:
        found = _extract_pdf(path)
    elif media_type == media_types.PLAIN or (media_type == media_types.MARKDOWN and _is_dense(path)):
        found = _extract_text(media_types.decode(path.read_bytes()))
    else:
        found = _extract_html(_html(path, media_type))
    if not (found.lines or found.forms or found.tables):
        hidden = " that shows" if any(flag.code == "TEXT_HIDDEN" for flag in found.flags) else ""
        raise EmptyDocument(f"The document holds no text{hidden}; upload it again, as an image if it shows any.")
    return found


def _is_dense(path: Path) -> bool:
    """Whether a Markdown file is better read as the plain text that it is, too."""
    text = media_types.decode(path.read_bytes())
    return any(len(paragraph) > MOST_MARKDOWN_PARAGRAPH for paragraph in re.split(r"\n[ \t]*\n", text))


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


def _extract_text(text: str) -> Extraction:
    lines = [line for whole in text.split("\n") for line in _broken(whole) if line.strip()]
    cells = [key_values.cells_of(line) for line in text.split("\n") if len(line) <= MOST_LINE_LETTERS]
    return Extraction(
        pages=1,
        lines=tuple(Line(1, line.strip()) for line in lines),
        forms=tuple(_forms(key_values.find(cells), 1)),
    )


def _broken(line: str) -> list[str]:
    if len(line) <= MOST_LINE_LETTERS:
        return [line]
    return re.findall(rf".{{1,{MOST_LINE_LETTERS}}}(?:\s|$)|.{{{MOST_LINE_LETTERS}}}", line)


def _extract_html(html: str) -> Extraction:
    from documents.reading import html_text

    content = html_text.read(html)
    return Extraction(
        pages=1,
        lines=tuple(Line(1, piece.strip()) for line in content.lines for piece in _broken(line)),
        forms=tuple(_forms([*content.forms, *key_values.find(content.rows)], 1)),
        tables=tuple(content.tables),
    )


def _forms(found: list[key_values.Pair], page: int) -> list[Form]:
    return [Form(page, key, value, source="text") for key, value in found]


def _html(path: Path, media_type: str) -> str:
    if media_type == media_types.HTML:
        return media_types.decode(path.read_bytes())
    if media_type == media_types.MARKDOWN:
        from markdown_it import MarkdownIt

        # Raw HTML within Markdown shows, as in any renderer; html.read then drops what does not.
        return str(
            MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(media_types.decode(path.read_bytes()))
        )
    if media_type == media_types.DOCX:
        return _docx_html(path)
    raise ValueError(f"{media_type} has no text of its own.")


def _docx_html(path: Path) -> str:
    import zipfile
    from xml.parsers.expat import ExpatError

    import mammoth

    from documents.files import office

    office.check(path)
    try:
        with path.open("rb") as file:
            # Images would come along as data URIs, and a style map in the file is its sender's.
            converted = mammoth.convert_to_html(
                file, convert_image=mammoth.images.img_element(lambda _image: {}), include_embedded_style_map=False
            )
    except (zipfile.BadZipFile, ExpatError, KeyError, ValueError, TypeError, AttributeError, LookupError, OSError,
            RecursionError) as error:  # fmt: skip
        # mammoth takes a well-formed package for granted, and fails by whatever comes first in one that is not.
        raise BrokenDocument("The Office document cannot be read; open it and save it again.") from error
    return str(converted.value)
