"""What both ways to merge share: speech is never left out, and never shifted."""

from __future__ import annotations

import pytest

from narration.audio import express, mastering
from narration.errors import EditionGone, MergeFailed, NothingToRead
from narration.model import Clip
from tests.unit.narration.studio import Studio, played, said


@pytest.fixture(scope="module", params=[express.merge, mastering.merge], ids=["express", "mastered"])
def studio(request, tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("merging"), request.param)


@pytest.mark.parametrize("lost", ["fragments", "clips"])
def test_a_lost_fragment_is_never_skipped(studio, lost, monkeypatch):
    monkeypatch.setattr(studio, lost, {k: v for k, v in getattr(studio, lost).items() if k != "word"})
    with pytest.raises(EditionGone, match="word"):
        studio.merge(said("sentence"), said("word", 1))


def test_a_sidecar_that_disagrees_is_named(studio, monkeypatch):
    monkeypatch.setattr(studio, "clips", {**studio.clips, "word": studio.clips["sentence"]})
    with pytest.raises(MergeFailed, match="word holds"):
        studio.merge(said("word"))


def test_sounds_that_are_missing_can_be_uploaded_so_the_merge_fails(studio):
    with pytest.raises(MergeFailed, match=r"nothing to hear.*sounds/gone"):
        studio.merge(played("sounds/gone"))


def test_speech_without_a_sound_is_nothing_to_read(studio, monkeypatch):
    """Polly had no sound for it, and never will have: the article is refused, not tried again."""
    silent = studio.folder / "mute.mp3"
    silent.write_bytes(b"")
    monkeypatch.setattr(studio, "fragments", {**studio.fragments, "mute": silent})
    monkeypatch.setattr(studio, "clips", {**studio.clips, "mute": Clip(0, 0, 0)})
    with pytest.raises(NothingToRead, match="no sound for any"):
        studio.merge(said("mute"))
    assert studio.merge(said("mute"), said("word", 1))[0].timeline.samples
