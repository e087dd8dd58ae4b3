"""Decodes MP3 in the process: Polly's fragments and what was merged of them, to 16-bit mono samples at 24 kHz.

libsndfile (with mpg123) comes with ``soundfile``, whose calls for plain buffers need no numpy. Against a run of FFmpeg
per fragment it takes a fifth of the CPU; its samples differ by one step of 16 bits at most.

mpg123 goes on with silence where it cannot decode a frame, and says so on the process's error output only. So that is
listened to: for a whole MP3 it says nothing, and what it says of a damaged one becomes an error, not lines of a log.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from narration.audio.codecs import mp3
from narration.errors import MergeFailed
from narration.model import SAMPLE_BYTES, SAMPLE_RATE

_BLOCK_SAMPLES = 112 * mp3.SAMPLES_PER_FRAME
_ERROR_OUTPUT = 2
_SPEAKER = b"libmpg123/"

_alone = threading.Lock()
"""The error output is one for the whole process, so one decoder at a time."""


def samples(data: bytes) -> Iterator[bytes]:
    """All that the frames of ``data`` hold, in blocks: 576 samples per frame, the encoder's delay among them.

    Tags are left out, and an Info frame, which would make a decoder drop samples that a timeline counts. Where the
    decoder gives up on damage, fewer samples come than the frames promise: compare with ``mp3.measure``.

    Raises:
        MergeFailed: there is no MP3 that can be decoded, it is not in mono at 24 kHz, or a frame of it is damaged.
    """
    frames = [data[position : position + header.length] for position, header in mp3.audio_frames(data)]
    if not frames:
        raise MergeFailed("There is no MP3 audio in it; synthesize it again.")
    # One frame alone is not believed to be MP3; what is decoded of a second one is not asked for.
    source = io.BytesIO(b"".join(frames) + mp3.SILENT_FRAME * (len(frames) == 1))
    yield from _decoded(source, len(frames) * mp3.SAMPLES_PER_FRAME)


def of_frames(file: Path) -> Iterator[bytes]:
    """The same of a file that holds frames and nothing else, at least two of them; it is not read into memory.

    Raises:
        MergeFailed: as for ``samples``.
    """
    yield from _decoded(file, None)


def version() -> str:
    """The decoder, for the record of what was made with it: ``libsndfile 1.2.2``."""
    import soundfile

    return f"libsndfile {soundfile.__libsndfile_version__}"


def _decoded(source: Path | io.BytesIO, most: int | None) -> Iterator[bytes]:
    import soundfile

    buffer = bytearray(_BLOCK_SAMPLES * SAMPLE_BYTES)
    try:
        with _listening():
            file = soundfile.SoundFile(source)
        # soundfile seeks to where it is after each read, and mpg123 then decodes the frames before that once more.
        file.seekable = lambda: False
        with file:
            _check(file.samplerate, file.channels)
            while most != 0 and (read := _read(file, buffer)):
                if most is not None:
                    read = min(read, most)
                    most -= read
                yield bytes(memoryview(buffer)[: read * SAMPLE_BYTES])
    except soundfile.SoundFileError as error:
        raise MergeFailed(f"libsndfile could not decode the audio: {error}") from error


def _read(file: Any, buffer: bytearray) -> int:
    """Samples that were read into ``buffer``; none at the end."""
    with _listening() as said:
        read: int = file.buffer_read_into(buffer, dtype="int16")
    if said:
        reason = said[0].rpartition(b"error:")[2].decode(errors="replace").strip()
        raise MergeFailed(f"The MP3 is damaged, a frame of it cannot be decoded ({reason}); synthesize it again.")
    return read


def _check(rate: int, channels: int) -> None:
    if channels != 1:
        raise MergeFailed(f"The MP3 has {channels} channels; ask for mono.")
    if rate != SAMPLE_RATE:
        raise MergeFailed(f"The MP3 is at {rate} Hz; ask for {SAMPLE_RATE} Hz.")


@contextmanager
def _listening() -> Iterator[list[bytes]]:
    """Takes what mpg123 says while the body runs; the list is filled afterwards. What others say goes on its way."""
    said: list[bytes] = []
    with _alone, tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        before = os.dup(_ERROR_OUTPUT)
        os.dup2(kept.fileno(), _ERROR_OUTPUT)
        try:
            yield said
        finally:
            os.dup2(before, _ERROR_OUTPUT)
            os.close(before)
            said += _of_mpg123(kept)


def _of_mpg123(kept: IO[bytes]) -> list[bytes]:
    kept.seek(0)
    lines = kept.read().splitlines(keepends=True)
    others = b"".join(line for line in lines if not (_SPEAKER in line and b"error:" in line) and line.strip())
    if others:
        os.write(_ERROR_OUTPUT, others)
    return [line for line in lines if _SPEAKER in line and b"error:" in line]
