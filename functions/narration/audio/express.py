"""The other merge: Polly's own MP3 frames one after the other, with frames of silence between them.

No speech is decoded and none is encoded, so it costs next to nothing and loses nothing; nor is anything brought to
another loudness. Frames lean on bytes of the frames before them (the bit reservoir), but the first one of a file never
does; so a fragment may lose frames at its end and none at its start. A pause is therefore made shorter by the silence
that stands in front of the next fragment, and is right to half a frame (12 ms).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import IO

from narration.audio import merging, silence
from narration.audio import sounds as sound_files
from narration.audio import timeline as timelines
from narration.audio.codecs import decoding, encoding, ffmpeg_tool, mp3
from narration.audio.codecs.mp3 import SAMPLES_PER_FRAME, SILENT_FRAME
from narration.audio.levels import gating, loudness
from narration.audio.merging import Material, Merged
from narration.audio.timeline import Placement
from narration.errors import MergeFailed
from narration.model import SAMPLE_RATE, Clip, Item

SOUND_QUALITY = 3
"""LAME's own choice: sounds are short, and a hard beginning rings less into the silence before it."""

BIT_RATE = 48_000
"""Bits per second: Polly's, so that a sound's frames are like the speech around them."""

SOUND_UNDER_SPEECH = loudness.TARGET_LUFS - loudness.SOUND_LUFS
"""LU by which a sound stands below the speech of its edition: as far as in mastered audio. Speech stays as it is, and
how loud that is differs by engine and voice, between -18 and -27 LUFS."""

ALONE_LUFS = loudness.TARGET_LUFS
"""Sounds of an edition in which nothing is spoken."""

_PERCENT = 100
_OTHER_MODE = 'set the parameter MergeMode to "mastered" and publish the article again.'


@dataclass(frozen=True, slots=True)
class _Part:
    """Frames of one clip: the first ``frames`` of them from frame ``at`` of the audio on."""

    item: Item
    at: int
    frames: int


def merge(
    items: Sequence[Item], material: Material, work: Path, out: Path, *, title: str = "", deadline: float | None = None
) -> Merged:
    """Write the MP3 of ``items`` in order to ``out``: an Info frame, Polly's frames, sounds at 48 kb/s; untagged.

    Arguments, promises and errors are those of ``mastering.merge``, but that ``loudness_lufs`` and
    ``true_peak_dbtp`` are None: the result is not decoded.

    Raises:
        EditionGone: a fragment's file or clip is not there.
        MergeFailed: a fragment is damaged or cannot be joined without decoding it, no sound is usable, or time is
            over.
        NothingToRead: Polly had no sound for any fragment.
    """
    for item in items:
        if item.fragment and item.fragment not in material.clips:
            raise merging.gone(item.fragment)
    with tempfile.TemporaryDirectory(dir=work, prefix="merge-") as name:
        keys = [item.sound for item in items if item.sound]
        usable, missing = sound_files.prepare_all(material.sounds, keys, Path(name), deadline)
        lufs = sound_lufs(items, material) if usable else ALONE_LUFS
        played = {key: encode(sound, lufs) for key, sound in usable.items()}
        clips = {**material.clips, **{key: _sound_clip(usable[key], data) for key, data in played.items()}}
    placements, parts, frames = place([item for item in items if item.fragment or item.sound in played], clips)
    if not frames:
        raise merging.nothing_to_hear(missing)
    with out.open("wb") as target:
        writer = _Writer(target, frames)
        for part in parts:
            ffmpeg_tool.time_left(deadline)
            writer.pause(part.at)
            if part.item.fragment:
                data = merging.speech(part.item.fragment, material)
                writer.write(_joinable(data, part.item.fragment), part.frames)
            else:
                writer.write(_frames(played[part.item.sound or ""]), part.frames)
        writer.close()
    timeline = timelines.of(placements, title, frames * SAMPLES_PER_FRAME)
    return Merged(timeline, tuple(placements), missing)


def sound_lufs(items: Iterable[Item], material: Material) -> float:
    """How loud sounds are to be beside the speech of ``items``: each fragment as often and as long as it is heard.

    The loudness is that of the sidecars. Where a release that did not keep it wrote one, the fragment is measured.

    Raises:
        EditionGone: a fragment's file is not there.
        MergeFailed: a fragment without loudness is damaged.
    """
    levels: dict[str, float] = {}
    heard: list[tuple[float, int]] = []
    for item in items:
        if not item.fragment or not (clip := material.clips[item.fragment]).samples:
            continue
        if item.fragment not in levels:
            kept = clip.loudness_lufs
            levels[item.fragment] = _measured(item.fragment, material) if kept is None else kept
        first, last = timelines.heard(clip)
        heard.append((levels[item.fragment], last - first))
    speech = gating.together(heard)
    return ALONE_LUFS if speech <= gating.SILENT else speech - SOUND_UNDER_SPEECH


