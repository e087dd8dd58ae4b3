"""What a JPEG's markers say about the cost of decoding it, read without a decoder (ITU-T T.81, annex B)."""

from __future__ import annotations

from dataclasses import dataclass, replace

_START_OF_SCAN = 0xDA
# SOF0 to SOF15 without DHT, JPG and DAC, which share their range.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS = 0xC3
_SCALED = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Baseline, extended sequential and progressive, the latter two also in arithmetic coding."""
_RESTART_INTERVAL = 0xDD
_END, _SCAN = b"\xff\xd9", b"\xff\xda"
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
    process: int = 0xC0
    """The second byte of the frame's marker, SOF0 (0xC0) to SOF15: how its samples are coded."""
    precision: int = 8
    """Bits per sample."""
    pixels_at: int = 0
    """Where the first scan's entropy-coded data begin."""
    restart_interval: int = 0
    """Minimum coded units between two restart markers; 0 where there are none."""

    @property
    def is_scaled(self) -> bool:
        """Whether libjpeg can decode it at a fraction of its size. A lossless file has no coefficients to leave out:
        asked for a fraction, libjpeg-turbo up to 3.1 writes behind the end of its rows."""
        return self.process in _SCALED

    @property
    def is_lossless(self) -> bool:
        return self.process == _LOSSLESS

    @property
    def refusal(self) -> str | None:
        """What there is no decoder for, in words; None where there is one."""
        if self.process not in _SCALED | {_LOSSLESS}:
            return f"JPEGs of the process SOF{self.process - 0xC0} (hierarchical, or lossless in arithmetic coding)"
        if self.precision != 8:
            return f"JPEGs with {self.precision} bits per sample"
        if len(self.sampling) not in {1, 3, 4}:
            return f"JPEGs with {len(self.sampling)} components"
        widest, tallest = max(h for h, _ in self.sampling), max(v for _, v in self.sampling)
        if widest > 4 or tallest > 4 or any(widest % h or tallest % v for h, v in self.sampling):
            return "JPEGs whose sampling factors do not divide each other"
        return None

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

    @property
    def restarts(self) -> int:
        """Restart markers that a whole file of one scan has."""
        if not self.restart_interval:
            return 0
        widest, tallest = (1, 1) if len(self.sampling) == 1 else map(max, zip(*self.sampling, strict=True))
        units = -(-self.width // (8 * widest)) * -(-self.height // (8 * tallest))
        return -(-units // self.restart_interval) - 1

    @property
    def is_sequential(self) -> bool:
        """One sequential scan in Huffman coding: behind the first of its markers nothing but pixels comes."""
        return not self.buffered and self.process in {0xC0, 0xC1}

    def lacks_only_its_end(self, data: bytes) -> bool:
        """Whether the end marker is missing and the rest may be there: one sequential scan with every restart marker.
        libjpeg does not miss data after the last of them, it fills in grey."""
        return self.is_sequential and self.end_of_pixels(data) < 0 and self.has_its_restarts(data)

    def end_of_pixels(self, data: bytes) -> int:
        """Where the end marker of one sequential scan stands; -1 where there is none."""
        return data.find(_END, self.pixels_at)

    def has_its_restarts(self, data: bytes) -> bool:
        """Whether one sequential scan has all its restart markers. ``data`` end where its pixels do."""
        found = sum(data.count(bytes((0xFF, 0xD0 + number)), self.pixels_at) for number in range(8))
        return found == self.restarts


def has_all_scans(frame: Frame, data: bytes) -> bool:
    """Whether the scans of a file in several bring every coefficient of every component down to its last bit.

    A progressive file that was cut and closed with an end marker is a whole file to a decoder, only coarser. (T.81,
    B.2.3 and G.1.1.1.)
    """
    left = {(component, number): 1 for component in range(len(frame.sampling)) for number in range(64)}
    names: list[int] = []
    place = data.rfind(_SCAN, 0, frame.pixels_at)
    while place >= 0 and any(left.values()):
        count = data[place + 4] if place + 4 < len(data) else 0
        body = data[place + 5 : place + 8 + 2 * count]
        if 1 <= count <= 4 and len(body) == 2 * count + 3:
            first, last, bits = body[-3], min(body[-2], 63), body[-1] & 15
            for name in body[: 2 * count : 2]:
                if name not in names:
                    names.append(name)
                left |= {(names.index(name), number): bits for number in range(first, last + 1)}
        place = data.find(_SCAN, place + 2)
    return not any(left.values())


def read_frame(data: bytes) -> Frame | None:
    """The frame that the first scan belongs to; None where there is none before the data end."""
    header: tuple[int, bytes] | None = None
    interval = 0
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
            frame = _frame(header, segment, data) if header and segment else None
            return frame and replace(frame, pixels_at=place + length, restart_interval=interval)
        elif marker == _RESTART_INTERVAL:
            interval = int.from_bytes(segment[:2], "big")
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
        process=marker,
        precision=segment[0],
    )
