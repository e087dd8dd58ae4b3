"""Tables as CSV (RFC 4180: commas, quotes where needed, CR LF) that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from common.objects import Bucket
from documents import keys
from documents.model import Source, Table
from documents.outputs import versioned_writes

MEDIA_TYPE = "text/csv; charset=utf-8"

AT_A_TIME = 16
"""Tables that are written side by side: a report of 3,000 pages has thousands, and each takes two requests."""

_FORMULA = re.compile(r"[ \u00a0]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What spreadsheets begin formulas with, the full-width forms too (OWASP, "CSV Injection"). Some skip blanks first."""
_NUMBER = re.compile(r"[+-]?[$\u20ac\u00a3\u00a5]?(?:\d+|\d{1,3}(?:[., '\u2019\u00a0\u202f]\d{3})+)(?:[.,]\d+)?%?")
_NUL = "\0"


def put(bucket: Bucket, source: Source, tables: Sequence[Table]) -> bool:
    """Writes ``tables/<key>/<n>.csv`` of a version; False where a newer version's are there.

    Raises ConcurrentUpdate (try again).
    """
    from concurrent.futures import ThreadPoolExecutor

    def put_one(number: int, table: Table) -> bool:
        place = keys.table(source.key, number)
        return versioned_writes.put(bucket, place, csv_text(table).encode(), source, MEDIA_TYPE)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return all(pool.map(put_one, range(1, len(tables) + 1), tables))


def csv_text(table: Table) -> str:
    """Every row of the table. A cell that would be a formula gets an apostrophe before it; a number stays as it is.

    "-5.00", "+1,250.00" and "-$3" are numbers and cannot call anything; "+1 555 0100" and "-" are text, escaped.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([[escaped(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def escaped(cell: str) -> str:
    cell = cell.replace(_NUL, "")
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell
