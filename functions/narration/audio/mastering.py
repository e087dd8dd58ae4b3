"""The merge: fragments and sounds in, one mastered MP3 out, in the same memory for an article of any length.

1. Sounds are checked and decoded. Then every length is known, so the timeline is computed before anything is
   written.
2. One FFmpeg decodes all fragments in play order through a pipe, measuring loudness on the way; segment by
   segment the trimmed speech goes to its place in a spool file of raw samples (pauses are holes in it), then
   the sounds.
3. Gain and limiter are tried on the spool until the loudness is right, then one FFmpeg applies them and
   encodes. The MP3 is decoded once to measure what listeners will hear; should that be outside the bounds, the
   settings are corrected and the spool is encoded again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from narration.audio import ffmpeg_tool, loudness, merging, silence
from narration.audio import sounds as sound_files
from narration.audio import timeline as timelines
from narration.audio.merging import ENCODER, Material, Merged
from narration.audio.mp3 import SAMPLES_PER_FRAME
from narration.audio.silence import SAMPLE_BYTES
from narration.audio.timeline import Placement
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE, Item

BIT_RATE = 64_000
"""Bits per second. 48 kb/s MP3 decoded and encoded again loses least here for its size."""

REHEARSALS = 4
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
_BLOCK_SAMPLES = 40 * SAMPLES_PER_FRAME
_NO_LEVEL = "FFmpeg did not report a level ({}): use the version in the layer's requirements."


def merge(
    items: Sequence[Item], material: Material, work: Path, out: Path, *, title: str = "", deadline: float | None = None
) -> Merged:
    """Write the MP3 of ``items`` in order to ``out``: 24 kHz mono, 64 kb/s, untagged, gapless.

    Its decoded length is the timeline's to the sample, and the same input gives the same bytes.

    Args:
        items: what is to be heard; pauses are added here.
        material: the files to merge, which are left as they are.
        work: existing folder for temporary samples, 172 MB per hour of audio; left as it was found.
        out: the MP3, 29 MB per hour.
        title: of the article, for the first chapter.
        deadline: instant of ``time.monotonic`` after which FFmpeg is stopped.

    Raises:
        EditionGone: a fragment's file or clip is not there.
        MergeFailed: a fragment is damaged, sounds are missing and nothing is heard, the disk is too small, or time is
            over.
        NothingToRead: there is no sound to play, and all speech is silent.
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
        level, passes = _master(spool, _assemble(spool), out)
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
    # A pass is encoded beside the best one before it.
    needed = samples * SAMPLE_BYTES + 2 * samples * BIT_RATE // 8 // SAMPLE_RATE
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MergeFailed(
            f"The merge needs {needed // 10**6} MB of temporary disk and {free // 10**6} MB are free: "
            "give the function more ephemeral storage or shorten the article."
        )


def _assemble(spool: _Spool) -> loudness.Settings:
    """Write all audio to the spool and say with which settings it is to be mastered.

    Speech stands in it as loud as the engine spoke, sounds as loud as they have to be beside that: the one gain
    of mastering then brings both to their targets.
    """
    with spool.path.open("wb") as target:
        target.truncate(spool.samples * SAMPLE_BYTES)
        speech_lufs = _write_speech(spool, target)
        settings = loudness.first_settings(speech_lufs)
        # Beside speech a sound stands a little back; alone it is the whole audio.
        aim = loudness.SOUND_LUFS if speech_lufs > loudness.UNMEASURABLE else loudness.SPOOL_LUFS
        for placed in spool.placements:
            if placed.item.sound:
                sound = spool.sounds[placed.item.sound]
                gain = loudness.sound_gain(sound.level, aim - settings.gain)
                _write_sound(sound.pcm, gain, placed.start, target)
    return settings


def _write_speech(spool: _Spool, target: IO[bytes]) -> float:
    """Decode all fragments in play order, write what is heard of each to its place; their LUFS together."""
    speech = [placed for placed in spool.placements if placed.item.fragment]
    if not speech:
        return loudness.UNMEASURABLE
    playlist = spool.path.with_suffix(".ffconcat")
    paths = (spool.fragments[placed.item.fragment or ""].resolve() for placed in speech)
    playlist.write_text("ffconcat version 1.0\n" + "".join(f"file {_quoted(path)}\n" for path in paths))
    with ffmpeg_tool.reading(_decoder(playlist), "decode the fragments", spool.deadline) as pipe:
        for placed in speech:
            _skip(pipe, placed.first)
            target.seek(placed.start * SAMPLE_BYTES)
            _copy_faded(pipe, placed.last - placed.first, target)
            _skip(pipe, placed.clip.samples - placed.last)
    return _lufs(pipe.report)


def _decoder(playlist: Path) -> ffmpeg_tool.Output:
    import ffmpeg

    # skip_manual: an Info frame must not make FFmpeg drop samples that the timeline counts.
    source = ffmpeg.input(f"file:{playlist}", format="concat", safe=0, flags2="+skip_manual")
    measured = source.filter("ebur128", framelog="verbose")
    output: ffmpeg_tool.Output = measured.output("pipe:", format="s16le", ar=SAMPLE_RATE, ac=1)
    return output


def _quoted(path: Path) -> str:
    escaped = str(path).replace("'", "'\\''")
    return f"'{escaped}'"


def _skip(pipe: ffmpeg_tool.Pipe, samples: int) -> None:
    left = samples * SAMPLE_BYTES
    while left:
        left -= len(pipe.read(min(left, _BLOCK)))


