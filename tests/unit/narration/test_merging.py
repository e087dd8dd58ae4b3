"""What both ways to merge share: speech is never left out, and never shifted."""

from __future__ import annotations

import pytest

from narration.audio import express, mastering
from narration.errors import EditionGone, MergeFailed
from tests.unit.narration.studio import Studio, said


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
