"""Polly throttles, fails or refuses: the machine waits, gives up under a name, and is redriven; good audio stays."""

from __future__ import annotations

import pytest

from narration.publishing import keys
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually

CALLS = 4
"""Requests that the handler's own client makes before it gives up (common.aws.client)."""


def published(newsroom: Newsroom, story: Story) -> dict[str, str]:
    """An article that stands: its objects, which no failure may touch."""
    newsroom.narrate(story.says("What stands is"))
    return newsroom.objects(home(story.id))


@pytest.mark.parametrize("mode", ["throttle", "down"])
def test_polly_recovers_and_the_article_is_published(newsroom, operator, story, mode):
    operator.polly_fails(mode, story.word, times=CALLS + 1)
    with newsroom.billed() as bill:
        run = newsroom.finish(newsroom.publish(story.says("It takes a while with")))
    assert run.status == "SUCCEEDED"
    assert (bill.requests, len(bill.fragments)) == (1, 1), "what failed was not billed"
    assert newsroom.pointer(story.id)["status"] == "published"


def test_polly_down_fails_by_name_keeps_what_is_published_and_is_redriven(newsroom, operator, story):
    before = published(newsroom, story)
    operator.polly_fails("down", "What falls")
    with operator.retrying("SpeechUnavailable", 1):
        sent = newsroom.publish(story.says("What stands is", "What falls is"))
        run = newsroom.finish(sent)
    assert (run.status, run.error) == ("FAILED", "SpeechUnavailable")
    assert "ServiceFailure" in run.cause
    assert newsroom.objects(home(story.id)) == before
    event = operator.failed(run.arn)
    assert event["detail"]["status"] == "FAILED"

    operator.polly_is_well()
    assert operator.redrive() == {"started": 1, "running": 0, "refused": []}
    again = newsroom.finish(sent, attempt=2)
    assert (again.status, again.output["outcome"]) == ("SUCCEEDED", "advanced")
    assert newsroom.pointer(story.id)["version"] == 2
    assert operator.waiting_failures() == 0
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert sound.decoded_samples(newsroom.read(home(story.id) + "full.mp3").body) == timeline["samples"]


def test_a_redrive_pays_only_for_what_is_missing(newsroom, operator, story):
    operator.polly_fails("refuse", "The third of")
    sent = newsroom.publish(story.says("The first of", "The second of", "The third of", "The fourth of"))
    assert newsroom.finish(sent).status == "FAILED"
    operator.failed(newsroom.execution_arn(sent))
    operator.polly_is_well()
    with newsroom.billed() as bill:
        assert operator.redrive()["started"] == 1
        assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    assert len(bill.fragments) == bill.requests == 2


def test_a_refused_paragraph_fails_by_name_and_other_articles_go_on(newsroom, operator, story):
    before = published(newsroom, story)
    operator.polly_fails("refuse", f"Unspeakable is {story.word}")
    other = Story()
    bad, good = newsroom.publish_together([story.says("What stands is", "Unspeakable is"), other.says("Fine is")])
    run = newsroom.finish(bad)
    assert (run.status, run.error) == ("FAILED", "SpeechRefused")
    assert "InvalidSsml" in run.cause
    assert "publish the article again" in run.cause
    assert newsroom.objects(home(story.id)) == before
    assert operator.failed(run.arn)["detail"]["status"] == "FAILED"
    assert newsroom.finish(good).status == "SUCCEEDED"
    assert newsroom.pointer(other.id)["status"] == "published"
    tried = [event["type"] for event in newsroom.history(run.arn)]
    assert tried.count("TaskScheduled") == 2, "Plan, and Synthesize once: a refusal is not tried again"


def test_an_execution_that_is_stopped_waits_for_a_redrive_too(newsroom, operator, story):
    before = published(newsroom, story)
    operator.polly_fails("throttle", "What waits")
    sent = newsroom.publish(story.says("What stands is", "What waits is"))
    arn = newsroom.execution_arn(sent)
    eventually(
        lambda: (newsroom.describe(arn) and "SynthesizeRanges" in newsroom.states(arn)) or None, "start of the speech"
    )
    newsroom.stack.client("stepfunctions").stop_execution(executionArn=arn)
    assert newsroom.finish(sent).status == "ABORTED"
    assert operator.failed(arn)["detail"]["status"] == "ABORTED"
    assert newsroom.objects(home(story.id)) == before
    operator.polly_is_well()
    assert operator.redrive()["started"] == 1
    assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    assert newsroom.pointer(story.id)["version"] == 2


def test_the_same_message_again_starts_what_has_failed_anew(newsroom, operator, story):
    """A publisher who saves once more need not know about redrives."""
    operator.polly_fails("refuse", story.word)
    message = story.says("Said twice is")
    assert newsroom.finish(newsroom.publish(message)).status == "FAILED"
    operator.polly_is_well()
    assert newsroom.finish(newsroom.publish(message), attempt=2).status == "SUCCEEDED"
    assert newsroom.pointer(story.id)["status"] == "published"


def test_a_text_that_polly_has_no_sound_for_is_left_out_and_the_article_is_published(newsroom, operator, story):
    operator.polly_fails("silent", "The mute one")
    before = newsroom.counted("FragmentsSilent")
    newsroom.narrate(story.says("The first of", "The mute one of", "The last of"))
    operator.polly_is_well()
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert [item["paragraph"] for item in timeline["items"] if item["kind"] == "text"] == [0, 2]
    assert sound.decoded_samples(newsroom.read(home(story.id) + "full.mp3").body) == timeline["samples"]
    eventually(lambda: newsroom.counted("FragmentsSilent") > before or None, "count of silent fragments", 300)
    with newsroom.billed() as bill:
        newsroom.narrate(story.says("The first of", "The mute one of", "The last of"))
    assert bill.requests == 0, "it is bought once"


def test_a_broken_profile_stops_what_is_published_meanwhile_and_loses_nothing(newsroom, operator, story):
    newsroom.upload(keys.PROFILE, b"[rule.boxes]\nclass = ['x']\n")
    try:
        sent = newsroom.publish(story.says("Nothing is heard of"))
        run = newsroom.finish(sent)
        assert (run.status, run.error) == ("FAILED", "BrokenProfile")
        assert "rule.boxes.class is not known here" in run.cause
        operator.failed(run.arn)
        newsroom.upload(keys.PROFILE, b"[rule.boxes]\nclasses = ['x']\n")
        assert operator.redrive() == {"started": 1, "running": 0, "refused": []}
        assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    finally:
        newsroom.delete(keys.PROFILE)
    assert newsroom.pointer(story.id)["status"] == "published"
