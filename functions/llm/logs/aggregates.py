"""Records that Kinesis' producer library (KPL) has packed into one: a magic number, a protobuf message, its MD5.

The format is the producer library's own description, "KPL Aggregated Record Format". Only the third field of the
message, the records, and of each the third, its data, are needed here; the libraries that read it bring protobuf.
Whatever does not fit is taken for a record that nobody packed, as the Kinesis client library does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

MAGIC: Final = b"\xf3\x89\x9a\xc2"
MOST_RECORDS: Final = 20_000
"""In one Kinesis record; the smallest that says anything has some hundred bytes."""

_DIGEST: Final = 16
_RECORDS, _DATA = 3, 3
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_MOST_SHIFT: Final = 63


class _NotAMessage(Exception):
    """The bytes are no protobuf message."""


def unpacked(data: bytes) -> list[bytes] | None:
    """The records inside, in their order; None where nothing was packed, or it is damaged."""
    if not data.startswith(MAGIC) or len(data) < len(MAGIC) + _DIGEST:
        return None
    message, digest = data[len(MAGIC) : -_DIGEST], data[-_DIGEST:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    try:
        found: list[bytes] = []
        for number, record in _fields(message):
            if number == _RECORDS:
                found.append(_data_of(record))
                if len(found) > MOST_RECORDS:
                    return None
    except _NotAMessage:
        return None
    return found


def _data_of(record: bytes) -> bytes:
    data = b""
    for number, value in _fields(record):
        if number == _DATA:
            data = value
    return data


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of every field that has a length; the others are passed over. Raises _NotAMessage."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        kind = tag & 7
        if kind == _VARINT:
            _, at = _number(message, at)
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        elif kind == _LENGTH:
            size, at = _number(message, at)
            if size > len(message) - at:
                raise _NotAMessage
            yield tag >> 3, message[at : at + size]
            at += size
        else:
            raise _NotAMessage
    if at != len(message):
        raise _NotAMessage


def _number(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits per byte, and where it ends."""
    value = shift = 0
    while at < len(message) and shift <= _MOST_SHIFT:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise _NotAMessage
