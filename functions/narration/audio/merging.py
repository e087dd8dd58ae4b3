"""What goes into a merge and what comes out of it, and what it is made with; both ways to merge share it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from narration.audio import silence
from narration.audio.codecs import decoding, encoding, ffmpeg_tool
from narration.audio.levels import loudness
from narration.audio.speech_marks import Mark
from narration.audio.timeline import Placement
from narration.errors import EditionGone, MergeFailed, NothingToRead
from narration.model import Clip, Timeline

TOOLS: Mapping[str, str] = {"ffmpeg": "7.0", "lameenc": "1.9", "libsndfile": "1.2"}
"""Releases that the merge is made and tested with, by program: those of the layers. Another one may pad or encode
otherwise; change it here with the layer, and articles are merged again when they are next published."""


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


def tools(*, ffmpeg: bool) -> dict[str, str]:
    """Program -> version of what an edition is made with. ``ffmpeg``: whether it is run, and anything encoded.

    Raises:
        MergeFailed: FFmpeg cannot be run.
    """
    name, version = decoding.version().split()
    made = {"ffmpeg": ffmpeg_tool.version(), "lameenc": encoding.version()} if ffmpeg else {}
    return {**made, name: version}


def unexpected(made_with: Mapping[str, str]) -> dict[str, str]:
    """Those of ``made_with`` that are of another release than ``TOOLS`` says, with what to do."""
    return {
        name: f"The merge is tested with {name} {TOOLS[name]} and this is {version}: build the layer with the version "
        "in its requirements, or listen to what this one makes and change audio/merging.py."
        for name, version in made_with.items()
        if not re.match(rf"{re.escape(TOOLS[name])}(?![0-9])", version)
    }


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
    """Why no audio can be made: a sound that is missing may be uploaded; of signs alone Polly makes no speech, ever."""
    if missing:
        return MergeFailed(f"There is nothing to hear: no speech, and no usable sound. {missing}")
    return NothingToRead("Polly had no sound for any paragraph: there is nothing to hear in this article.")
