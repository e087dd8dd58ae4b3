"""The lake's answer -> parts of each set, a SageMaker manifest file per set and, last, manifest.json.

Everything is made on the function's disk first: the folder in the lake is named by what its files hold, so that other
sets never take the place of these, and a repeated run writes the same objects again.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.objects import Bucket, encode
from trips.errors import BadRequest, QueryFailed, TooManyRows
from trips.recipe.model import Recipe
from trips.training_set import manifest, split
from trips.training_set.parts import Made, Writer
from trips.training_set.request import Request
from trips.training_set.spill import Spill

MOST_ROWS = 10_000_000
MOST_BYTES = 4_500_000_000
"""Of Athena's answer: it and the rows that are made of it are on the function's 10 GiB of disk together."""


def write(lake: Bucket, answer: str, request: Request, recipe: Recipe) -> dict[str, Any]:
    """The manifest of the sets of the rows under the key ``answer``.

    Raises QueryFailed where there is no answer, BadRequest where the recipe has no classes, TooManyRows over
    ``MOST_ROWS`` or ``MOST_BYTES``, and what ``split`` raises.
    """
    if recipe.label < 0:
        raise BadRequest("The recipe has no [balance], so that there are no classes to balance.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        _fetch(lake, answer, path)
        sets, counts = make(path, request, recipe, Path(folder))
        document = manifest.of(sets, counts, request, recipe, lake.name)
        for name, made in sets.items():
            listed = document["files"][name]
            for part, entry in zip(made.parts, listed["parts"], strict=True):
                with part.path.open("rb") as body:
                    lake.put(entry["key"], body, content_type="text/csv")
            lake.put(listed["manifest"], manifest.for_sagemaker(lake.name, listed))
    lake.put(document["manifest"], encode(document))
    return document


def _fetch(lake: Bucket, answer: str, path: Path) -> None:
    stored = lake.download(answer, path, at_most=MOST_BYTES)
    if stored is None:
        raise QueryFailed(f"Athena's answer is not at s3://{lake.name}/{answer}; look at the workgroup's settings.")
    if stored.size > MOST_BYTES:
        raise TooManyRows(f"The month has over {MOST_BYTES:,} bytes; balance in SQL, or take the month in parts.")


def make(path: Path, request: Request, recipe: Recipe, folder: Path) -> tuple[dict[str, Made], dict[str, int]]:
    """The sets as parts in ``folder``, with the counts of rows; the answer at ``path`` is gone afterwards."""
    spill = Spill(folder)
    label = recipe.columns[recipe.label].output
    with path.open(encoding="utf-8", newline="") as lines, spill:
        rows = csv.reader(lines)
        header = next(rows)
        read = _spilled(rows, spill, request, header.index(label), recipe.label_value)
    path.unlink()
    shares, ranks, unlike = split.Shares.of(request), split.Ranks(), 0
    for row in spill.rows():
        unlike += 1
        if shares.name(row.digest) == split.TRAIN:
            ranks.add(row)
    kept = split.balanced(ranks, request.balance, label)
    names = [name for name in split.SETS if name != split.VALIDATION or request.validation]
    writers = {name: Writer(folder / name, line_of(header)) for name in names}
    for row in spill.rows(forget=True):
        name = shares.name(row.digest)
        if name != split.TRAIN or kept.keeps(row):
            writers[name].add(row)
    sets = {name: writer.made() for name, writer in writers.items()}
    rows_of = {name: made.rows for name, made in sets.items()}
    return sets, {"read": read, "doubles": read - unlike, "left_out": unlike - sum(rows_of.values()), **rows_of}


def _spilled(rows: Iterator[list[str]], spill: Spill, request: Request, column: int, value: str) -> int:
    """How many rows there are; each is on disk then, under its hash."""
    digest, read = split.Digest(request.seed), 0
    for read, (row, line) in enumerate(_lines(rows), start=1):
        if read > MOST_ROWS:
            raise TooManyRows(f"The month has over {MOST_ROWS:,} rows; balance in SQL, or take the month in parts.")
        spill.add(digest.of(line), row[column] == value, line)
    return read


class _Last:
    """The text that a csv.writer wrote last."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def _lines(rows: Iterator[list[str]]) -> Iterator[tuple[list[str], bytes]]:
    last = _Last()
    writer = csv.writer(last, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        yield row, last.text.encode()


def line_of(row: list[str]) -> bytes:
    """A row as a line of CSV."""
    ((_, line),) = _lines(iter([row]))
    return line
