"""Audio judged by others than the code that made it: decoded by FFmpeg, its tag read by mutagen."""

from __future__ import annotations

import io
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from functools import cache

from mutagen.id3 import ID3


@cache
def _ffmpeg() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def decoded_samples(mp3: bytes) -> int:
    """How many samples a gapless player hears."""
    # From a file, as players do: in a pipe FFmpeg cannot see where the audio ends, and adds the decoder's delay.
    with tempfile.NamedTemporaryFile(suffix=".mp3") as file:
        file.write(mp3)
        file.flush()
        command = [_ffmpeg(), "-v", "error", "-nostdin", "-i", file.name, "-f", "s16le", "-ac", "1", "pipe:1"]
        done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr, done.stderr.decode()
    return len(done.stdout) // 2


def frames(mp3: bytes) -> bytes:
    """The bytes behind the ID3v2 tag, whose size stands in four bytes of seven bits (id3.org, section 3.1)."""
    assert mp3[:3] == b"ID3"
    size = 0
    for byte in mp3[6:10]:
        size = size << 7 | byte
    return mp3[10 + size :]


@dataclass(frozen=True)
class Tag:
    """What a player shows. ``chapters`` are (title, start in milliseconds)."""

    title: str
    language: str | None
    date: str | None
    chapters: list[tuple[str, int]]


def tag(mp3: bytes) -> Tag:
    found = ID3(io.BytesIO(mp3))
    chapters = sorted(found.getall("CHAP"), key=lambda chapter: chapter.start_time)
    return Tag(
        str(found["TIT2"]),
        str(found["TLAN"]) if "TLAN" in found else None,
        str(found["TDRC"]) if "TDRC" in found else None,
        [(str(chapter.sub_frames["TIT2"]), chapter.start_time) for chapter in chapters],
    )


def beep(seconds: float = 0.4, hertz: int = 440, rate: int = 24_000) -> bytes:
    """A WAV file with a square wave: what an editor uploads as a jingle."""
    count = int(seconds * rate)
    samples = (4000 if (n * hertz * 2 // rate) % 2 else -4000 for n in range(count))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples))
    return file.getvalue()
