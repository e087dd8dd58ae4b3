"""The merge: fragments and sounds in, one mastered MP3 out, in the same memory for an article of any length.

1. Sounds are checked and decoded. Then every length is known, so the timeline is computed before anything is
   written.
2. Fragment by fragment the trimmed speech goes to its place in a spool file of raw samples (pauses are holes in it).
   Its loudness is measured, then sounds go to their places as loud as they have to be beside it.
3. Gain and limiter are tried on the spool until the loudness is right, then FFmpeg applies them and what comes out
   is encoded. The MP3 is decoded once to measure what listeners will hear; should that be outside the bounds, the
   settings are corrected and the spool is encoded again.

FFmpeg is given raw samples in large blocks, and neither decodes nor encodes: its threads would hand over every frame
of 24 ms, which costs more than the work.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from narration.audio import merging, silence
from narration.audio import sounds as sound_files
from narration.audio import timeline as timelines
from narration.audio.codecs import decoding, encoding, ffmpeg_tool
from narration.audio.codecs.mp3 import ENCODER_DELAY
from narration.audio.levels import loudness, meter
from narration.audio.merging import Material, Merged
from narration.audio.timeline import Placement
from narration.errors import MergeFailed
from narration.model import SAMPLE_BYTES, SAMPLE_RATE, Item

BIT_RATE = 64_000
"""Bits per second. 48 kb/s MP3 decoded and encoded again loses least here for its size."""

REHEARSALS = 4
EXCERPT_SECONDS, PIECE_SECONDS = 120, 3
"""Rehearsed is about this much of a longer article, in pieces from all over it."""

PASSES = 3
"""Encodes for the loudness at most: speech needs one, a second corrects what was unusual, a third what the second
moved. Should the third have lifted a peak over its bound, more of them only turn it down again."""

MOST_PASSES = 5

LIMITER: Mapping[str, int] = {"level": 0, "attack": 5, "release": 50, "latency": 1}
"""Times in milliseconds. ``latency``: without it the limiter's look-ahead would delay everything by its attack time."""

OVERSAMPLING = 2
"""At twice the rate the limiter sees most of the peaks that lie between samples: 1.4 dB less true peak."""

FADE_MS = 5
_FADE = FADE_MS * SAMPLE_RATE // 1000
_BLOCK = 1 << 18


def merge(
    items: Sequence[Item], material: Material, work: Path, out: Path, *, title: str = "", deadline: float | None = None
) -> Merged:
    """Write the MP3 of ``items`` in order to ``out``: 24 kHz mono, 64 kb/s, untagged, gapless.

    Its decoded length is the timeline's to the sample, and the same input gives the same bytes.

    Args:
        items: what is to be heard; pauses are added here.
        material: the files to merge, which are left as they are.
        work: existing folder for temporary samples, up to 600 MB per hour of audio; left as it was found.
        out: the MP3, 29 MB per hour.
        title: of the article, for the first chapter.
        deadline: instant of ``time.monotonic`` after which FFmpeg is stopped.

    Raises:
        EditionGone: a fragment's file or clip is not there.
        MergeFailed: a fragment is damaged, no sound is usable, the disk is too small, or time is over.
        NothingToRead: Polly had no sound for any fragment.
    """
    for name in dict.fromkeys(item.fragment for item in items if item.fragment):
        merging.speech(name, material)
    with tempfile.TemporaryDirectory(dir=work, prefix="merge-") as name:
        folder = Path(name)
        keys = [item.sound for item in items if item.sound]
        usable, missing = sound_files.prepare_all(material.sounds, keys, folder, deadline)
        audible = [item for item in items if item.fragment or item.sound in usable]
        placements = timelines.place(audible, {**material.clips, **{key: sound.clip for key, sound in usable.items()}})
        timeline = timelines.of(placements, title)
        if not timeline.samples:
            raise merging.nothing_to_hear(missing)
        _check_disk(folder, timeline.samples)
        spool = _Spool(folder / "spool.pcm", timeline.samples, placements, material.fragments, usable, deadline)
        level, passes = _master(spool, *_assemble(spool), out)
    return Merged(timeline, tuple(placements), missing, level.lufs, level.peak, passes)


@dataclass(frozen=True, slots=True)
class _Spool:
    """The file of raw samples, how long it is to be, and what is to be heard in it."""

    path: Path
    samples: int
    placements: Sequence[Placement]
    fragments: Mapping[str, Path]
    sounds: Mapping[str, sound_files.Sound]
    deadline: float | None


