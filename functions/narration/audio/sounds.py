"""An editor's sound file, checked and brought to the form that is merged: 24 kHz mono samples and its level.

The files come from people, so FFmpeg may open nothing but the file itself and guess among audio containers only:
a playlist named ``jingle.mp3`` would otherwise make it read other files or addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narration.audio import silence
from narration.audio.codecs import ffmpeg_tool
from narration.audio.levels import loudness
from narration.errors import MergeFailed, UnusableSound
from narration.model import SAMPLE_BYTES, SAMPLE_RATE, Clip

MAX_BYTES = 50 * 1024 * 1024
MAX_SECONDS = 300
MAX_SECONDS_TOGETHER = 1800
"""Bounds for one file, for one sound, and for all different sounds of one edition (86 MB of samples)."""

_TIME_LIMIT = 60.0
_BLOCK_BYTES = 1 << 18
_NO_AUDIO = "The file is no audio that can be read; upload it as WAV, FLAC, MP3, Ogg or M4A."
_CONTAINERS = "aac,aiff,au,caf,flac,matroska,mov,mp3,ogg,w64,wav"


@dataclass(frozen=True, slots=True)
class Sound:
    """Signed 16-bit mono samples at 24 kHz in the file ``pcm``, as loud as they came."""

    pcm: Path
    samples: int
    level: loudness.Level
    """Integrated loudness and sample peak."""

    @property
    def clip(self) -> Clip:
        """Nothing is trimmed: an editor's silence is meant."""
        return Clip(self.samples, 0, 0)


def prepare_all(
    files: Mapping[str, Path], keys: list[str], folder: Path, deadline: float | None = None
) -> tuple[dict[str, Sound], dict[str, str]]:
    """Every usable sound by its key, and for each of the others the reason why it is left out."""
    usable: dict[str, Sound] = {}
    reasons: dict[str, str] = {}
    left = MAX_SECONDS_TOGETHER * SAMPLE_RATE
    for number, key in enumerate(dict.fromkeys(keys)):
        pcm = folder / f"sound-{number}.pcm"
        try:
            sound = _within(left, prepare(files.get(key), pcm, deadline))
        except UnusableSound as error:
            pcm.unlink(missing_ok=True)
            reasons[key] = str(error)
            continue
        left -= sound.samples
        usable[key] = sound
    return usable, reasons


def prepare(source: Path | None, pcm: Path, deadline: float | None = None) -> Sound:
    """Decode ``source`` into ``pcm`` and measure it.

    Raises:
        UnusableSound: missing, empty, over 50 MB, no audio FFmpeg can read, or longer than 300 s.
        MergeFailed: ``deadline`` (a ``time.monotonic`` instant) has passed.
    """
    source = _checked(source)
    left = ffmpeg_tool.time_left(deadline)
    try:
        report = _decode(source, pcm, min(left, _TIME_LIMIT))
        level = loudness.parse(report)
    except (MergeFailed, ValueError) as error:
        ffmpeg_tool.time_left(deadline)  # if the merge's own time is over, that is what has to be said
        # FFmpeg's report names folders of this machine; the sentence is shown to editors and stored.
        raise UnusableSound(_NO_AUDIO) from error
    samples = pcm.stat().st_size // SAMPLE_BYTES
    if not samples:
        raise UnusableSound("The file holds no audio.")
    if samples > MAX_SECONDS * SAMPLE_RATE:
        raise UnusableSound(f"The sound is longer than {MAX_SECONDS} s; shorten it.")
    if not level.measurable:
        level = short_level(pcm, level)
    return Sound(pcm, samples, level)


def louder(sound: Sound, gain: float) -> Iterator[bytes]:
    """The samples of ``sound`` with a gain in dB, in blocks."""
    with sound.pcm.open("rb") as source:
        while block := source.read(_BLOCK_BYTES):
            yield silence.segment(block).apply_gain(gain).raw_data


def short_level(pcm: Path, level: loudness.Level) -> loudness.Level:
    """A stand-in for the loudness of what is shorter than one 400 ms block: its RMS level lies near."""
    if pcm.stat().st_size > SAMPLE_RATE * SAMPLE_BYTES:
        return level  # long enough to have been measured: it is silent
    rms = silence.segment(pcm.read_bytes()).dBFS
    return loudness.Level(max(rms, loudness.UNMEASURABLE), level.peak)


def _within(samples: int, sound: Sound) -> Sound:
    if sound.samples > samples:
        raise UnusableSound(f"The article's sounds are longer than {MAX_SECONDS_TOGETHER} s together; use fewer.")
    return sound


def _checked(source: Path | None) -> Path:
    if source is None or not source.is_file():
        raise UnusableSound("There is no such object; upload it, or take it out of the article.")
    size = source.stat().st_size
    if not size:
        raise UnusableSound("The file is empty; upload it again.")
    if size > MAX_BYTES:
        raise UnusableSound(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB; shorten or compress it.")
    return source


def _decode(source: Path, pcm: Path, seconds: float) -> str:
    import time

    import ffmpeg

    opened: Any = ffmpeg.input(f"file:{source}", protocol_whitelist="file", format_whitelist=_CONTAINERS, vn=None)
    heard = opened["a:0"].filter("aresample", SAMPLE_RATE).filter("aformat", channel_layouts="mono")
    measured = heard.filter("ebur128", framelog="verbose", peak="sample")
    output = measured.output(str(pcm), format="s16le", ar=SAMPLE_RATE, ac=1, t=MAX_SECONDS + 1, map_metadata=-1)
    _, report = ffmpeg_tool.run(output, "read a sound", time.monotonic() + seconds)
    return report
