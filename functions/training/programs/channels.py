"""The CSV files of a channel -> rows of texts and their targets, one at a time, whatever the size."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from training.errors import ChannelUnreadable, ClassEmpty, TargetMissing
from training.model import Column
from training.programs.plan import Plan
from training.transform import kinds

LONGEST_CELL: Final = 1 << 26
"""Characters; the library's own limit, 131,072, is less than a long text."""

Row = list[str]


@dataclass(frozen=True, slots=True)
class Classes:
    """The texts of the two classes in the target."""

    positive: str
    negative: str


def names(folder: Path) -> list[str]:
    """The columns of a channel, by the header of its first file. Raises ChannelUnreadable."""
    with _opened(_files(folder)[0]) as lines:
        return _header(csv.reader(lines), _files(folder)[0])


def columns(folder: Path, plan: Plan) -> tuple[Column, ...]:
    """Those of the plan; where it names none, all that the rows have beside the target and what is ignored."""
    if plan.columns:
        return plan.columns
    wanted = [name for name in names(folder) if name != plan.target and name not in plan.ignored]
    return kinds.infer(wanted, (row for row, _ in rows(folder, wanted, plan.target)))


def rows(folder: Path, wanted: Sequence[str], target: str) -> Iterator[tuple[Row, str]]:
    """The cells of the columns ``wanted``, in their order, and the target of each row.

    Raises ChannelUnreadable, TargetMissing.
    """
    found = False
    for file in _files(folder):
        try:
            with _opened(file) as lines:
                for each in _rows(csv.reader(lines), file, wanted, target):
                    found = True
                    yield each
        except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
            raise ChannelUnreadable(f"{file.name} of {folder.name} cannot be read as CSV in UTF-8: {error}.") from error
    if not found:
        raise ChannelUnreadable(f"The files of {folder.name} have no rows.")


def classes(found: Sequence[str], counts: Sequence[int], plan: Plan) -> Classes:
    """The two classes that were ``found``; the rarer one is positive unless the plan says which. Raises ClassEmpty."""
    if len(found) != 2:
        shown = ", ".join(sorted(found)[:3])
        raise ClassEmpty(f"{plan.target} has {len(found):,} classes ({shown}); a model tells two classes apart.")
    rarer, other = sorted(found, key=lambda text: (counts[list(found).index(text)], text))
    positive = plan.positive or rarer
    if positive not in found:
        raise ClassEmpty(f"No row has {positive[:40]} in {plan.target}; it has {', '.join(sorted(found))}.")
    return Classes(positive, other if positive == rarer else rarer)


def _rows(reader: Iterator[Row], file: Path, wanted: Sequence[str], target: str) -> Iterator[tuple[Row, str]]:
    header = _header(reader, file)
    if target not in header:
        raise TargetMissing(f"{file.name} has no column {target}, which is the target.")
    absent = [name for name in wanted if name not in header]
    if absent:
        raise ChannelUnreadable(f"{file.name} has no column {absent[0]}, which the manifest or another file names.")
    places, own = [header.index(name) for name in wanted], header.index(target)
    for number, cells in enumerate(reader, 1):
        if len(cells) != len(header):
            if not cells:
                continue
            raise ChannelUnreadable(
                f"Row {number:,} of {file.name} has {len(cells)} cells, and its header has {len(header)}."
            )
        label = cells[own].strip()
        if not label or label.casefold() == "nan":
            raise TargetMissing(f"Row {number:,} of {file.name} has no value in {target}, which is the target.")
        yield [cells[place] for place in places], label


def _header(reader: Iterator[Row], file: Path) -> list[str]:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise ChannelUnreadable(f"{file.name} has no header.")
    if len(set(header)) < len(header):
        raise ChannelUnreadable(f"{file.name} has two columns of one name; rename one of them.")
    return header


def _files(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() in (".csv", ".gz")]
    if not found:
        raise ChannelUnreadable(f"The channel {folder.name} has no file that ends in .csv or .csv.gz.")
    return found


def _opened(file: Path) -> IO[str]:
    csv.field_size_limit(LONGEST_CELL)
    if file.suffix.lower() == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")
