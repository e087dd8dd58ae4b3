"""What a fragment's sidecar keeps, by decoding it: how much silence stands at its two ends, and how loud it is.

pydub, whose one user this is, is given samples and never asked to run a program: its own MP3 reader needs ffprobe.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from narration.audio.codecs import decoding, mp3
from narration.audio.levels import gating, weighting
from narration.errors import MergeFailed
from narration.model import SAMPLE_BYTES, SAMPLE_RATE, Clip

if TYPE_CHECKING:
    from pydub import AudioSegment

SILENCE_DBFS = -50.0
"""RMS level of a window below which it counts as silence: some 25 dB under Polly's speech. A sidecar keeps what was
measured: delete ``fragments/*.json`` to have fragments measured by another number; that bills nothing."""

SILENCE_UNDER_PEAK_DB = 40.0
"""In a quiet fragment the threshold lies this far under its peak: quiet speech must not be trimmed."""

NO_SPEECH_DBFS = -60.0
"""A fragment whose highest sample is lower holds no speech at all."""

WINDOW_MS = 5


def measure_clip(audio: Path | bytes) -> Clip:
    """Length and edge silence of an MP3 fragment, in samples, and its loudness; both ends to a window of 5 ms.

    A fragment of silence alone is all ``lead_silence``. The encoder's 1,105 samples of delay are part of the
    lead: Polly's files carry no LAME tag that would let a decoder drop them.

    Raises:
        MergeFailed: no MP3, not at 24 kHz, or not decodable to as many samples as its frames promise.
    """
    data = audio if isinstance(audio, bytes) else audio.read_bytes()
    samples = checked_samples(data)
    pcm = b"".join(decoding.samples(data))
    if len(pcm) != samples * SAMPLE_BYTES:
        raise MergeFailed(
            f"The fragment is damaged: its frames promise {samples} samples but "
            f"{len(pcm) // SAMPLE_BYTES} were decoded; synthesize it again."
        )
    return Clip(samples, *edges(pcm), *level(pcm))


def level(pcm: bytes) -> tuple[float, float]:
    """Integrated loudness (LUFS) and sample peak (dBFS) of decoded samples, to a hundredth; -70 where it is silent."""
    lufs = gating.integrated(weighting.mean_squares(pcm))
    peak = weighting.sample_peak(pcm, gating.SILENT)
    return round(lufs, 2), round(max(peak, gating.SILENT), 2)


def checked_samples(data: bytes) -> int:
    """Samples of an MP3 fragment from its frames alone.

    Raises:
        MergeFailed: no MP3, or not at 24 kHz.
    """
    found = mp3.measure(data)
    if not found.frames:
        raise MergeFailed("The fragment holds no MP3 audio; synthesize it again.")
    if found.sample_rate != SAMPLE_RATE:
        raise MergeFailed(f"The fragment is at {found.sample_rate} Hz; ask for {SAMPLE_RATE} Hz.")
    return found.samples


def edges(pcm: bytes) -> tuple[int, int]:
    """Silent samples at the start and at the end; a clip that is silent throughout is all start."""
    whole = segment(pcm)
    from pydub.silence import detect_leading_silence

    samples = len(pcm) // SAMPLE_BYTES
    if whole.max_dBFS < NO_SPEECH_DBFS:
        return samples, 0
    threshold = min(SILENCE_DBFS, whole.max_dBFS - SILENCE_UNDER_PEAK_DB)
    lead = min(_samples(detect_leading_silence(whole, threshold, WINDOW_MS)), samples)
    tail = _samples(detect_leading_silence(whole.reverse(), threshold, WINDOW_MS))
    return lead, min(tail, samples - lead)


def segment(pcm: bytes) -> AudioSegment:
    """A pydub ``AudioSegment`` over decoded samples."""
    with warnings.catch_warnings():
        # Import-time noise of pydub 0.25.1 (old escapes, no ffmpeg beside it, audioop) means nothing to a log
        # reader.
        warnings.simplefilter("ignore")
        from pydub import AudioSegment

    return AudioSegment(data=pcm, sample_width=SAMPLE_BYTES, frame_rate=SAMPLE_RATE, channels=1)


def _samples(milliseconds: int) -> int:
    return milliseconds * SAMPLE_RATE // 1000
