"""Play a file of rows into a Firehose stream, as a producer would: records of many rows, batches, retries, progress.

Works against the local cloud and against AWS.
"""

from __future__ import annotations

import codecs
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from operate import amounts
from operate.errors import OperateError

# Firehose API reference, PutRecordBatch: records, bytes of a request, bytes of a record (1,000 KiB).
MOST_RECORDS = 500
MOST_REQUEST_BYTES = 4 * 1024 * 1024
MOST_RECORD_BYTES = 1000 * 1024
TRIES = 8

Progress = Callable[[int, int], None]
"""Told the bytes that are sent, and the rows."""


class StreamError(OperateError):
    """The file cannot be played into the stream; the message says why."""


@dataclass(frozen=True)
class Record:
    """Bytes of one record, the bytes of the file that it stands for, and its rows."""

    data: bytes
    taken: int
    rows: int


@dataclass(frozen=True)
class Sent:
    """What a stream was given."""

    rows: int
    records: int
    bytes: int


def records(path: Path, rows: int) -> Iterator[Record]:
    """The file in records of at most ``rows`` rows; those of a CSV file begin with its header each.

    A header below the first line, where files were joined, is that of the rows below it.

    Raises StreamError for a line that is larger than a record may be, and for a file that is no lines of UTF-8.
    """
    with path.open("rb") as file:
        first, before = _first(file, path)
        is_json = first.lstrip().startswith(b"{")
        header, chunk, taken = (b"", [first], before) if is_json else (first, [], before)
        if first and not first.endswith(b"\n"):
            header += b"" if is_json else b"\n"
        size = len(header) + sum(map(len, chunk))
        names = _cells(header)
        for line in file:
            if not is_json and _is_header(line, names):
                if chunk:
                    yield Record(header + b"".join(chunk), taken, len(chunk))
                    taken = 0
                header, names, chunk = line.removeprefix(codecs.BOM_UTF8), _cells(line), []
                taken, size = taken + len(line), len(header)
                continue
            if len(header) + len(line) > MOST_RECORD_BYTES:
                raise StreamError(f"A line of {path} has {len(line):,} bytes; a record takes 1,000 KiB.")
            if len(chunk) == rows or size + len(line) > MOST_RECORD_BYTES:
                yield Record(header + b"".join(chunk), taken, len(chunk))
                chunk, taken, size = [], 0, len(header)
            chunk.append(line)
            taken += len(line)
            size += len(line)
        if chunk:
            yield Record(header + b"".join(chunk), taken, len(chunk))


def _first(file: BinaryIO, path: Path) -> tuple[bytes, int]:
    """The first line that is not blank, without a byte order mark, and the bytes of the file up to its end."""
    taken = 0
    for line in file:
        taken += len(line)
        _check(line, path)
        text = line.removeprefix(codecs.BOM_UTF8)
        if text.strip():
            return text, taken
    return b"", taken


def _cells(line: bytes) -> frozenset[bytes]:
    return frozenset(cell.strip(b' \t\r\n"').lower() for cell in line.removeprefix(codecs.BOM_UTF8).split(b","))


def _is_header(line: bytes, names: frozenset[bytes]) -> bool:
    """Whether a line has two and half of the names of the header above, as where files were joined; no row has."""
    common = len(names & _cells(line))
    return common > 1 and 2 * common >= len(names)


def _check(line: bytes, path: Path) -> None:
    """What a published file often is instead. Raises StreamError."""
    packed = next((name for magic, name in PACKED.items() if line.startswith(magic)), "")
    if packed:
        raise StreamError(f"{path} is packed ({packed}); unpack it first.")
    if b"\0" in line:
        raise StreamError(f"{path} is no text, or UTF-16; write it as UTF-8 first.")
    if b"\r" in line.rstrip(b"\r\n"):
        raise StreamError(f"The lines of {path} end with carriage returns alone; end them with line feeds first.")


PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PAR1": "Parquet"}


def batches(stream: Iterator[Record]) -> Iterator[list[Record]]:
    """Records in groups that one request takes."""
    batch: list[Record] = []
    size = 0
    for record in stream:
        if batch and (len(batch) == MOST_RECORDS or size + len(record.data) > MOST_REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.data)
    if batch:
        yield batch


def play(firehose: Any, stream: str, path: Path, rows: int, progress: Progress) -> Sent:
    """Puts the whole file on the stream, in order. Raises StreamError when Firehose refuses records again and again."""
    done = total = count = size = 0
    for batch in batches(records(path, rows)):
        put(firehose, stream, batch)
        done += sum(record.taken for record in batch)
        total += sum(record.rows for record in batch)
        size += sum(len(record.data) for record in batch)
        count += len(batch)
        progress(done, total)
    return Sent(total, count, size)


def put(firehose: Any, stream: str, batch: list[Record]) -> None:
    """Sends again only what was refused, slower each time: a throttled stream takes part of a batch.

    Raises StreamError when records are refused again and again.
    """
    left = batch
    for attempt in range(TRIES):
        response = firehose.put_record_batch(
            DeliveryStreamName=stream, Records=[{"Data": record.data} for record in left]
        )
        if not response["FailedPutCount"]:
            return
        results = zip(left, response["RequestResponses"], strict=True)
        left = [record for record, result in results if "ErrorCode" in result]
        time.sleep(min(0.1 * 2**attempt, 5.0))
    raise StreamError(
        f"{stream} refused {amounts.of(len(left), 'record')} {TRIES} times; send slower or ask for a higher quota."
    )


def bar(path: Path) -> Progress:
    """A progress bar on stderr; a line for each tenth where stderr is no terminal."""
    whole = max(1, path.stat().st_size)
    begun = time.monotonic()
    told = -1

    def show(done: int, rows: int) -> None:
        nonlocal told
        tenth = 10 * done // whole
        rate = rows / max(0.001, time.monotonic() - begun)
        line = f"[{'#' * (3 * tenth):<30}] {100 * done // whole:3d} %  {rows:,} rows, {rate:,.0f} per second"
        if sys.stderr.isatty():
            print(f"\r{line}", end="" if done < whole else "\n", file=sys.stderr, flush=True)
        elif tenth > told:
            print(line, file=sys.stderr, flush=True)
        told = tenth

    return show


def command(path: Path, rows: int, stream: str, firehose: Any) -> Iterator[str]:
    """Plays ``path`` into ``stream``; one line says what was sent. Raises StreamError, OSError, botocore's errors."""
    sent = play(firehose, stream, path, rows, bar(path))
    yield f"{amounts.of(sent.rows, 'row')} in {amounts.of(sent.records, 'record')}, {sent.bytes / 1e6:.1f} MB"
