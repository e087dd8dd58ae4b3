from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from unittest import mock

import pytest

from common import aws as common_aws
from common.errors import ConcurrentUpdate
from common.objects import Bucket, encode
from narration.model import Item, Pointer
from narration.publishing import feed_commits, feeds, keys, plan_documents, pointers
from tests.unit.narration.builders import VICKI, article, timeline_members
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.rss_rules import broken_rules

BASE = "https://audio.example.com"
NOW = "2026-11-20T08:00:00+00:00"


@pytest.fixture
def aws(monkeypatch):
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    return fake


AUDIO = Bucket("audio")


def publish(name="a", version=1, *, beside=(), **changes):
    """Puts what Merge and the commit leave behind, and lists it."""
    wanted = article(id=name, version=version, **{"section": "city", "published_at": "2026-03-01T06:00:00Z", **changes})
    plan = plan_documents.make(
        wanted, VICKI, [Item("text", 0, f"{name} {version}", "f")], (), {"f": mock.sentinel.f}, {}, "inbox"
    )
    plan = replace(plan, fragments=())
    AUDIO.put(keys.plan(plan.edition), plan_documents.dump(plan))
    for members in {False, plan.premium}:
        home = keys.edition(plan.article, plan.edition, members=members)
        AUDIO.put(home + (keys.FULL if members == plan.premium else keys.TEASER), b"audio")
        for key in (keys.TIMELINE, *beside):
            AUDIO.put(home + key, encode(timeline_members()))
    commit(Pointer(name, version, "published", plan.edition, "inbox", premium=plan.premium))
    return plan


def withdraw(name="a", version=9):
    commit(Pointer(name, version, "withdrawn", None, "inbox"))


def commit(pointer):
    pointers.advance(AUDIO, pointer)
    feed_commits.settle(AUDIO, pointer.article, BASE, NOW)


def shown(aws, section="city"):
    body = aws.objects[keys.feed(section)].body
    assert broken_rules(body) == []
    return [item.findtext("guid") for item in ET.fromstring(body).findall("channel/item")]


def test_articles_are_shown_newest_first(aws):
    publish("old", published_at="2026-03-01T06:00:00Z")
    publish("new", published_at="2026-03-03T06:00:00+02:00")
    publish("mid", published_at="2026-03-02T06:00:00Z")
    assert shown(aws) == ["new", "mid", "old"]


def test_another_date_moves_an_article(aws):
    publish("a", published_at="2026-03-01T06:00:00Z")
    publish("b", published_at="2026-03-02T06:00:00Z")
    publish("a", 2, published_at="2026-03-03T06:00:00Z")
    assert shown(aws) == ["a", "b"]
    assert len([key for key in aws.objects if key.startswith(keys.listed("city"))]) == 2


def test_another_section_is_another_feed(aws):
    publish("a", 1)
    publish("a", 2, section="travel")
    assert (shown(aws), shown(aws, "travel")) == ([], ["a"])
    publish("a", 3, section=None)
    assert (shown(aws), shown(aws, "travel")) == ([], [])


def test_what_is_withdrawn_vanishes_and_can_come_back(aws):
    publish("a")
    withdraw("a", 2)
    assert shown(aws) == []
    publish("a", 3)
    assert shown(aws) == ["a"]


def test_an_article_without_a_date_keeps_that_of_its_first_listing(aws):
    publish("a", published_at=None)
    with mock.patch(f"{__name__}.NOW", "2027-01-01T00:00:00+00:00"):
        publish("a", 2, published_at=None)
    assert b"<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate>" in aws.objects[keys.feed("city")].body


def test_the_next_one_comes_back_when_one_goes(aws, monkeypatch):
    monkeypatch.setattr(feeds, "LATEST", 3)
    for n in range(6):
        publish(str(n), published_at=f"2026-03-01T06:00:0{n}Z")
    assert shown(aws) == ["5", "4", "3"]
    withdraw("4")
    assert shown(aws) == ["5", "3", "2"]


def test_a_premium_article_gives_its_teaser_alone(aws):
    plan = publish("a", premium=True)
    body = aws.objects[keys.feed("city")].body.decode()
    assert f"{BASE}/articles/a/editions/{plan.edition}/teaser.mp3" in body
    assert "members" not in body


def test_chapters_and_captions_are_named_where_they_are(aws):
    publish("a")
    assert b"podcast:chapters " not in aws.objects[keys.feed("city")].body
    plan = publish("b", beside=[keys.CHAPTERS_JSON, keys.CAPTIONS])
    body = aws.objects[keys.feed("city")].body.decode()
    assert f'podcast:chapters url="{BASE}/articles/b/editions/{plan.edition}/chapters.json"' in body
    assert f'podcast:transcript url="{BASE}/articles/b/editions/{plan.edition}/captions.vtt"' in body


def test_nothing_is_written_twice(aws):
    publish("a")
    before = dict(aws.objects)
    calls = []
    aws.hook = calls.append
    feed_commits.settle(AUDIO, "a", BASE, "2027-01-01T00:00:00+00:00")
    assert aws.objects == before
    assert not [call for call in calls if "put" in call or "delete" in call]


def test_an_article_without_section_has_no_feed(aws):
    publish("a", section=None)
    assert not [key for key in aws.objects if key.startswith(("feeds/", "listings/"))]
    feed_commits.settle(AUDIO, "never published", BASE, NOW)


def test_a_feed_that_keeps_changing_is_tried_again_later(aws, monkeypatch):
    publish("a")
    monkeypatch.setattr(feeds, "render", lambda *_: str(len(puts)).encode())
    puts = []
    aws.hook = lambda where: puts.append(where) if where == "before s3.put_object" else None
    with pytest.raises(ConcurrentUpdate):
        feed_commits.settle(AUDIO, "a", BASE, NOW)
