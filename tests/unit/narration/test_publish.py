from __future__ import annotations

from types import SimpleNamespace

import pytest

from common import aws as common_aws
from common import events
from common.errors import ServiceUnavailable
from common.objects import Bucket, encode
from narration.handlers import publish
from narration.publishing import keys, plan_documents
from narration.speech import fragments
from tests.unit.narration.builders import VICKI, article, timeline_members
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.test_protocol import CONTEXT, ENVIRONMENT

AUDIO = Bucket("audio")


@pytest.fixture
def aws(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    fake = FakeAws()
    monkeypatch.setattr(common_aws, "client", fake.client)
    return fake


def edition(**more):
    """What Merge leaves behind of an article of section city."""
    wanted = article(section="city")
    items, spoken = fragments.plan(wanted, VICKI)
    plan = plan_documents.make(wanted, VICKI, items, (), spoken, {}, "inbox/m.json", **more)
    AUDIO.put(keys.plan(plan.edition), plan_documents.dump(plan))
    home = keys.edition(plan.article, plan.edition)
    for name in (keys.FULL, keys.CHAPTERS, keys.CAPTIONS, keys.CHAPTERS_JSON):
        AUDIO.put(home + name, b"x", metadata={})
    AUDIO.put(home + keys.TIMELINE, encode({**timeline_members(), "missing_sounds": []}))
    return plan


def run(plan):
    event = {"action": "synthesize", "article": plan.article, "version": plan.version, "edition": plan.edition}
    return publish.handler({**event, "message": plan.message, "from": None}, CONTEXT)


def test_the_event_names_the_voice(aws):
    run(edition())
    (event,) = aws.events
    assert event["DetailType"] == "ArticlePublished"
    assert event["Detail"]["voice"] == {"id": "Vicki", "engine": "neural", "language": "de-DE", "fallback": None}


def test_the_event_says_why_another_voice_speaks(aws):
    run(edition(voice_fallback="Vicki has no engine generative here; neural was taken."))
    assert aws.events[0]["Detail"]["voice"]["fallback"] == "Vicki has no engine generative here; neural was taken."


def test_a_published_article_is_in_its_sections_feed(aws):
    run(edition())
    assert b'<guid isPermaLink="false">harbour-7</guid>' in aws.objects[keys.feed("city")].body


def test_without_a_public_address_there_are_no_feeds(aws, monkeypatch):
    monkeypatch.delenv("PUBLIC_BASE_URL")
    run(edition())
    assert not [key for key in aws.objects if key.startswith(("feeds/", "listings/"))]


def test_an_event_that_is_not_taken_is_worth_another_try(aws, monkeypatch):
    """EventBridge answers 200 all the same; under no name that the machine retries the event would be lost."""
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
    monkeypatch.setattr(common_aws, "client", lambda *_: SimpleNamespace(put_events=lambda Entries: answer))  # noqa: N803
    with pytest.raises(ServiceUnavailable, match=r"did not take ArticlePublished \(InternalFailure\)"):
        events.put("default", "millrace.narration", "ArticlePublished", {})
