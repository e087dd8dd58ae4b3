"""Rows on disk, in the order of a hash: more of them than memory holds.

A row goes to one of 256 files by the first byte of its hash; read back, one file at a time is in memory, in order. So
the memory that is needed is that of a 256th of the rows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

FILES = 256
HASH_BYTES = 24
_HEAD = struct.Struct(f"<{HASH_BYTES}s?I")
HEAD_BYTES = _HEAD.size
BUFFER = 1 << 16
"""Bytes of each file that wait in memory."""


class Row(NamedTuple):
    """A line with its newline, its hash, and whether it is of the class that the recipe's label names."""

    digest: bytes
    positive: bool
    line: bytes


class Spill:
    """``with`` it to add rows; afterwards they are read in order, as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self._paths = [folder / f"spill-{number:03d}" for number in range(FILES)]
        self._files: list[IO[bytes]] = []
        self._open = ExitStack()

    def __enter__(self) -> Spill:
        self._files = [self._open.enter_context(path.open("wb", buffering=BUFFER)) for path in self._paths]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def add(self, digest: bytes, positive: bool, line: bytes) -> None:
        self._files[digest[0]].write(_HEAD.pack(digest, positive, len(line)) + line)

    def rows(self, *, forget: bool = False) -> Iterator[Row]:
        """Each row once, in the order of its hash; exact doubles have the same. ``forget``: the files go meanwhile."""
        for path in self._paths:
            found = _read(path.read_bytes())
            if forget:
                path.unlink()
            for digest in sorted(found):
                positive, line = found[digest]
                yield Row(digest, positive, line)


def _read(data: bytes) -> dict[bytes, tuple[bool, bytes]]:
    found: dict[bytes, tuple[bool, bytes]] = {}
    at = 0
    while at < len(data):
        digest, positive, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size + size
        found[digest] = positive, data[at - size : at]
    return found
