"""Fragments, sounds and folders for a merge, as a handler would have fetched them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from narration.audio import silence
from narration.audio.merging import Material, Merged
from narration.model import Item
from tests.unit.narration import audio

VOICES = {
    "word": audio.quiet(0.08) + audio.noise(0.35, 0.12, seed=2) + audio.quiet(0.29),
    "sentence": audio.quiet(0.06) + audio.noise(3.1, 0.12, seed=3) + audio.quiet(0.29),
    "abrupt": audio.noise(1.0, 0.12, seed=4),
    "loud": audio.noise(1.2, 0.9, seed=5),
    "quiet": audio.quiet(0.06) + audio.noise(1.5, 0.004, seed=6) + audio.quiet(0.29),
    "silent": audio.quiet(0.5),
    "tiny": audio.tone(0.01),
}
SOUNDS = {
    "sounds/jingle.wav": audio.tone(1.3, 0.5, 523),
    "sounds/long.flac": audio.noise(4, 0.6, seed=7),
    "sounds/beep.wav": audio.tone(0.1, 0.9),
}


class Studio:
    """Fragments with their clips, sounds and a folder to work in; ``how`` is the merge under test."""

    def __init__(self, folder: Path, how: Callable[..., Merged]) -> None:
        self.how = how
        self.folder, self.work = folder, folder / "work"
        self.work.mkdir()
        self.fragments: dict[str, Path] = {}
        self.sounds = {key: audio.write_sound(folder / Path(key).name, pcm) for key, pcm in SOUNDS.items()}
        for name, pcm in VOICES.items():
            self.add(name, pcm)
        self.clips = {name: silence.measure_clip(path) for name, path in self.fragments.items()}

    def add(self, name: str, pcm: bytes) -> None:
        self.fragments[name] = self.folder / f"it's {name}.mp3"
        self.fragments[name].write_bytes(audio.fragment(pcm))

    def merge(self, *items: Item, out: str = "out.mp3", **options: object) -> tuple[Merged, Path]:
        path = self.folder / out
        made = self.how(items, Material(self.fragments, self.clips, self.sounds), self.work, path, **options)
        assert list(self.work.iterdir()) == []
        return made, path


def said(name: str, paragraph: int = 0, kind: str = "text") -> Item:
    return Item(kind, paragraph, f"text of {name}", fragment=name)


def played(key: str) -> Item:
    return Item("sound", 9, sound=key)


something = st.one_of(
    st.builds(said, st.sampled_from(sorted(VOICES)), st.integers(0, 2), st.sampled_from(["heading", "text", "quote"])),
    st.builds(played, st.sampled_from(sorted(SOUNDS))),
)