def _check_disk(folder: Path, samples: int) -> None:
    # The spool, and what was encoded of it, decoded again and then some of that; a pass stands beside the best before.
    needed = 3 * samples * SAMPLE_BYTES + 3 * samples * BIT_RATE // 8 // SAMPLE_RATE
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MergeFailed(
            f"The merge needs {needed // 10**6} MB of temporary disk and {free // 10**6} MB are free: "
            "give the function more ephemeral storage or shorten the article."
        )


def _assemble(spool: _Spool) -> tuple[loudness.Settings, _Excerpt]:
    """Write all audio to the spool; with which settings it is to be mastered, and which part is enough to try them.

    Speech stands in it as loud as the engine spoke, sounds as loud as they have to be beside that: the one gain
    of mastering then brings both to their targets.
    """
    with spool.path.open("wb") as target:
        target.truncate(spool.samples * SAMPLE_BYTES)
        _write_speech(spool, target)
    speech_lufs = meter.lufs(meter.raw(spool.path), spool.deadline)
    settings = loudness.first_settings(speech_lufs)
    sounds = [placed for placed in spool.placements if placed.item.sound]
    # Beside speech a sound stands a little back; alone it is the whole audio.
    aim = loudness.SOUND_LUFS if speech_lufs > loudness.UNMEASURABLE else loudness.SPOOL_LUFS
    with spool.path.open("r+b") as target:
        for placed in sounds:
            sound = spool.sounds[placed.item.sound or ""]
            target.seek(placed.start * SAMPLE_BYTES)
            target.writelines(sound_files.louder(sound, loudness.sound_gain(sound.level, aim - settings.gain)))
    whole = meter.lufs(meter.raw(spool.path), spool.deadline) if sounds else speech_lufs
    return settings, _excerpt(spool, whole)


def _write_speech(spool: _Spool, target: IO[bytes]) -> None:
    """Decode each fragment and write what is heard of it to its place."""
    for placed in spool.placements:
        if not placed.item.fragment:
            continue
        ffmpeg_tool.time_left(spool.deadline)
        pcm = b"".join(decoding.samples(spool.fragments[placed.item.fragment].read_bytes()))
        target.seek(placed.start * SAMPLE_BYTES)
        target.write(_faded(memoryview(pcm)[placed.first * SAMPLE_BYTES : placed.last * SAMPLE_BYTES]))


def _faded(pcm: memoryview) -> bytes:
    """``pcm`` with 5 ms of fade at both ends, none where it is shorter than both."""
    fade = _FADE * SAMPLE_BYTES
    if len(pcm) < 2 * fade:
        return bytes(pcm)
    first, last = silence.segment(bytes(pcm[:fade])), silence.segment(bytes(pcm[-fade:]))
    return b"".join((first.fade_in(FADE_MS).raw_data, pcm[fade:-fade], last.fade_out(FADE_MS).raw_data))


def _master(spool: _Spool, settings: loudness.Settings, excerpt: _Excerpt, out: Path) -> tuple[loudness.Level, int]:
    """Encode until the decoded result is inside the bounds, or may not be tried again; the best level, the passes.

    The peak is a bound and the loudness an aim: audio of a few sharp clicks can meet the one only. A later pass may be
    worse than an earlier one, so ``out`` is the best of them.
    """
    aim = lufs = loudness.SPOOL_LUFS
    best: loudness.Level | None = None
    trial, kept = spool.path.with_suffix(".trial"), spool.path.with_suffix(".kept")
    passes = 0
    while True:
        passes += 1
        if passes <= PASSES:
            settings, lufs = _rehearse(spool, excerpt, settings, aim)
        _encode(spool, settings, trial)
        level = _verify(spool, trial)
        if best is None or loudness.better(level, best):
            best = level
            trial.replace(kept)
        peaks_fit = best.peak < loudness.TRUE_PEAK_LIMIT
        if loudness.good(best) or (passes >= PASSES and peaks_fit) or passes == MOST_PASSES:
            _finish(kept, spool.samples, out)
            return best, passes
        if passes >= PASSES:
            settings = loudness.quieter(settings, level.peak)
            continue
        if level.measurable:
            aim = loudness.TARGET_LUFS + lufs - level.lufs  # what this audio loses in the encoder is known now
        settings = loudness.lowered(settings, level.peak)


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """The part of the spool that is tried; ``offset`` LU lie between it and the whole."""

    path: Path
    offset: float = 0.0


