"""Measures raw samples in a file: loudness by FFmpeg, true peak in those places alone where it can be.

FFmpeg's ``ebur128`` finds peaks between samples at eight times the rate, which costs four times as much as everything
else it does. Between two samples a peak is rarely 3 dB over them, so only the parts of the audio whose samples come
within ``NEAR_PEAK`` dB of the loudest one are measured in this way.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from narration.audio.codecs import ffmpeg_tool
from narration.audio.levels import loudness, weighting
from narration.errors import MergeFailed
from narration.model import SAMPLE_BYTES, SAMPLE_RATE

NEAR_PEAK = 6.0
_WINDOW = SAMPLE_RATE // 400
_WINDOW_BYTES = _WINDOW * SAMPLE_BYTES
_READ_BYTES = 4000 * _WINDOW_BYTES
_BLOCK_SAMPLES = SAMPLE_RATE
_NO_LEVEL = "FFmpeg did not report a level ({}): use the version in the layer's requirements."


def raw(pcm: Path) -> Any:
    """``pcm`` as FFmpeg's input, in blocks of a second: its reader's own are so small that threads cost the most."""
    import ffmpeg

    source = ffmpeg.input(f"file:{pcm}", format="s16le", ar=SAMPLE_RATE, ac=1)
    return source.filter("asetnsamples", nb_out_samples=_BLOCK_SAMPLES, pad=0)


def lufs(source: Any, deadline: float | None = None) -> float:
    """Integrated loudness of a filter chain; ``loudness.UNMEASURABLE`` for silence.

    Raises:
        MergeFailed: FFmpeg failed or reports none, or time is over.
    """
    return _reported(source, deadline).lufs


def level(pcm: Path, work: Path, deadline: float | None = None) -> loudness.Level:
    """Loudness and true peak of ``pcm``; ``work`` is a file for the parts that are measured twice.

    Raises:
        MergeFailed: as for ``lufs``.
    """
    whole = lufs(raw(pcm), deadline)
    maxima = array("H", _maxima(pcm))
    loudest = max(maxima, default=0)
    if not loudest:
        return loudness.Level(whole, float("-inf"))
    least = loudest * 10 ** (-NEAR_PEAK / 20)
    with pcm.open("rb") as source, work.open("wb") as target:
        for first, last in near(maxima, least):
            source.seek(first * _WINDOW_BYTES)
            target.write(source.read((last - first) * _WINDOW_BYTES))
    peak = _reported(raw(work), deadline, peak="true").peak
    return loudness.Level(whole, peak)


def near(maxima: Sequence[int], least: float) -> Iterator[tuple[int, int]]:
    """First and last-plus-one of each run of windows that reach ``least``, with one window of context at both ends.

    Context keeps the joints of runs quiet: what rings there stays under what is looked for.
    """
    start = end = 0
    for number, highest in enumerate(maxima):
        if highest < least:
            continue
        if number - 1 > end and end:
            yield start, min(end, len(maxima))
            end = 0
        if not end:
            start = max(number - 1, 0)
        end = number + 2
    if end:
        yield start, min(end, len(maxima))


def _maxima(pcm: Path) -> Iterator[int]:
    """The largest sample of each window of 2.5 ms, which is longer than what FFmpeg looks at beside each peak."""
    with pcm.open("rb") as source:
        while block := source.read(_READ_BYTES):
            yield from weighting.maxima(block, _WINDOW)


def _reported(source: Any, deadline: float | None, **options: str) -> loudness.Level:
    output = source.filter("ebur128", framelog="verbose", **options).output("pipe:", format="null")
    _, report = ffmpeg_tool.run(output, "measure the audio", deadline)
    return _measured(report, with_peak=bool(options))


def _measured(report: str, *, with_peak: bool) -> loudness.Level:
    try:
        return loudness.parse(report) if with_peak else loudness.Level(loudness.parse_lufs(report), float("nan"))
    except ValueError as error:
        raise MergeFailed(_NO_LEVEL.format(error)) from error
