"""Audio made for a test: tones and noise as samples, MP3 fragments in the byte layout of Polly, and a decoder."""

from __future__ import annotations

import array
import math
import random
import subprocess
from functools import lru_cache
from pathlib import Path

from narration.audio.codecs import ffmpeg_tool
from narration.model import SAMPLE_RATE

FULL_SCALE = 32767


def ffmpeg(*arguments: str | Path, stdin: bytes = b"") -> tuple[bytes, str]:
    """Run FFmpeg without the code under test; its output and its report."""
    done = subprocess.run(
        [ffmpeg_tool.find(), "-hide_banner", "-nostdin", "-nostats", "-y", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
    )
    report = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0, report
    return done.stdout, report


def tone(seconds: float, level: float = 0.1, hertz: float = 440.0) -> bytes:
    """A sine of peak ``level`` (1 is full scale) as samples."""
    step = 2 * math.pi * hertz / SAMPLE_RATE
    count = round(seconds * SAMPLE_RATE)
    return array.array("h", (round(level * FULL_SCALE * math.sin(step * n)) for n in range(count))).tobytes()


def noise(seconds: float, level: float = 0.1, seed: int = 1) -> bytes:
    """Bursts of noise at about the rhythm of syllables, of peak ``level``."""
    source = random.Random(seed)
    count = round(seconds * SAMPLE_RATE)
    loud = level * FULL_SCALE
    return array.array(
        "h",
        (round(source.uniform(-loud, loud) * (1 if n // 2400 % 3 else 0.1)) for n in range(count)),
    ).tobytes()


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * SAMPLE_RATE))


@lru_cache(maxsize=64)
def fragment(pcm: bytes, rate: int = SAMPLE_RATE) -> bytes:
    """Samples as Polly delivers them: 24 kHz mono at 48 kb/s, written to a pipe, so without an Info frame."""
    source = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-")
    encoder = ("-c:a", "libmp3lame", "-b:a", "48k", "-ar", str(rate), "-f", "mp3", "-")
    return ffmpeg(*source, *encoder, stdin=pcm)[0]


def write_sound(path: Path, pcm: bytes, *options: str) -> Path:
    """Samples as a sound file in the format of the path's suffix."""
    ffmpeg("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "-", *options, path, stdin=pcm)
    return path


def decode(path: Path) -> bytes:
    """All samples a gapless player hears."""
    return ffmpeg("-i", path, "-f", "s16le", "-")[0]


def level(path: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) of a file, by FFmpeg's meter."""
    report = ffmpeg("-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-")[1]
    summary = report[report.rindex("Summary") :]
    return _number(summary, "I:"), _number(summary, "Peak:")


def peak(pcm: bytes) -> int:
    """The largest sample."""
    return max((abs(value) for value in array.array("h", pcm)), default=0)


def _number(summary: str, mark: str) -> float:
    return float(summary.split(mark, 1)[1].split(maxsplit=1)[0])
