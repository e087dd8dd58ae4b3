"""What a JPEG's markers say about the cost of decoding it, read without a decoder (ITU-T T.81, annex B)."""

from __future__ import annotations

from dataclasses import dataclass

_START_OF_SCAN = 0xDA
# SOF0 to SOF15 without DHT, JPG and DAC, which share their range.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# TEM, RST0 to RST7, SOI and EOI stand alone; every other marker is followed by the length of its segment.
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
_BYTES_A_BLOCK = 64 * 2
"""libjpeg keeps 64 coefficients of two bytes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One JPEG image as its frame header and its first scan describe it."""

    width: int
    height: int
    sampling: tuple[tuple[int, int], ...]
    """Horizontal and vertical factor of each component."""
    buffered: bool
    """Every coefficient is kept until the last scan: progressive files do that, and so do sequential ones whose
    components come in scans of their own, whatever the scale they are decoded at."""
    scans: int
    """At most so many; a thumbnail's own are counted too."""

    @property
    def blocks(self) -> int:
        """Blocks of 8 x 8 coefficients over all components."""
        widest, tallest = max(h for h, _ in self.sampling), max(v for _, v in self.sampling)
        across, down = -(-self.width // (8 * widest)), -(-self.height // (8 * tallest))
        return sum(across * h * down * v for h, v in self.sampling)

    @property
    def buffer_bytes(self) -> int:
        """Memory for coefficients, on top of the decoded pixels."""
        return self.blocks * _BYTES_A_BLOCK if self.buffered else 0


def read_frame(data: bytes) -> Frame | None:
    """The frame that the first scan belongs to; None where there is none before the data end."""
    header: tuple[int, bytes] | None = None
    place = 2
    while (found := _next_marker(data, place)) is not None:
        marker, place = found
        if marker in _WITHOUT_LENGTH:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        segment = data[place + 2 : place + length]
        if length < 2 or len(segment) != length - 2:
            return None
        if marker in _FRAMES:
            header = marker, segment
        elif marker == _START_OF_SCAN:
            return _frame(header, segment, data) if header and segment else None
        place += length
    return None


def _next_marker(data: bytes, place: int) -> tuple[int, int] | None:
    """The next marker and the place behind it; decoders skip stray bytes, and so does this."""
    while 0 <= (place := data.find(b"\xff", place)) < len(data) - 1:
        place += 1
        if data[place] not in (0x00, 0xFF):
            return data[place], place + 1
    return None


def _frame(header: tuple[int, bytes], scan: bytes, data: bytes) -> Frame | None:
    marker, segment = header
    count = segment[5] if len(segment) > 5 else 0
    sampling = tuple((code >> 4, code & 15) for code in segment[7 : 6 + 3 * count : 3])
    if not count or len(sampling) != count or not all(h and v for h, v in sampling):
        return None
    return Frame(
        width=int.from_bytes(segment[3:5], "big"),
        height=int.from_bytes(segment[1:3], "big"),
        sampling=sampling,
        buffered=marker in _PROGRESSIVE or scan[0] < count,
        scans=data.count(b"\xff\xda"),
    )
