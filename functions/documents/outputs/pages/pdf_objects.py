"""Writing PDF objects to a file as they come, so that a document of many pages never lies in memory (ISO 32000-1, 7).

The file ends with a cross-reference stream that lists every object, those of a file that is added to included: so it is
right even where the old file's own table was not.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import BinaryIO

Entry = tuple[int, int, int]
"""Of the cross-reference: type, and offset and generation (1), or object stream and index (2)."""


class Objects:
    """Objects appended to ``out``, numbered from ``first`` on."""

    def __init__(self, out: BinaryIO, first: int = 1, known: Mapping[int, Entry] | None = None) -> None:
        self._out = out
        self._next = first
        self._entries = dict(known or {})

    @staticmethod
    def begin(out: BinaryIO) -> Objects:
        """A new file; the comment of high bytes tells transports that it is binary."""
        out.write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        return Objects(out)

    def reserve(self) -> int:
        self._next += 1
        return self._next - 1

    def put(self, body: bytes, number: int | None = None) -> int:
        number = self.reserve() if number is None else number
        self._entries[number] = (1, self._out.tell(), 0)
        self._out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def stream(self, data: bytes, entries: bytes = b"", *, pack: bool = True, number: int | None = None) -> int:
        """``entries`` of the dictionary beside its length; ``pack`` deflates the data."""
        if pack:
            data, entries = zlib.compress(data), entries + b" /Filter /FlateDecode"
        return self.put(b"<< /Length %d%b >>\nstream\n%b\nendstream" % (len(data), _spaced(entries), data), number)

    def finish(self, root: bytes, trailer: bytes = b"") -> None:
        """``root``: a reference to the catalog, "1 0 R"; ``trailer``: further entries."""
        number = self.reserve()
        place = self._out.tell()
        self._entries[number] = (1, place, 0)
        self._entries.setdefault(0, (0, 0, 65535))
        index, rows = _sections(self._entries)
        data = zlib.compress(rows)
        self._out.write(
            b"%d 0 obj\n<< /Type /XRef /Size %d /Root %b%b /W [1 8 2] /Index [%b] /Length %d /Filter /FlateDecode >>\n"
            b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
            % (number, self._next, root, _spaced(trailer), index, len(data), data, place)
        )


def _sections(entries: Mapping[int, Entry]) -> tuple[bytes, bytes]:
    """Runs of numbers as (first, count) pairs, and the rows of all."""
    runs: list[list[int]] = []
    for number in sorted(entries):
        if runs and number == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    rows = b"".join(struct.pack(">BQH", *entries[number]) for number in sorted(entries))
    return b" ".join(b"%d %d" % (first, count) for first, count in runs), rows


def _spaced(entries: bytes) -> bytes:
    return b" " + entries.strip() if entries.strip() else b""