def _excerpt(spool: _Spool, whole: float) -> _Excerpt:
    """Pieces from all over the spool, which is ``whole`` LUFS loud; all of it where it is short.

    What the limiter takes differs little between a good part of the audio and all of it. Should it be too much, the
    verified loudness says so, and the next pass makes up for it.
    """
    every = spool.samples // (EXCERPT_SECONDS * SAMPLE_RATE)
    if every < 2:
        return _Excerpt(spool.path)
    path = spool.path.with_suffix(".excerpt")
    piece = PIECE_SECONDS * SAMPLE_RATE * SAMPLE_BYTES
    with spool.path.open("rb") as source, path.open("wb") as target:
        for start in range(0, spool.samples * SAMPLE_BYTES, every * piece):
            source.seek(start)
            target.write(source.read(piece))
    part = meter.lufs(meter.raw(path), spool.deadline)
    if part <= loudness.UNMEASURABLE:
        return _Excerpt(spool.path)
    return _Excerpt(path, whole - part)


def _rehearse(
    spool: _Spool, excerpt: _Excerpt, settings: loudness.Settings, aim: float
) -> tuple[loudness.Settings, float]:
    """Find the gain that makes up for what the limiter takes, at a fraction of an encode's cost.

    Returns the settings and the loudness they give before the encoder (or gave, one step before).
    """
    most = loudness.MAX_GAIN
    tries: list[tuple[float, float]] = []
    while True:
        limited = meter.lufs(_limited(excerpt.path, settings, SAMPLE_RATE), spool.deadline)
        lufs = limited + excerpt.offset if limited > loudness.UNMEASURABLE else limited
        tries.append((settings.gain, lufs))
        if len(tries) == 1:
            most, gives = settings.gain + aim - lufs + loudness.MAX_PUSH, 1.0
        else:
            gains, levels = zip(*tries[-2:], strict=True)
            gives = loudness.yielded(gains, levels)
        closer = loudness.rehearsed(settings, lufs, aim, most, gives)
        if closer is None:
            return settings, lufs
        settings = closer
        if len(tries) == REHEARSALS:
            return settings, lufs


def _limited(pcm: Path, settings: loudness.Settings, rate: int) -> Any:
    """Samples after gain and a limiter that works at ``rate`` hertz."""
    louder = meter.raw(pcm).filter("volume", f"{settings.gain:.2f}dB", precision="double")
    limit = f"{10 ** (settings.ceiling / 20):.6f}"
    if rate == SAMPLE_RATE:
        return louder.filter("alimiter", limit=limit, **LIMITER)
    limited = louder.filter("aresample", rate).filter("alimiter", limit=limit, **LIMITER)
    return limited.filter("aresample", SAMPLE_RATE)


def _encode(spool: _Spool, settings: loudness.Settings, out: Path) -> None:
    limited = _limited(spool.path, settings, OVERSAMPLING * SAMPLE_RATE)
    output = limited.output("pipe:", format="s16le", ar=SAMPLE_RATE, ac=1)
    with ffmpeg_tool.reading(output, "limit the audio", spool.deadline) as pipe, out.open("wb") as target:
        encoder = encoding.Encoder(BIT_RATE)
        while block := pipe.read_some(_BLOCK):
            target.write(encoder.encode(block))
        target.write(encoder.close())


def _finish(frames: Path, samples: int, out: Path) -> None:
    """The frames behind an Info frame that says how many samples are to be heard of them."""
    with frames.open("rb") as source, out.open("wb") as target:
        first = source.read(_BLOCK)
        target.write(encoding.info_frame(first, frames.stat().st_size, samples))
        target.write(first)
        shutil.copyfileobj(source, target)


def _verify(spool: _Spool, frames: Path) -> loudness.Level:
    """Decode the MP3 and drop what a player drops: the level of what is heard.

    Raises:
        MergeFailed: there are fewer samples than predicted.
    """
    heard = spool.path.with_suffix(".heard")
    left = spool.samples * SAMPLE_BYTES
    drop = ENCODER_DELAY * SAMPLE_BYTES
    with heard.open("wb") as target:
        for block in decoding.of_frames(frames):
            part = block[drop : drop + left]
            drop -= min(drop, len(block))
            left -= target.write(part)
    if left:
        raise MergeFailed(
            f"The merged audio lacks {left // SAMPLE_BYTES} of the {spool.samples} samples that were predicted: "
            "LAME pads differently; use the lameenc of the layer's requirements."
        )
    return meter.level(heard, spool.path.with_suffix(".peaks"), spool.deadline)
