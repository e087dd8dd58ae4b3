"""Counts the frames of an MP3 without decoding it: the one source of every length on a timeline.

Durations that tools guess from bit rate and file size are wrong by seconds on files without an Info frame,
which is what Polly writes; frames times samples per frame is exact. Tables and header layout: ISO/IEC 11172-3
section 2.4.1.3 and its extension to low sampling rates, ISO/IEC 13818-3. Tag layouts: id3.org, ID3v2.4
section 3. The Info frame: G. Bouvigne, "MP3 Info Tag revision 1".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SAMPLES_PER_FRAME = 576
"""Layer III at 24 kHz (MPEG-2): every frame holds 576 samples, 24 ms."""

_KBPS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_MPEG1 = 3
_MONO = 3
_ID3V1_BYTES = 128
_INFO_MARKS = (b"Xing", b"Info")

ENCODER_DELAY = 1105
"""Samples by which LAME's MP3 comes later than what was encoded: 576 of the encoder, 529 of any decoder. Where a file
has no LAME tag, as Polly's have none, no player can know, and they are heard as silence before the first sound."""


SILENT_FRAME = b"\xff\xf3\x64\xc4" + bytes(140)
"""24 ms of silence: MPEG-2 layer III, 24 kHz mono, 48 kb/s. Side information of zeros says that no sound is coded."""

_SILENT_INFO_OFFSET = 13
_FRAMES, _BYTES, _TOC = 1, 2, 4
_PLACES = 100


@dataclass(frozen=True, slots=True)
class Frames:
    """How much audio an MP3 holds: whole ``frames``, ``samples`` per channel, ``sample_rate`` in hertz."""

    frames: int
    samples: int
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Header:
    """What four bytes in front of a frame say; ``length`` is the whole frame in bytes."""

    length: int
    sample_rate: int
    samples: int
    info_offset: int
    """Where the mark of a Xing or Info frame would stand, in bytes from the start of the frame."""
    mono: bool = True


def parse_header(word: bytes) -> Header | None:
    """The header in the first four bytes of ``word``, or None where they are no layer III header.

    Free-format frames (bit rate index 0) are refused: their length cannot be known from the header.
    """
    if len(word) < 4 or word[0] != 0xFF or word[1] & 0xE0 != 0xE0:
        return None
    version, layer = word[1] >> 3 & 3, word[1] >> 1 & 3
    rate_index, hertz_index = word[2] >> 4, word[2] >> 2 & 3
    if version not in _HERTZ or layer != 1 or rate_index in (0, 15) or hertz_index == 3:
        return None
    mpeg1, mono = version == _MPEG1, word[3] >> 6 == _MONO
    hertz = _HERTZ[version][hertz_index]
    kbps = (_KBPS_MPEG1 if mpeg1 else _KBPS_MPEG2)[rate_index]
    samples = 1152 if mpeg1 else 576
    side_info = (17 if mono else 32) if mpeg1 else (9 if mono else 17)
    length = samples // 8 * kbps * 1000 // hertz + (word[2] >> 1 & 1)
    return Header(length, hertz, samples, 4 + side_info, mono)


def id3v2_length(data: bytes, start: int = 0) -> int:
    """Bytes of the ID3v2 tag that begins at ``start``, 0 if none does. A byte of its size holds seven bits."""
    head = data[start : start + 10]
    if len(head) < 10 or head[:3] != b"ID3" or any(byte > 0x7F for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    has_footer = head[5] & 0x10
    return 10 + size + (10 if has_footer else 0)


def audio_range(data: bytes) -> tuple[int, int]:
    """First and last-plus-one byte of ``data`` without ID3v2 tags in front and an ID3v1 tag behind."""
    start, end = 0, len(data)
    while length := id3v2_length(data, start):
        start += length
    if data[-_ID3V1_BYTES : -_ID3V1_BYTES + 3] == b"TAG":
        end -= _ID3V1_BYTES
    return min(start, end), end


def walk(data: bytes) -> Iterator[tuple[int, Header]]:
    """Offset and header of each whole frame, in order; a Xing or Info frame is one of them.

    Bytes that are no frame are stepped over; a cut last frame is not a frame. To be believed, a first frame, or
    the first after other bytes, must be followed by another header or by the end: eleven set bits also occur in
    noise.
    """
    position, end = audio_range(data)
    headers: dict[bytes, Header | None] = {}
    in_step = False
    while position + 4 <= end:
        word = data[position : position + 4]
        if word not in headers:
            headers[word] = parse_header(word)
        header = headers[word]
        if header is None:
            position, in_step = _next_sync(data, position + 1, end), False
            continue
        after = position + header.length
        if after > end or not (in_step or after == end or parse_header(data[after : after + 4])):
            position, in_step = _next_sync(data, position + 1, end), False
            continue
        yield position, header
        position, in_step = after, True


def measure(data: bytes) -> Frames:
    """Frames and samples that ``data`` decodes to, the Info or Xing frame not counted (it holds no audio).

    Zero frames, at 0 Hz, where ``data`` is no MP3. The sample rate is that of the first frame.
    """
    frames = samples = sample_rate = 0
    for _, header in audio_frames(data):
        frames, samples = frames + 1, samples + header.samples
        sample_rate = sample_rate or header.sample_rate
    return Frames(frames, samples, sample_rate)


def audio_frames(data: bytes) -> Iterator[tuple[int, Header]]:
    """As ``walk``, without an Info or Xing frame in front."""
    for index, (position, header) in enumerate(walk(data)):
        mark = position + header.info_offset
        if index or data[mark : mark + 4] not in _INFO_MARKS:
            yield position, header


def reservoir(data: bytes, position: int) -> int:
    """How many bytes before the frame at ``position`` its sound begins (MPEG-2; ``main_data_begin``, 2.4.1.7).

    Frames are cut from a stream only before one for which this is 0.
    """
    checked = not data[position + 1] & 1  # two bytes of checksum follow the header
    return data[position + (6 if checked else 4)]


def info_frame(frames: int, size: int, offsets: Sequence[int], *, constant: bool) -> bytes:
    """The frame in front of a 24 kHz mono file that says how long it is and lets players jump in it.

    It carries no LAME tag, so that no player drops samples from the start or the end. It has the size of a 48 kb/s
    frame: players that ignore it and divide the file's size by the first frame's bit rate are right, too.

    Args:
        frames: of audio, this one not counted.
        size: of the whole file without tags, in bytes, this frame included.
        offsets: a hundred of them: where to read for each percent of the time, in bytes of ``size``.
        constant: whether all frames have the bit rate of this one.
    """
    places = bytes(min(255, offset * 256 // size) for offset in offsets)
    if len(places) != _PLACES:
        raise ValueError(f"A table of contents holds {_PLACES} places, not {len(places)}.")
    content = (b"Info" if constant else b"Xing") + struct.pack(">III", _FRAMES | _BYTES | _TOC, frames, size) + places
    return SILENT_FRAME[:_SILENT_INFO_OFFSET] + content + SILENT_FRAME[_SILENT_INFO_OFFSET + len(content) :]


def _next_sync(data: bytes, start: int, end: int) -> int:
    """The next byte at or after ``start`` that could begin a header, or ``end``; far faster than stepping."""
    found = data.find(b"\xff", start, end)
    return end if found < 0 else found
