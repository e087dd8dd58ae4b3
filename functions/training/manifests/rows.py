"""Rows of a channel: CSV with a header in each object, also packed by gzip, read as it comes.

Neither an object's size nor a line without an end nor a packed file that grows a thousandfold matters to memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO

from common.objects import Bucket
from training.errors import ChannelUnreadable
from training.manifest import Channel
from training.manifests import data
from training.manifests.works import Entry

MOST_LINE = 1 << 20
MOST_CELL = MOST_LINE
MOST_COLUMNS = 1_000
BUFFER = 1 << 18


@dataclass(frozen=True, slots=True)
class Rows:
    """``header``: of the first object; the cells of every row stand in its order. ``cells`` can be read once."""

    header: tuple[str, ...]
    cells: Iterator[list[str]]


def iterate(channel: Channel) -> Iterator[dict[str, str | None]]:
    """Every row of the channel as it is now, by the columns' names; None for an empty cell. Raises ChannelUnreadable,
    StorageUnavailable."""
    found = read(channel.name, data.listed(channel))
    for cells in found.cells:
        yield {name: cell or None for name, cell in zip(found.header, cells, strict=True)}


def read(channel: str, entries: Sequence[Entry]) -> Rows:
    """Raises ChannelUnreadable, StorageUnavailable: at once for the first object, else while it is iterated."""
    stream = _all(channel, entries)
    header = tuple(next(stream))
    return Rows(header, stream)


def _all(channel: str, entries: Sequence[Entry]) -> Iterator[list[str]]:
    """The header, then all rows in its order."""
    first: list[str] = []
    for entry in entries:
        where = f"s3://{entry.bucket}/{entry.key} of the channel {channel}"
        lines = _lines(entry, where)
        header = next(lines, None)
        if header is None:
            raise ChannelUnreadable(f"{where} is empty: it has no header.")
        _check(header, where)
        if not first:
            first = header
            yield first
        yield from lines if header == first else _ordered(lines, header, first, where)
    if not first:
        raise ChannelUnreadable(f"The channel {channel} names no object.")


def _check(header: Sequence[str], where: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise ChannelUnreadable(f"{where} has {len(header):,} columns; {MOST_COLUMNS:,} are allowed.")
    if any(not name for name in header):
        raise ChannelUnreadable(f"{where} has a column without a name in its header.")
    if len(set(header)) != len(header):
        raise ChannelUnreadable(f"{where} has two columns of one name in its header.")


def _ordered(lines: Iterator[list[str]], header: list[str], first: list[str], where: str) -> Iterator[list[str]]:
    if sorted(header) != sorted(first):
        raise ChannelUnreadable(f"{where} has other columns than the channel's first object; each has its own header.")
    places = [header.index(name) for name in first]
    for cells in lines:
        yield [cells[place] for place in places]


def _lines(entry: Entry, where: str) -> Iterator[list[str]]:
    """The header, then the rows of one object, all of the header's length; empty lines are none."""
    csv.field_size_limit(MOST_CELL)  # of the process, and the library's own 131,072 is short for a text
    with data.readable(where), _opened(entry, where) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        reader, width = csv.reader(_short(text, where), strict=True), 0  # cells of the header, once it was met
        try:
            for cells in reader:
                if not cells:
                    continue
                if not width:
                    width, cells = len(cells), [cell.strip() for cell in cells]  # noqa: PLW2901
                if len(cells) != width:
                    raise ChannelUnreadable(
                        f"{where}, line {reader.line_num}: {len(cells)} cells under {width} columns."
                    )
                yield cells
        except csv.Error as error:
            raise ChannelUnreadable(f"{where}, line {reader.line_num}, is not CSV: {error}.") from error
        except UnicodeDecodeError as error:
            raise ChannelUnreadable(f"{where} is not UTF-8, after line {reader.line_num}.") from error
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ChannelUnreadable(f"{where} is packed, and breaks off or is damaged.") from error


def _short(text: io.TextIOWrapper, where: str) -> Iterator[str]:
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE and not line.endswith("\n"):
            raise ChannelUnreadable(f"{where} has a line of more than {MOST_LINE:,} characters.")
        yield line


def _opened(entry: Entry, where: str) -> Any:
    body = Bucket(entry.bucket).stream(entry.key, if_match=entry.etag)
    if body is None:
        raise ChannelUnreadable(f"{where} has changed since it was listed: put the manifest again.")
    if entry.key.lower().endswith(".gz"):
        return closing(_Unpacked(body))
    return closing(body)


class _Unpacked(gzip.GzipFile):
    """Closes what it reads from, too."""

    def __init__(self, body: BinaryIO) -> None:
        super().__init__(fileobj=body, mode="rb")
        self._body = body

    def close(self) -> None:
        super().close()
        self._body.close()
