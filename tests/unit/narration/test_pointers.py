"""What nobody may reach any more is found and removed in time, however often an article was edited.

The protocol itself, with its races, is in test_protocol.py.
"""

from __future__ import annotations

import threading

import pytest

from common import aws as common_aws
from common.objects import Bucket, Stored
from narration.errors import EditionGone, VersionConflict
from narration.model import Pointer
from narration.publishing import pointers
from tests.unit.narration.fake_aws import FakeAws

OLD, CURRENT = "0" * 64, "1" * 64


class SlowBucket:
    """Answers a HEAD only when ``side_by_side`` of them are under way."""

    def __init__(self, found: dict[str, int], side_by_side: int) -> None:
        self.found = found
        self.together = threading.Barrier(side_by_side, timeout=10)

    def keys(self, folder):
        return iter([key for key in self.found if key.startswith(folder)])

    def head(self, key):
        self.together.wait()
        return Stored('"e"', pointers.stamp(self.found[key], 0, OLD), 1)


@pytest.mark.parametrize(
    ("pointer", "stale"),
    [
        (Pointer("a", 2, "withdrawn", None, "inbox/m.json"), {"old", "current", "members"}),
        (Pointer("a", 2, "published", CURRENT, "inbox/m.json", premium=True), {"old"}),
        (Pointer("a", 2, "published", CURRENT, "inbox/m.json"), set()),
    ],
)
def test_stale_editions_are_looked_at_side_by_side(pointer, stale):
    places = {
        "old": (f"articles/a/editions/{OLD}/full.mp3", 1),
        "current": (f"articles/a/editions/{CURRENT}/full.mp3", 2),
        "members": (f"articles/a/members/editions/{CURRENT}/full.mp3", 2),
        "newer": (f"articles/a/editions/{'2' * 64}/full.mp3", 3),
    }
    looks = {"withdrawn": 4, "published": 2}[pointer.status]
    bucket = SlowBucket(dict(places.values()), looks)
    assert set(pointers._stale_editions(bucket, pointer)) == {places[name][0] for name in stale}


@pytest.mark.parametrize(("revision", "error"), [(0, VersionConflict), (1, EditionGone)])
def test_a_message_and_its_replay_that_merge_at_once_are_planned_again(monkeypatch, revision, error):
    """A sound was replaced while the version was replayed. Whoever comes second is no change of the publisher's."""
    monkeypatch.setattr(common_aws, "client", FakeAws().client)
    bucket = Bucket("audio")
    pointers.advance(bucket, Pointer("a", 2, "published", OLD, "inbox/replay.json", sounds_revision=revision))
    with pytest.raises(error):
        pointers.advance(bucket, Pointer("a", 2, "published", CURRENT, "inbox/m.json", sounds_revision=revision))
