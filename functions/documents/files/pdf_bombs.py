"""Streams of a PDF that would unpack to more than any page needs, found before a reader unpacks them.

Streams are looked for by their keyword, not by the cross-reference table, which a hostile file writes as it likes and
readers rebuild in the same way. Deflate packs at most 1,032 to 1 (zlib, "Technical Details"), so that only streams with
a filter twice over or of some length have to be unpacked at all, a piece at a time.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from documents.errors import BrokenDocument, DecompressionBomb

MOST_STREAM_BYTES: Final = 64 << 20
"""Of page contents, objects, fonts and whatever else is no image."""
MOST_IMAGE_BYTES: Final = 10_000 * 10_000 * 4
"""The most pixels a side that Textract takes, in four colors."""
MOST_FILTERS: Final = 2
MOST_ENDLESS: Final = 1000
"""Streams that have no end of their own before the next one begins; one stands in front of each embedded PDF."""
_RATIO: Final = 1032
_PIECE: Final = 1 << 16
"""Bytes that are unpacked at a time, into at most so many as ``_CHUNK``."""
_CHUNK: Final = 1 << 20
_DICTIONARY: Final = 2048
"""Bytes before a stream in which its dictionary is looked for."""
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_END = b"endstream"
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_PACKING = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW|RunLengthDecode|RL)\b")
_IMAGE = re.compile(rb"/Subtype\s*/Image\b")


def check(path: Path) -> None:
    """Raises DecompressionBomb, and BrokenDocument for what only costs time."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = endless = 0
        for stream in _STREAM.finditer(data):
            if end < stream.end():
                end = data.find(_END, stream.end())
                end = len(data) if end < 0 else end
            else:
                endless += 1
            if endless > MOST_ENDLESS:
                raise BrokenDocument("Streams of the PDF have no end; save or print it to PDF again.")
            head = data[max(0, stream.start() - _DICTIONARY) : stream.start()]
            dictionary = head[head.rfind(b"obj") + 3 :]
            filters = len(_PACKING.findall(dictionary))
            if not filters:
                continue
            most = MOST_IMAGE_BYTES if _IMAGE.search(dictionary) else MOST_STREAM_BYTES
            if filters > MOST_FILTERS or _unpacked_over(data, stream.end(), end, dictionary, most):
                raise DecompressionBomb(
                    f"A stream of the PDF would unpack to more than {most >> 20} MB; print it to PDF again."
                )


def _unpacked_over(data: mmap.mmap, start: int, end: int, dictionary: bytes, most: int) -> bool:
    times = len(_FLATE.findall(dictionary))
    if not times or (end - start) * _RATIO**times <= most:
        return False
    pieces: Iterator[bytes] = (data[place : min(place + _PIECE, end)] for place in range(start, end, _PIECE))
    total = 0
    for _ in range(times):
        pieces = _inflated(pieces)
    for piece in pieces:
        total += len(piece)
        if total > most:
            return True
    return False


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What can be unpacked; damage ends it, as it ends a reader's work."""
    inflate = zlib.decompressobj()
    for piece in pieces:
        left = piece
        while left and not inflate.eof:
            try:
                yield inflate.decompress(left, _CHUNK)
            except zlib.error:
                return
            left = inflate.unconsumed_tail
