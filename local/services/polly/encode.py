"""Samples to each of Polly's output formats, by the FFmpeg binary of the imageio-ffmpeg wheel."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.services.polly.engines import Engine, engines
from local.services.polly.errors import ServiceFailure

_FFMPEG_SECONDS = 120.0
_CEILING = 0.89
"""Of full scale: -1 dBFS."""
_NATIVE = "s16le" if sys.byteorder == "little" else "s16be"


@dataclass(frozen=True, slots=True)
class Format:
    """One ``OutputFormat``: its sample rates (the service model's documentation) and how FFmpeg makes it."""

    content_type: str
    rates: tuple[int, ...]
    default: int | None
    """Sample rate where none is asked for; None: the engine's."""
    arguments: tuple[str, ...]


_MUSIC_RATES = (8000, 16000, 22050, 24000, 44100, 48000)

FORMATS: dict[str, Format] = {
    # No Xing or Info frame: Polly's MP3s have none, so no reader learns the encoder's delay from them.
    "mp3": Format(
        "audio/mpeg",
        _MUSIC_RATES,
        None,
        ("-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0", "-f", "mp3"),
    ),
    "ogg_vorbis": Format("audio/ogg", _MUSIC_RATES, None, ("-c:a", "libvorbis", "-q:a", "3", "-f", "ogg")),
    "ogg_opus": Format("audio/ogg", (48000,), 48000, ("-c:a", "libopus", "-b:a", "48k", "-f", "ogg")),
    "pcm": Format("audio/pcm", (8000, 16000), 16000, ("-c:a", "pcm_s16le", "-f", "s16le")),
    "mulaw": Format("audio/mulaw", (8000,), 8000, ("-c:a", "pcm_mulaw", "-f", "mulaw")),
    "alaw": Format("audio/alaw", (8000,), 8000, ("-c:a", "pcm_alaw", "-f", "alaw")),
    # Speech marks have no samples; Polly takes a rate with them all the same.
    "json": Format("application/x-json-stream", _MUSIC_RATES, None, ()),
}


@cache
def ffmpeg() -> str:
    """The FFmpeg binary inside the imageio-ffmpeg wheel, or $IMAGEIO_FFMPEG_EXE.

    imageio_ffmpeg.get_ffmpeg_exe() finds the same, but runs it once to see that it works.

    Raises:
        ServiceFailure: the wheel is not installed or holds no binary.
    """
    if named := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return named
    spec = importlib.util.find_spec("imageio_ffmpeg")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for candidate in sorted(Path(folder, "binaries").glob("ffmpeg-*")):
            return str(candidate)
    raise ServiceFailure("There is no FFmpeg: install the project's requirements, they bring imageio-ffmpeg.")


def encode(samples: bytes, rate: int, output: str, sample_rate: int, gain_db: float, engine: str = "neural") -> bytes:
    """Encode mono 16-bit ``samples`` of ``rate`` Hz as ``output`` of ``sample_rate`` Hz, ``gain_db`` louder.

    An MP3 has the layout of ``engine``'s. The same samples give the same bytes: nothing of time, version or chance is
    written.

    Raises:
        ServiceFailure: FFmpeg failed; the message carries the end of its report.
    """
    form = FORMATS[output]
    command = [ffmpeg(), "-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"]
    command += ["-f", _NATIVE, "-ar", str(rate), "-ac", "1", "-i", "pipe:0", "-af", _louder(gain_db)]
    command += ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    command += ["-ar", str(sample_rate)]
    command += list(form.arguments)
    profile = engines()[engine]
    if output == "mp3":
        command += ["-b:a", f"{profile.kbps_8khz if sample_rate == 8000 else profile.kbps}k"]
        command += ["-reservoir", str(int(profile.reservoir))]
    command.append("pipe:1")
    done = subprocess.run(command, input=samples, capture_output=True, timeout=_FFMPEG_SECONDS, check=False)
    if done.returncode != 0:
        report = done.stderr.decode(errors="replace")[-500:]
        raise ServiceFailure(f"FFmpeg could not encode {output}: {report}")
    return _id3(profile) + done.stdout if output == "mp3" else done.stdout


def _louder(gain_db: float) -> str:
    """A filter that adds ``gain_db`` dB; what would be over full scale then is held under it, as clipping is none."""
    return f"volume={gain_db:.2f}dB,alimiter=limit={_CEILING}:level=disabled:latency=1"


def _id3(engine: Engine) -> bytes:
    """The 45 bytes before the first frame of Polly's MP3s: ID3v2.4 with one TSSE and 10 bytes of padding.

    FFmpeg would write the same with its own version in it.
    """
    frame = b"\x03" + engine.id3_encoder.encode() + b"\x00"  # UTF-8, NUL-terminated
    body = b"TSSE" + len(frame).to_bytes(4, "big") + b"\x00\x00" + frame + bytes(10)
    return b"ID3\x04\x00\x00" + len(body).to_bytes(4, "big") + body  # sizes below 128: syncsafe as they are
