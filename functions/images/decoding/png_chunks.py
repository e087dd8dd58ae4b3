"""Which PNGs are plain enough to be averaged while they are decoded, and what a PNG tells besides its pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_MOST_CHUNKS = 256
_MOST_BYTES = 8_000_000
"""Of everything beside the pixels; a colour profile has 4 MB at most."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type: grey, colours, a palette, grey with alpha, colours with alpha."""
_NOT_PLAIN = frozenset({b"tRNS", b"acTL", b"IHDR"})
"""A colour that is transparent, the frames of an animation, a second header."""
_HEADER_END = 33


def is_plain(data: bytes) -> bool:
    """8 bits, rows in their order, no colour that is transparent, no animation."""
    bits, colour, _, _, interlaced = data[24:29]
    if bits != 8 or colour not in _CHANNELS or interlaced or data[8:12] != b"\0\0\0\r":
        return False
    for name, _, _ in _chunks(data, _HEADER_END):
        if name == b"IDAT":
            return True
        if name in _NOT_PLAIN:
            return False
    return False


def without_pixels(data: bytes) -> bytes | None:
    """The same PNG with one pixel; None where its pixels are not in one place, or the rest is longer than is read.

    So a reader of EXIF, XMP and profiles finds in it what it finds in ``data``, and decodes nothing. ``data`` is plain.
    """
    first = last = None
    for name, start, end in _chunks(data, _HEADER_END, most=None):
        if name == b"IDAT":
            first, last = (start if first is None else first), end
        elif first is not None:
            break
    if first is None or last is None or first + len(data) - last > _MOST_BYTES:
        return None
    header = struct.pack(">II", 1, 1) + data[24:29]
    pixel = zlib.compress(bytes(1 + _CHANNELS[data[25]]))
    parts = data[:8], _chunk(b"IHDR", header), data[_HEADER_END:first], _chunk(b"IDAT", pixel), data[last:]
    return b"".join(parts)


def _chunks(data: bytes, place: int, most: int | None = _MOST_CHUNKS) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each."""
    while place + 8 <= len(data) and (most is None or most > 0):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        yield data[place + 4 : place + 8], place, end
        place = end
        most = None if most is None else most - 1


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
