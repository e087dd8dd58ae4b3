"""Lines of a log object, however large and however broken: never more in memory than one line and one piece.

Bedrock writes gzip, JSON lines. What was downloaded, unpacked and copied back by hand is plain text and is read too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

MOST_LINE = 1 << 20
"""Bytes of a record: Bedrock stores bodies over 100 KB apart, so real ones stay below 300 KB."""

MOST_UNPACKED = 1 << 30
"""Bytes of an object once unpacked; beyond it a small file is no log but a bomb."""

MOST_LINES = 2_000_000
MOST_MARGIN = 100
"""Characters of a line that is nothing but a brace and its margins."""
PIECE = 1 << 16
"""Bytes that are unpacked at a time."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31


class Lines:
    """Iterates once over the lines (without ends, None for one that is too long). Afterwards ``problem`` says why not
    all of them came: "" (all came), "truncated", "corrupt" or "too large"."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        most_line: int = MOST_LINE,
        most_unpacked: int = MOST_UNPACKED,
        most_lines: int = MOST_LINES,
    ) -> None:
        self.problem = ""
        self._chunks = chunks
        self._most_line, self._most_unpacked, self._most_lines = most_line, most_unpacked, most_lines

    def __iter__(self) -> Iterator[bytes | None]:
        for given, line in enumerate(split(self._bounded(self._unpacked()), self._most_line)):
            if given == self._most_lines:
                self.problem = "too large"
                return
            yield line

    def _bounded(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        left = self._most_unpacked
        for piece in pieces:
            if len(piece) > left:
                self.problem = "too large"
                return
            left -= len(piece)
            yield piece if piece.strip(b"\n") else b"\n"  # a bomb may be made of line ends alone

    def _unpacked(self) -> Iterator[bytes]:
        chunks = filter(None, self._chunks)
        first = b""
        for chunk in chunks:
            first += chunk
            if len(first) >= len(_GZIP):
                break
        if first.startswith(_GZIP):
            yield from self._inflated(first, chunks)
        else:
            yield first
            yield from chunks

    def _inflated(self, first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Members of a gzip file one after the other; zeros behind the last one are padding."""
        inflater = zlib.decompressobj(_GZIP_WINDOW)
        waiting = first
        while True:
            try:
                piece = inflater.decompress(waiting, PIECE)
            except zlib.error:
                self.problem = "corrupt"
                return
            if piece:
                yield piece
            waiting = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if inflater.eof:
                waiting = waiting.lstrip(b"\0") or next(chunks, b"").lstrip(b"\0")
                if not waiting:
                    return
                inflater = zlib.decompressobj(_GZIP_WINDOW)
            elif not waiting and not (waiting := next(chunks, b"")):
                self.problem = "truncated"
                return


def split(pieces: Iterable[bytes], most: int = MOST_LINE) -> Iterator[bytes | None]:
    """Lines across pieces; None for each that is longer than ``most``, which is never held whole."""
    parts: list[bytes] = []
    size, too_long = 0, False
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for part in whole:
            if too_long or size + len(part) > most:
                yield None
            elif parts:
                yield b"".join((*parts, part))
            elif part:
                yield part
            parts, size, too_long = [], 0, False
        if rest and not too_long:
            parts.append(rest)
            size += len(rest)
            if size > most:
                parts, too_long = [], True
    if too_long:
        yield None
    elif parts:
        yield b"".join(parts)


def records(lines: Iterable[bytes | None], most: int = MOST_LINE) -> Iterator[bytes | None]:
    """A record per line, also where somebody has printed records over many lines (``jq``, an editor).

    Such a record begins with a line that is nothing but a brace, and ends with the brace that stands as far from the
    margin. None for one that is longer than ``most`` bytes, or that has a part that is.
    """
    parts: list[bytes] = []
    ends: tuple[bytes, ...] = ()
    size, too_long = 0, False
    for line in lines:
        if not ends:
            if line is None or len(line) > MOST_MARGIN or line.strip() != b"{":
                yield line
                continue
            margin = line[: line.index(b"{")]
            ends = (margin + b"}", margin + b"},")
            parts, size, too_long = [], 0, False
        if line is None or (size := size + len(line)) > most:
            parts, too_long = [], True
        elif not too_long:
            parts.append(line)
        if line is not None and line.rstrip() in ends:
            yield None if too_long else b"\n".join(parts)
            ends = ()
    if ends:
        yield None if too_long else b"\n".join(parts)


def inflate(body: bytes, most: int) -> bytes | None:
    """A whole small object, unpacked where it is gzip; None where it would pass ``most`` bytes or is broken."""
    if not body.startswith(_GZIP):
        return body if len(body) <= most else None
    found, size = [], 0
    lines = Lines([body])
    for piece in lines._inflated(body, iter(())):
        size += len(piece)
        if size > most:
            return None
        found.append(piece)
    return None if lines.problem else b"".join(found)
