"""What is fetched before an edition is merged."""

from __future__ import annotations

import pytest

from common import aws as common_aws
from common.objects import Bucket
from narration.audio import sounds
from narration.errors import EditionGone
from narration.publishing import editions, plan_documents
from narration.speech import fragments
from tests.unit.narration.builders import VICKI, article
from tests.unit.narration.fake_aws import FakeAws

AUDIO = Bucket("audio")
SOUND = "sounds/gong.wav"


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    return fake


def plan_with(etag):
    wanted = article()
    items, spoken = fragments.plan(wanted, VICKI)
    made = plan_documents.make(wanted, VICKI, items, (), spoken, {SOUND: etag}, "inbox/m.json")
    for fragment in made.fragments:
        AUDIO.put(f"fragments/{fragment.hash}.mp3", b"speech")
        AUDIO.put(f"fragments/{fragment.hash}.json", b'{"samples": 9, "lead_silence": 1, "tail_silence": 1}')
    return made


def test_of_a_huge_sound_only_as_much_as_shows_that_it_is_too_large(tmp_path, monkeypatch):
    """An editor may upload more than the disk of the function holds; that must not fail the whole article."""
    monkeypatch.setattr(sounds, "MAX_BYTES", 1_000)
    etag = AUDIO.put(SOUND, bytes(5_000))
    fetched = editions.fetch(AUDIO, plan_with(etag), tmp_path)
    assert fetched.sounds[SOUND].stat().st_size == 1_001


def test_a_sound_that_has_changed_since_is_planned_anew(tmp_path):
    AUDIO.put(SOUND, b"other")
    with pytest.raises(EditionGone, match=r"sounds/gong\.wav has changed"):
        editions.fetch(AUDIO, plan_with('"seen"'), tmp_path)
