"""Rows that the transform of trips wrote -> rows as the stream takes them, where Firehose gave up behind the transform.

Firehose converts and partitions what the function answered, so that is what it keeps of a record that it cannot convert
or for which it has no partition left. The columns have the names of the lake there, and features among them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trips.recipe.model import Recipe

CODES = ("DynamicPartitioning.", "DataFormatConversion.")
"""Beginnings of the error codes of what was given up behind the transform."""


def restored(data: bytes, recipe: Recipe) -> tuple[bytes, list[bytes]] | None:
    """The header ("" for JSON) and the rows as they came in; None where ``data`` is nothing that the recipe wrote."""
    try:
        text = data.decode("utf-8")
        rows = _json(text, recipe) if text.startswith("{") else _csv(text, recipe)
    except (ValueError, csv.Error):
        return None
    if not rows:
        return None
    if recipe.format == "json":
        names = [column.name for column in recipe.columns]
        return b"", [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False).encode() for row in rows]
    return _line([column.name for column in recipe.columns]), [_line(row) for row in rows]


def _json(text: str, recipe: Recipe) -> list[list[Any]]:
    names = [name for name, _ in recipe.outputs]
    documents = [json.loads(line, parse_float=str) for line in text.splitlines() if line]
    if any(not isinstance(one, dict) or list(one) != names for one in documents):
        return []
    return [list(one.values())[: len(recipe.columns)] for one in documents]


def _csv(text: str, recipe: Recipe) -> list[list[str]]:
    from trips.cleaning import header

    names = [name for name, _ in recipe.outputs]
    rows = list(csv.reader(io.StringIO(text, newline="\n"), quoting=csv.QUOTE_NONE, escapechar="\\"))
    rows = [row for row in rows if row != names]
    if any(len(row) != len(names) or header.is_header(row, recipe) for row in rows):
        return []
    return [row[: len(recipe.columns)] for row in rows]


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue().encode()
