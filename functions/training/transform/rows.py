"""What was sent to a model -> rows of texts in its order of columns, in one of four forms.

- ``text/csv``: a header is recognised only where the first line names the model's columns exactly, each once, in any
  order; without one the cells stand in the model's order.
- ``application/json``: a row (an array of cells), several, objects by the columns' names, or
  ``{"instances": [{"features": [...]}]}``.
- ``application/jsonlines``: one of these rows per line.

Numbers in JSON keep their text, so that a category ``007`` or ``7.0`` is the same in all forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from common import strict_json
from training.errors import FormUnknown, RowsTooMany, RowsUnreadable
from training.model import Column

MOST_ROWS: Final = 10_000
MOST_BYTES: Final = 6_000_000
"""Lambda takes 6 MB (6,291,456 bytes) with all that is around the body (developer guide, "Lambda quotas")."""
CSV, JSON = "text/csv", "application/json"
LINES: Final = frozenset({"application/jsonlines", "application/x-ndjson", "application/jsonl"})
FORMS: Final = (CSV, JSON, "application/jsonlines")
SHOWN = 40
_SURROGATE = re.compile("[\ud800-\udfff]")

Row = list[str | None]


def parse(body: bytes, content_type: str, columns: Sequence[Column]) -> list[Row]:
    """At least one row, each with a text or None for each column. Raises FormUnknown, RowsTooMany,
    RowsUnreadable."""
    if len(body) > MOST_BYTES:
        raise RowsTooMany(f"The body has more than {MOST_BYTES:,} bytes; send it in parts.")
    form, text = _form(content_type), _decoded(body)
    names = [column.name for column in columns]
    found = list(_csv(text, names)) if form == CSV else _json(text, names, lines=form != JSON)
    if not found:
        raise RowsUnreadable("There are no rows; send at least one.")
    if len(found) > MOST_ROWS:
        raise RowsTooMany(f"There are {len(found):,} rows, and at most {MOST_ROWS:,} are taken; send them in parts.")
    return found


def to_csv(rows: Sequence[Sequence[str | None]], names: Sequence[str]) -> bytes:
    """Rows as ``parse`` reads them back; a header stands before them only where the first row would be taken for
    one."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)  # with CR LF, without which the library writes a bare CR as it is
    first = [cell or "" for cell in rows[0]] if rows else []
    if _is_header(first, names) or _is_like_header(first, names):
        writer.writerow(names)
    writer.writerows(rows)
    return out.getvalue().encode()


def _form(content_type: str) -> str:
    kind, _, parameters = content_type.partition(";")
    form, charset = kind.strip().lower(), parameters.replace('"', "").replace(" ", "").lower()
    if form not in (CSV, JSON, *LINES):
        raise FormUnknown(f"{form[:SHOWN]!a} is none of the forms {', '.join(FORMS)}; name one in Content-Type.")
    if charset not in ("", "charset=utf-8", "header=present", "header=absent"):
        raise FormUnknown("Send UTF-8, and no parameter but charset=utf-8 in Content-Type.")
    return form


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RowsUnreadable("The body is not UTF-8.") from error


# CSV


def _csv(text: str, names: list[str]) -> Iterator[Row]:
    import csv  # a cold start that is asked in JSON needs none
    import io

    csv.field_size_limit(MOST_BYTES + 1)  # the library's own 131,072 would refuse what JSON may hold
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    order: list[int] | None = None
    try:
        for number, cells in enumerate(row for row in reader if row):
            if not number:
                order = _order(cells, names)
                if order is not None:
                    continue
            if len(cells) != len(names):
                raise RowsUnreadable(f"Line {reader.line_num} of the CSV has {_counted(cells, names)}")
            yield list(cells) if order is None else [cells[place] for place in order]
    except csv.Error as error:
        raise RowsUnreadable(f"Line {reader.line_num} is not CSV: {error}.") from error


def _order(cells: list[str], names: list[str]) -> list[int] | None:
    """Where each column stands under this header; None where the line is no header."""
    if _is_header(cells, names):
        stripped = [cell.strip() for cell in cells]
        return [stripped.index(name) for name in names]
    if _is_like_header(cells, names):
        unknown = [cell.strip() for cell in cells if cell.strip() not in names]
        wrong = f"it has {unknown[0][:SHOWN]!a} beside them" if unknown else "it has not each of them once"
        raise RowsUnreadable(f"The first line names columns of the model, but {wrong}. They are {_list(names)}.")
    return None


def _is_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    return sorted(cell.strip() for cell in cells) == sorted(names)


def _is_like_header(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Most of the cells are columns: a header with a slip of the pen, which must not pass for a row."""
    known = sum(cell.strip() in names for cell in cells)
    return known > 1 and 2 * known > len(cells)


# JSON


def _json(text: str, names: list[str], *, lines: bool) -> list[Row]:
    if not lines:
        return [_row(one, names, f"Row {number}") for number, one in enumerate(_items(_loaded(text, "The body")), 1)]
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            found.append(_row(_loaded(line, f"Line {number}"), names, f"Line {number}"))
    return found


def _loaded(text: str, where: str) -> Any:
    try:
        return strict_json.read_as_text(text)
    except strict_json.Twice:
        raise RowsUnreadable(f"{where} has a member twice; send each once.") from None
    except (ValueError, RecursionError):
        raise RowsUnreadable(f"{where} is not JSON.") from None


def _items(document: Any) -> list[Any]:
    """The rows of a document: itself, or what it holds."""
    if isinstance(document, dict) and set(document) == {"instances"} and isinstance(document["instances"], list):
        return document["instances"]
    if isinstance(document, list) and all(isinstance(one, list | dict) for one in document):
        return document
    return [document]


def _row(item: Any, names: list[str], where: str) -> Row:
    if isinstance(item, dict):
        features = item.get("features")
        if set(item) != {"features"} or not isinstance(features, list):
            return _named(item, names, where)
        item = features
    if not isinstance(item, list):
        raise RowsUnreadable(f"{where} has to be an array of cells, or an object with {_list(names)}.")
    if len(item) != len(names):
        raise RowsUnreadable(f"{where} has {_counted(item, names)}")
    return [_cell(value, name, where) for value, name in zip(item, names, strict=True)]


def _named(item: Mapping[str, Any], names: list[str], where: str) -> Row:
    """A column that is left out has no value; a name that the model does not know is a slip of the pen."""
    unknown = sorted(item.keys() - set(names))
    if unknown:
        raise RowsUnreadable(f"{where} has {unknown[0][:SHOWN]!a}, which is no column. Columns are {_list(names)}.")
    return [_cell(item.get(name), name, where) for name in names]


def _cell(value: Any, name: str, where: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise RowsUnreadable(f"{where} has an array or an object in {name}, where one value belongs.")
    if _SURROGATE.search(value):
        raise RowsUnreadable(f"{where} has halves of characters in {name}; leave them out.")
    return value


def _counted(cells: Sequence[Any], names: list[str]) -> str:
    return f"{len(cells):,} cells, and the model has {len(names):,} columns: {_list(names)}."


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + more
