"""Lines as OpenCSVSerde reads them -> CSV that means the same to any reader, quirks included.

The SerDe is the CSVParser of opencsv 2 (Hive and Trino both keep its rules): a quote opens and closes anywhere, a
doubled one is one, and an escape character is dropped unless a quote or another escape follows it inside a field. So
backslashes are lost where nobody set another escapeChar.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping


def rewritten(body: bytes, given: Mapping[str, str], ending: str = "") -> bytes:
    """The same rows in the separator, quotes and doubled quotes that ``given`` (SerDe parameters) has for DuckDB.

    ``ending``: .gz of a compressed object. One in .zst is left as it is, for Python reads none.
    """
    if ending == ".zst":
        return body
    separator, quote, escape = marks(given)
    text = (gzip.decompress(body) if ending else body).decode("utf-8", "replace")
    if escape not in text and quote not in text:
        return body
    out = io.StringIO()
    # A line's end always, and every cell in quotes, so that an empty line keeps its one empty cell.
    writer = csv.writer(out, delimiter=separator, quotechar=quote, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for line in text.removesuffix("\n").split("\n"):
        writer.writerow(cells(line.removesuffix("\r"), separator, quote, escape))
    made = out.getvalue().encode()
    return gzip.compress(made, mtime=0) if ending else made


def marks(given: Mapping[str, str]) -> tuple[str, str, str]:
    """Separator, quote and escape character, by the names and defaults of the SerDe."""
    return given.get("separatorChar", ","), given.get("quoteChar", '"'), given.get("escapeChar", "\\")


def cells(line: str, separator: str, quote: str, escape: str) -> list[str]:
    """The cells of a line. A quote that is never closed ends with the line."""
    found: list[str] = []
    cell: list[str] = []
    quoted = inside = False
    at = 0
    while at < len(line):
        char, following = line[at], line[at + 1 : at + 2]
        if char == escape:
            if (quoted or inside) and following and following in (quote, escape):
                cell.append(following)
                at += 1
        elif char == quote:
            if (quoted or inside) and following == quote:
                cell.append(quote)
                at += 1
            else:
                if _embedded(line, at, separator):
                    cell = [] if cell and not "".join(cell).strip() else [*cell, quote]
                quoted = not quoted
            inside = not inside
        elif char == separator and not quoted:
            found.append("".join(cell))
            cell, inside = [], False
        else:
            cell.append(char)
            inside = True
        at += 1
    return [*found, "".join(cell)]


def _embedded(line: str, at: int, separator: str) -> bool:
    """Whether a quote stands in the middle of a field, where it is kept."""
    return at > 2 and line[at - 1] != separator and len(line) > at + 1 and line[at + 1] != separator
