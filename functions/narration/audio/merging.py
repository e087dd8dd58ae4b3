"""What goes into a merge, what comes out of it, and how its MP3 is encoded; both ways to merge share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narration.audio import loudness, silence
from narration.audio.speech_marks import Mark
from narration.audio.timeline import Placement
from narration.errors import EditionGone, MergeFailed, NothingToRead
from narration.model import SAMPLE_RATE, Clip, Timeline

ENCODER: Mapping[str, Any] = {
    "format": "mp3",
    "acodec": "libmp3lame",
    "ar": SAMPLE_RATE,
    "ac": 1,
    "id3v2_version": 0,
    "map_metadata": -1,
    "fflags": "+bitexact",
    "flags:a": "+bitexact",
}
"""FFmpeg's options for an MP3 but for its bit rate. Bit-exact and without tags: neither a version nor a date gets in,
so the same input gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything an edition is merged from, as files."""

    fragments: Mapping[str, Path]
    """The MP3 of each fragment, by hash."""
    clips: Mapping[str, Clip]
    """What ``silence.measure_clip`` said of each fragment, by hash."""
    sounds: Mapping[str, Path]
    """Files as uploaded, by key; one that is not here or not usable is left out of the merge and named."""
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    """Speech marks by fragment; no merge needs them, the timeline does afterwards."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What was merged: its timeline in samples, and which sounds were left out and why."""

    timeline: Timeline
    placements: tuple[Placement, ...]
    """Which part of each clip is heard where, in the order of the timeline's items without its pauses."""
    missing_sounds: dict[str, str]
    loudness_lufs: float | None = None
    """Integrated, of the decoded MP3; -70 where it is silent or shorter than the 400 ms that loudness is defined
    over, None where it was not decoded. The same for ``true_peak_dbtp``."""
    true_peak_dbtp: float | None = None
    passes: int = 1

    @property
    def as_promised(self) -> bool:
        """Whether loudness and true peak are inside the bounds of ``loudness.promised``; true where none was asked."""
        if self.loudness_lufs is None or self.true_peak_dbtp is None:
            return True
        return loudness.promised(loudness.Level(self.loudness_lufs, self.true_peak_dbtp))


def speech(name: str, material: Material) -> bytes:
    """The MP3 of fragment ``name``, once its sidecar is seen to agree: else it would shift what follows it.

    Raises:
        EditionGone: its file or its clip is not there; speech is never left out silently.
        MergeFailed: the two disagree, or the MP3 is none.
    """
    path, clip = material.fragments.get(name), material.clips.get(name)
    if path is None or clip is None or not path.is_file():
        raise gone(name)
    data = path.read_bytes()
    if not clip.samples:
        return data  # Polly had no sound for this text: it is left out of the timeline, too
    samples = silence.checked_samples(data)
    if samples != clip.samples:
        raise MergeFailed(
            f"The fragment {name} holds {samples} samples, its sidecar says {clip.samples}; "
            "delete both and start the narration again."
        )
    return data


def gone(name: str) -> EditionGone:
    return EditionGone(f"The fragment {name} is not there any more; start the narration again.")


def nothing_to_hear(missing: Mapping[str, str]) -> MergeFailed | NothingToRead:
    """A sound that is missing may come yet; a text that Polly has no sound for stays silent in every redrive."""
    if missing:
        return MergeFailed(f"There is nothing to hear: no speech and no usable sound. {missing}")
    return NothingToRead("Polly answered every paragraph with silence: give the article words of the voice's language.")
