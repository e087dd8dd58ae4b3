"""One index: a matrix of float32 with a row for each vector, the rows of each key and of each value of metadata.

The nearest are found exactly: every vector that the filter lets through is compared. AWS's search is approximate.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from local.services.s3vectors.filters import Postings, Scope, Test

Floats = NDArray[np.float32]
_FIRST_ROWS: Final = 256
_CHUNK: Final = 2_048
"""Rows whose differences are computed at a time: no more than some MB beside the matrix."""


@dataclass(frozen=True, slots=True)
class Record:
    """A vector as it is put and given back; ``data`` has one row."""

    key: str
    data: Floats
    metadata: Mapping[str, Any]


class Vectors:
    """The vectors of one index. ``hidden``: metadata keys that are not filterable. Every method takes the lock."""

    def __init__(self, dimension: int, metric: str, hidden: frozenset[str]) -> None:
        self.dimension, self.metric, self.hidden = dimension, metric, hidden
        self._lock = threading.RLock()
        self._matrix: Floats = np.zeros((_FIRST_ROWS, dimension), np.float32)
        # For cosines, beside it: each row with length 1, so that very small and very large numbers are compared too.
        self._units: Floats = np.zeros_like(self._matrix if metric == "cosine" else self._matrix[:0])
        self._rows: dict[str, int] = {}
        self._keys: list[str] = [""] * _FIRST_ROWS
        self._metadata: list[Mapping[str, Any]] = [{}] * _FIRST_ROWS
        self._free: list[int] = []
        self._end = 0
        self._postings: dict[str, Postings] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, records: Iterable[Record]) -> None:
        """Write all of them; a key that is there is written over, its metadata too."""
        with self._lock:
            for record in records:
                self._remove(record.key)
                row = self._take_row()
                self._matrix[row] = record.data
                if self.metric == "cosine":
                    self._units[row] = _unit(record.data)
                self._rows[record.key], self._keys[row], self._metadata[row] = row, record.key, record.metadata
                for name, value in record.metadata.items():
                    if name not in self.hidden:
                        self._postings.setdefault(name, Postings()).add(row, value)

    def get(self, keys: Iterable[str]) -> list[Record]:
        """Those that are there, each once, in the order of ``keys``."""
        with self._lock:
            return [self._record(self._rows[key]) for key in dict.fromkeys(keys) if key in self._rows]

    def delete(self, keys: Iterable[str]) -> None:
        """What is not there is none the less gone."""
        with self._lock:
            for key in keys:
                self._remove(key)

    def sorted_keys(self) -> list[str]:
        """All keys."""
        with self._lock:
            return sorted(self._rows)

    def nearest(self, query: Floats, most: int, test: Test | None) -> list[tuple[float, Record]]:
        """Distance and vector, the nearest first, equal distances in the order of keys."""
        with self._lock:
            rows = self._matching(test)
            if not len(rows):
                return []
            distances = self._distances(query, rows)
            if len(rows) > most:
                edge = np.partition(distances, most - 1)[most - 1]
                close = distances <= edge
                rows, distances = rows[close], distances[close]
            found = sorted(zip(distances.tolist(), (self._keys[row] for row in rows), rows.tolist(), strict=True))
            return [(distance, self._record(row)) for distance, _, row in found[:most]]

    def _matching(self, test: Test | None) -> NDArray[np.intp]:
        rows: Iterable[int] = self._rows.values()
        if test is not None:
            rows = test(Scope(self._postings, set(self._rows.values())))
        return np.fromiter(rows, np.intp)

    def _distances(self, query: Floats, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        if self.metric == "euclidean":
            asked = query.astype(np.float64)
            parts = [
                np.linalg.norm(self._matrix[rows[at : at + _CHUNK]] - asked, axis=1)
                for at in range(0, len(rows), _CHUNK)
            ]
            return np.concatenate(parts)
        unit = _unit(query)
        # Where the filter leaves much, the whole matrix is quicker than a copy of a part of it.
        whole = len(rows) * 4 > self._end
        similar = (self._units[: self._end] @ unit)[rows] if whole else self._units[rows] @ unit
        return 1.0 - np.clip(similar.astype(np.float64), -1.0, 1.0)

    def _record(self, row: int) -> Record:
        return Record(self._keys[row], self._matrix[row].copy(), self._metadata[row])

    def _remove(self, key: str) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            return
        for name, value in self._metadata[row].items():
            if name not in self.hidden:
                self._postings[name].remove(row, value)
        self._keys[row], self._metadata[row] = "", {}
        self._free.append(row)

    def _take_row(self) -> int:
        if self._free:
            return self._free.pop()
        if self._end == len(self._matrix):
            self._grow()
        self._end += 1
        return self._end - 1

    def _grow(self) -> None:
        size = len(self._matrix)
        self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
        self._units = np.concatenate([self._units, np.zeros_like(self._units)])
        self._keys += [""] * size
        self._metadata += [{}] * size


def _unit(data: Floats) -> Floats:
    """The same direction with length 1; ``data`` is not zero."""
    exact = data.astype(np.float64)
    unit: Floats = (exact / np.linalg.norm(exact)).astype(np.float32)
    return unit


def plain(data: Floats) -> list[float]:
    """The numbers of a row as JSON takes them; read again as float32 they are the same."""
    numbers: list[float] = data.tolist()
    return numbers


def row_of(numbers: Sequence[float]) -> Floats:
    """Numbers rounded to float32; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(numbers, np.float64).astype(np.float32)
