"""What goes into a merge and what comes out of it; both ways to merge share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from narration.audio import silence
from narration.audio.timeline import Placement
from narration.errors import EditionGone, MergeFailed
from narration.model import Clip, Timeline


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


def speech(name: str, files: Mapping[str, Path], clips: Mapping[str, Clip]) -> bytes:
    """The MP3 of fragment ``name``, once its sidecar is seen to agree: else it would shift what follows it.

    Raises:
        EditionGone: its file or its clip is not there; speech is never left out silently.
        MergeFailed: the two disagree, or the MP3 is none.
    """
    if name not in files or name not in clips or not files[name].is_file():
        raise gone(name)
    data = files[name].read_bytes()
    samples = silence.checked_samples(data)
    if samples != clips[name].samples:
        raise MergeFailed(
            f"The fragment {name} holds {samples} samples, its sidecar says {clips[name].samples}; "
            "delete both and start the narration again."
        )
    return data


def gone(name: str) -> EditionGone:
    return EditionGone(f"The fragment {name} is not there any more; start the narration again.")


def nothing_to_hear(missing: Mapping[str, str]) -> MergeFailed:
    return MergeFailed(f"There is nothing to hear: no speech and no usable sound. {missing or ''}".strip())