def _copy_faded(pipe: ffmpeg_tool.Pipe, samples: int, target: IO[bytes]) -> None:
    """Copy ``samples`` block by block with 5 ms of fade at both ends, none where they are shorter than both."""
    if samples < 2 * _FADE:
        target.write(pipe.read(samples * SAMPLE_BYTES))
        return
    target.write(silence.segment(pipe.read(_FADE * SAMPLE_BYTES)).fade_in(FADE_MS).raw_data)
    left = (samples - 2 * _FADE) * SAMPLE_BYTES
    while left:
        block = pipe.read(min(left, _BLOCK))
        target.write(block)
        left -= len(block)
    target.write(silence.segment(pipe.read(_FADE * SAMPLE_BYTES)).fade_out(FADE_MS).raw_data)


def _write_sound(pcm: Path, gain: float, start: int, target: IO[bytes]) -> None:
    target.seek(start * SAMPLE_BYTES)
    with pcm.open("rb") as source:
        while block := source.read(_BLOCK):
            target.write(silence.segment(block).apply_gain(gain).raw_data)


def _master(spool: _Spool, settings: loudness.Settings, out: Path) -> tuple[loudness.Level, int]:
    """Encode until the decoded result is inside the bounds, or may not be tried again; the best level, the passes.

    The peak is a bound and the loudness an aim: audio of a few sharp clicks can meet the one only. A later pass may be
    worse than an earlier one, so ``out`` is the best of them.
    """
    aim = lufs = loudness.SPOOL_LUFS
    best: loudness.Level | None = None
    trial = spool.path.with_suffix(".mp3")
    passes = 0
    while True:
        passes += 1
        if passes <= PASSES:
            settings, lufs = _rehearse(spool, settings, aim)
        _encode(spool, settings, trial)
        level = _verify(spool, trial)
        if best is None or loudness.better(level, best):
            best = level
            shutil.move(trial, out)
        peaks_fit = best.peak < loudness.TRUE_PEAK_LIMIT
        if loudness.good(best) or (passes >= PASSES and peaks_fit) or passes == MOST_PASSES:
            return best, passes
        if passes >= PASSES:
            settings = loudness.quieter(settings, level.peak)
            continue
        if level.measurable:
            aim = loudness.TARGET_LUFS + lufs - level.lufs  # what this audio loses in the encoder is known now
        settings = loudness.lowered(settings, level.peak)


def _rehearse(spool: _Spool, settings: loudness.Settings, aim: float) -> tuple[loudness.Settings, float]:
    """Find the gain that makes up for what the limiter takes, at a fifth of an encode's cost.

    Returns the settings and the loudness they give before the encoder (or gave, one step before).
    """
    most = loudness.MAX_GAIN
    for number in range(REHEARSALS):
        # Larger blocks than a demuxer's spare FFmpeg half of the work here.
        blocks = _limited(spool, settings, SAMPLE_RATE).filter("asetnsamples", nb_out_samples=_BLOCK_SAMPLES, pad=0)
        output = blocks.filter("ebur128", framelog="verbose").output("pipe:", format="null")
        _, report = ffmpeg_tool.run(output, "measure the audio", spool.deadline)
        lufs = _lufs(report)
        if number == 0:
            most = settings.gain + aim - lufs + loudness.MAX_PUSH
        closer = loudness.rehearsed(settings, lufs, aim, most)
        if closer is None:
            break
        settings = closer
    return settings, lufs


def _limited(spool: _Spool, settings: loudness.Settings, rate: int) -> Any:
    """The spool after gain and a limiter that works at ``rate`` hertz."""
    import ffmpeg

    source = ffmpeg.input(f"file:{spool.path}", format="s16le", ar=SAMPLE_RATE, ac=1)
    louder = source.filter("volume", f"{settings.gain:.2f}dB", precision="double").filter("aresample", rate)
    limit = f"{10 ** (settings.ceiling / 20):.6f}"
    return louder.filter("alimiter", limit=limit, **LIMITER).filter("aresample", SAMPLE_RATE)


def _encode(spool: _Spool, settings: loudness.Settings, out: Path) -> None:
    limited = _limited(spool, settings, OVERSAMPLING * SAMPLE_RATE)
    output = limited.output(f"file:{out}", audio_bitrate=BIT_RATE, **ENCODER)
    ffmpeg_tool.run(output, "encode the audio", spool.deadline)


def _verify(spool: _Spool, out: Path) -> loudness.Level:
    """Decode the MP3 as a player would: its level, once its length is seen to be the predicted one."""
    import ffmpeg

    measured = ffmpeg.input(f"file:{out}", format="mp3").filter("ebur128", framelog="verbose", peak="true")
    output = measured.output("pipe:", format="s16le", ar=SAMPLE_RATE, ac=1)
    decoded = 0
    with ffmpeg_tool.reading(output, "decode the merged audio", spool.deadline) as pipe:
        while block := pipe.read_some(_BLOCK):
            decoded += len(block)
    if decoded != spool.samples * SAMPLE_BYTES:
        raise MergeFailed(
            f"The merged audio decodes to {decoded // SAMPLE_BYTES} samples, {spool.samples} were predicted: "
            "this FFmpeg treats MP3 padding differently; use the version in the layer's requirements."
        )
    try:
        return loudness.parse(pipe.report)
    except ValueError as error:
        raise MergeFailed(_NO_LEVEL.format(error)) from error


def _lufs(report: str) -> float:
    try:
        return loudness.parse_lufs(report)
    except ValueError as error:
        raise MergeFailed(_NO_LEVEL.format(error)) from error
