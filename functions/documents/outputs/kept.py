"""boxes/<key>.json.gz and text/<key>.json.gz: what was read and where it stands, kept as long as the summary is.

Who shows a value on its page, searches texts or cites a place reads these; ``steps/`` is gone after a week. ``forms``
in the boxes has the order and number of ``forms`` in the summary, ``tables`` those of ``tables``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from common.objects import Bucket
from documents import keys
from documents.model import SCHEMA, Box, Extraction, Inspection, LaidLine, Layout, Place, Source
from documents.outputs import places, summary_document, versioned_writes

MEDIA_TYPE: Final = "application/gzip"
DIGITS: Final = 5
"""Of a share of the page: a hundredth of a millimetre."""
LEVEL: Final = 5


def put(
    bucket: Bucket, source: Source, inspection: Inspection, extraction: Extraction, layout: Layout, folder: Path
) -> dict[str, str | None] | None:
    """Writes both; their keys as ``outputs`` of the summary has them, or None where a newer version's are there.

    ``folder``: for the files on their way. Raises ConcurrentUpdate (try again).
    """
    about = summary_document.about(source, inspection, extraction)
    made = {"boxes": keys.boxes(source.key), "text": keys.text(source.key)}
    parts = {"boxes": _boxes(about, extraction, layout), "text": _text(about, extraction)}
    for name, key in made.items():
        path = folder / name
        _write(path, parts[name])
        if not versioned_writes.put(bucket, key, path, source, MEDIA_TYPE):
            return None
    return dict(made)


def unplaced(extraction: Extraction, layout: Layout) -> dict[str, int]:
    """How many keys, values and cells that have a text have no place."""
    pairs = list(zip(extraction.forms, layout.forms, strict=True))
    texts = sum(bool(cell.strip()) for table in extraction.tables for row in table.rows for cell in row)
    covered = sum(cell.rows * cell.columns for table in layout.tables for cell in table)
    return {
        "keys": sum(bool(form.key.strip()) and not found.key for form, found in pairs),
        "values": sum(bool(form.value.strip()) and not found.value for form, found in pairs),
        "cells": max(0, texts - covered),
    }


def _boxes(about: dict[str, Any], extraction: Extraction, layout: Layout) -> Iterator[str]:
    """JSON in pieces: of 3,000 pages there are a million words, and never all of them as texts at the same time."""
    head = {"schema": SCHEMA, "document": about, "unplaced": unplaced(extraction, layout)}
    yield f'{_json(head)[:-1]},"pages":['
    numbered = groupby(enumerate(layout.lines), key=lambda each: each[1].page)
    words = {page: [row for number, line in lines for row in _words(number, line)] for page, lines in numbered}
    for page in range(1, extraction.pages + 1):
        yield ("," if page > 1 else "") + _json({"page": page, "words": words.pop(page, [])})
    forms = [{"key": _places(form.key), "value": _places(form.value)} for form in layout.forms]
    tables = [
        {
            "page": table.page,
            "cells": [
                {"row": cell.row, "column": cell.column, "rows": cell.rows, "columns": cell.columns}
                | {"place": _place(cell.place)}
                for cell in cells
            ],
        }
        for table, cells in zip(extraction.tables, layout.tables, strict=True)
    ]
    queries = [place and _place(place) for place in layout.queries]
    yield f'],"forms":{_json(forms)},"tables":{_json(tables)},"queries":{_json(queries)}}}'


def _words(number: int, line: LaidLine) -> list[list[Any]]:
    """``[line, start, end, left, top, width, height]``; start and end are null where words do not make up the line."""
    spans = places.word_spans(line)
    if spans is None:
        return [[number, None, None, *_box(word.box)] for word in line.words]
    return [[number, start, end, *_box(word.box)] for start, end, word in spans]


def _text(about: dict[str, Any], extraction: Extraction) -> Iterator[str]:
    yield f'{_json({"schema": SCHEMA, "document": about})[:-1]},"pages":['
    first = 0
    pages: dict[int, list[str]] = {}
    for line in extraction.lines:
        pages.setdefault(line.page, []).append(line.text)
    for page in range(1, extraction.pages + 1):
        lines = pages.get(page, [])
        yield ("," if page > 1 else "") + _json({"page": page, "first": first, "lines": lines})
        first += len(lines)
    yield "]}"


def _places(found: tuple[Place, ...]) -> list[dict[str, Any]]:
    return [_place(place) for place in found]


def _place(place: Place) -> dict[str, Any]:
    if place.box is not None:
        return {"page": place.page, "box": _box(place.box)}
    return {"page": place.page, "line": place.line, "start": place.start, "end": place.end}


def _box(box: Box) -> list[float]:
    return [round(side, DIGITS) for side in (box.left, box.top, box.width, box.height)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _write(path: Path, pieces: Iterator[str]) -> None:
    """Without a time in it, so that the same text gives the same bytes."""
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as out,
    ):
        for piece in pieces:
            out.write(piece.encode())
