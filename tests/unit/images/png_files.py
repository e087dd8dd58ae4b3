"""PNGs taken apart and put together again, with any chunk in any place."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

Chunk = tuple[bytes, bytes]
"""Name and body."""
EXIF_ON_ITS_SIDE = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
"""Orientation 6."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def chunks(original: bytes) -> list[Chunk]:
    place, found = len(_SIGNATURE), []
    while place + 8 <= len(original):
        end = place + 8 + int.from_bytes(original[place : place + 4], "big")
        found.append((original[place + 4 : place + 8], original[place + 8 : end]))
        place = end + 4
    return found


def rejoined(parts: Iterable[Chunk]) -> bytes:
    return _SIGNATURE + b"".join(chunk(name, body) for name, body in parts)
