"""What a statement gives back: columns, rows as texts, what it read, and the files that it writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Answer:
    """The answer of a statement.

    ``columns`` are names and Trino's types; ``rows`` are texts, None for NULL; ``plain`` answers (SHOW, DESCRIBE, DDL)
    are a text file without a header. ``scanned`` counts bytes, ``written`` objects as bucket, key and body.
    """

    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[str | None]] = ()
    plain: bool = False
    scanned: int = 0
    written: list[tuple[str, str, bytes]] = field(default_factory=list)
    update_count: int = 0
    manifest: bool = False

    @property
    def ending(self) -> str:
        return ".txt" if self.plain else ".csv"

    def file(self) -> bytes:
        """The answer as it lies in S3."""
        if self.plain:
            return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows).encode()
        return as_csv([name for name, _ in self.columns], self.rows)

    def metadata(self) -> bytes:
        """The file beside it. Athena's is binary and not described; this one names columns and types."""
        return "".join(f"{name}\t{kind}\n" for name, kind in self.columns).encode()


def lines(column: str, values: Sequence[str], scanned: int = 0) -> Answer:
    """An answer of one column of text."""
    return Answer([(column, "string")], [[value] for value in values], plain=True, scanned=scanned)


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> bytes:
    """A CSV with a header: values in quotes, a missing one without."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(columns)
    for row in rows:
        cells = ["" if value is None else '"' + value.replace('"', '""') + '"' for value in row]
        text.write(",".join(cells) + "\n")
    return text.getvalue().encode()