def _measured(name: str, material: Material) -> float:
    lufs, _ = silence.level(b"".join(decoding.samples(merging.speech(name, material))))
    return lufs


def place(items: Iterable[Item], clips: Mapping[str, Clip]) -> tuple[list[Placement], list[_Part], int]:
    """Where each audible item is heard, which of its frames stand where, and how many frames there are in all.

    Items begin and end where their sound does, so the silence inside of whole frames is part of a pause; only the
    first one begins with its file.
    """
    placements: list[Placement] = []
    parts: list[_Part] = []
    position = 0
    for item, clip in timelines.audible(items, clips):
        first, last = _heard(item, clip)
        if placements:
            before = placements[-1]
            lacking = before.end + timelines.pause_between(before.item, item) - position * SAMPLES_PER_FRAME - first
            position += max(0, round(lacking / SAMPLES_PER_FRAME))
        else:
            first = 0
        start = position * SAMPLES_PER_FRAME + first
        placements.append(Placement(item, clip, first, last, start))
        frames = timelines.whole_frames(last) // SAMPLES_PER_FRAME
        parts.append(_Part(item, position, frames))
        position += frames
    return placements, parts, position


def encode(sound: sound_files.Sound, lufs: float) -> bytes:
    """A sound at ``lufs`` as MP3 as Polly's are: 24 kHz mono, 48 kb/s, no Info frame; the same bytes each time."""
    encoder = encoding.Encoder(BIT_RATE, SOUND_QUALITY)
    blocks = sound_files.louder(sound, loudness.sound_gain(sound.level, lufs))
    return b"".join(map(encoder.encode, blocks)) + encoder.close()


def _sound_clip(sound: sound_files.Sound, data: bytes) -> Clip:
    """A sound's own silence is meant; what is not meant is the encoder's in front of and behind it."""
    samples = silence.checked_samples(data)
    return Clip(samples, mp3.ENCODER_DELAY, samples - mp3.ENCODER_DELAY - sound.samples)


def _heard(item: Item, clip: Clip) -> tuple[int, int]:
    if item.fragment:
        return timelines.heard(clip)
    return clip.lead_silence, clip.samples - clip.tail_silence


def _frames(data: bytes) -> Iterator[bytes]:
    for position, header in mp3.audio_frames(data):
        yield data[position : position + header.length]


def _joinable(data: bytes, name: str) -> Iterator[bytes]:
    """The frames of a fragment, once it is seen that they mean the same behind other frames."""
    for number, (position, header) in enumerate(mp3.audio_frames(data)):
        if not number and mp3.reservoir(data, position):
            raise MergeFailed(f"The fragment {name} begins in the middle of a stream: {_OTHER_MODE}")
        if not header.mono or header.sample_rate != SAMPLE_RATE:
            raise MergeFailed(f"The fragment {name} is not in mono at {SAMPLE_RATE} Hz throughout: {_OTHER_MODE}")
        yield data[position : position + header.length]


class _Writer:
    """Frames behind an Info frame, which is written last and knows them all."""

    def __init__(self, target: IO[bytes], frames: int) -> None:
        self._target, self._frames = target, frames
        self._written, self._size = 0, len(SILENT_FRAME)
        self._offsets: list[int] = []
        self._constant = True
        target.write(SILENT_FRAME)

    def pause(self, until: int) -> None:
        """Silence up to frame ``until``."""
        self.write(repeat(SILENT_FRAME), until - self._written)

    def write(self, frames: Iterator[bytes], count: int) -> None:
        """The first ``count`` of ``frames``."""
        kept = list(islice(frames, count))
        for frame in kept:
            while len(self._offsets) < _PERCENT and len(self._offsets) * self._frames <= _PERCENT * self._written:
                self._offsets.append(self._size)
            self._written += 1
            self._size += len(frame)
            self._constant = self._constant and len(frame) == len(SILENT_FRAME)
        self._target.write(b"".join(kept))

    def close(self) -> None:
        if self._written != self._frames:
            raise MergeFailed(f"{self._written} frames were written where {self._frames} were predicted.")
        self._offsets += self._offsets[-1:] * (_PERCENT - len(self._offsets))  # in less than a hundred frames
        self._target.seek(0)
        self._target.write(mp3.info_frame(self._frames, self._size, self._offsets, constant=self._constant))
