"""Decodes MP3 in the process: Polly's fragments and what was merged of them, to 16-bit mono samples at 24 kHz.

libsndfile (with mpg123) comes with ``soundfile``, whose calls for plain buffers need no numpy. Against a run of FFmpeg
per fragment it takes a fifth of the CPU; its samples differ by one step of 16 bits at most.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from narration.audio import mp3
from narration.errors import MergeFailed

_BLOCK_SAMPLES = 1 << 16
_SAMPLE_BYTES = 2


def samples(data: bytes) -> Iterator[bytes]:
    """All that the frames of ``data`` hold, in blocks: 576 samples per frame, the encoder's delay among them.

    Tags are left out, and an Info frame, which would make a decoder drop samples that a timeline counts.

    Raises:
        MergeFailed: there is no MP3 that can be decoded.
    """
    frames = [data[position : position + header.length] for position, header in mp3.audio_frames(data)]
    if not frames:
        raise MergeFailed("The fragment holds no MP3 audio; synthesize it again.")
    # One frame alone is not believed to be MP3; what is decoded of a second one is not asked for.
    source = io.BytesIO(b"".join(frames) + mp3.SILENT_FRAME * (len(frames) == 1))
    yield from _decoded(source, len(frames) * mp3.SAMPLES_PER_FRAME)


def of_frames(file: Path) -> Iterator[bytes]:
    """All that a file of nothing but frames holds, in blocks.

    Raises:
        MergeFailed: it cannot be decoded.
    """
    yield from _decoded(file, None)


def _decoded(source: Path | io.BytesIO, most: int | None) -> Iterator[bytes]:
    import soundfile

    buffer = bytearray(_BLOCK_SAMPLES * _SAMPLE_BYTES)
    try:
        with soundfile.SoundFile(source) as file:
            # Else it seeks to where it is after each read, and the decoder forgets what the next frames lean on.
            file.seekable = lambda: False
            while most != 0 and (read := file.buffer_read_into(buffer, dtype="int16")):
                if most is not None:
                    read = min(read, most)
                    most -= read
                yield bytes(memoryview(buffer)[: read * _SAMPLE_BYTES])
    except soundfile.SoundFileError as error:
        raise MergeFailed(f"libsndfile could not decode the audio: {error}") from error
