"""The largest frame that AV1 data can hold, from their sequence headers (AV1 Bitstream Specification, section 5.5).

A container's boxes say how large its image is; a decoder allocates what the coded data say. An AVIF of 2 KB can call
itself 64 pixels wide and take a gigabyte.
"""

from __future__ import annotations

_SEQUENCE_HEADER = 1
_MOST_UNITS = 4096


class _Bits:
    """Reads whole numbers bit by bit; behind the end everything is zero."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left >= 0:
            return self._value >> self._left & (1 << count) - 1
        return 0


def largest_frame(data: bytes) -> tuple[int, int]:
    """Width and height; (0, 0) where no sequence header is found, which no decoder decodes."""
    largest, place = (0, 0), 0
    for _ in range(_MOST_UNITS):
        if place >= len(data):
            return largest
        head = data[place]
        place += 2 if head & 4 else 1
        length = len(data) - place
        if head & 2:
            length, place = _variable(data, place)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            size = _sequence(_Bits(data[place : place + min(length, 64)]))
            largest = max(largest, size, key=lambda each: each[0] * each[1])
        place += length
    return 1 << 16, 1 << 16  # more units than any image has: whatever follows is not looked at


def _variable(data: bytes, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, and the place behind it (leb128)."""
    value = 0
    for group in range(8):
        byte = data[place] if place < len(data) else 0
        place += 1
        value |= (byte & 0x7F) << 7 * group
        if not byte & 0x80:
            break
    return value, place


def _sequence(bits: _Bits) -> tuple[int, int]:
    bits.read(4)  # profile, still_picture
    if bits.read(1):  # reduced_still_picture_header
        bits.read(5)
    else:
        _operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.read(1):  # timing_info_present_flag
        bits.read(64)
        if bits.read(1):  # equal_picture_interval
            _unary(bits)
        if bits.read(1):  # decoder_model_info_present_flag
            delay_bits = bits.read(5) + 1
            bits.read(42)
    displays_late = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if displays_late and bits.read(1):
            bits.read(4)


def _unary(bits: _Bits) -> None:
    zeros = 0
    while zeros < 32 and not bits.read(1):
        zeros += 1
    bits.read(zeros)
