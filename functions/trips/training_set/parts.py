"""The rows of one set -> files of at most about 64 MB, each with the header."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from trips.training_set.spill import Row

PART_BYTES = 64_000_000
"""A part ends with the row that passes it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file, and how many rows and bytes it has with its header."""

    path: Path
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a set, its rows, and how many of them are of the class that the recipe's label names."""

    parts: list[Part]
    rows: int
    positives: int


class Writer:
    """Writes the parts of one set into ``folder``, in the order in which rows are added."""

    def __init__(self, folder: Path, header: bytes) -> None:
        folder.mkdir()
        self._folder, self._header = folder, header
        self._parts: list[Part] = []
        self._positives = 0
        self._begin()

    def add(self, row: Row) -> None:
        if self._bytes >= PART_BYTES:
            self._end()
            self._begin()
        self._write(row.line)
        self._rows += 1
        self._positives += row.positive

    def made(self) -> Made:
        """Ends the last part. A set without rows has one part with the header alone."""
        self._end()
        return Made(self._parts, sum(part.rows for part in self._parts), self._positives)

    def _begin(self) -> None:
        self._path = self._folder / f"part-{len(self._parts):05d}.csv"
        self._file = self._path.open("wb")
        self._hash = hashlib.sha256()
        self._rows = self._bytes = 0
        self._write(self._header)

    def _end(self) -> None:
        self._file.close()
        self._parts.append(Part(self._path, self._rows, self._bytes, self._hash.hexdigest()))

    def _write(self, line: bytes) -> None:
        self._file.write(line)
        self._hash.update(line)
        self._bytes += len(line)
