"""Polly throttles or fails: workers wait, and nothing fails. It refuses: the execution fails under a name. Good audio
stays; what nobody wants any more is not bought.
"""

from __future__ import annotations

import pytest

from narration.publishing import keys
from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually


def published(newsroom: Newsroom, story: Story) -> dict[str, str]:
    """An article that stands: its objects, which no failure may touch."""
    newsroom.narrate(story.says("What stands is"))
    return newsroom.objects(home(story.id))


@pytest.mark.parametrize("mode", ["throttle", "down"])
def test_polly_recovers_and_the_article_is_published(newsroom, operator, story, mode):
    operator.polly_fails(mode, story.word, times=3)
    with newsroom.billed() as bill:
        run = newsroom.finish(newsroom.publish(story.says("It takes a while with")))
    assert run.status == "SUCCEEDED"
    assert (bill.requests, len(bill.fragments)) == (1, 1), "what failed was not billed"
    assert newsroom.pointer(story.id)["status"] == "published"


def test_while_polly_is_down_what_is_published_stays_and_nothing_fails(newsroom, operator, story):
    before = published(newsroom, story)
    operator.polly_fails("down", "What falls")
    sent = newsroom.publish(story.says("What stands is", "What falls is"))
    arn = newsroom.execution_arn(sent)
    eventually(lambda: waits_for_speech(newsroom, arn) or None, "an execution that waits")
    assert newsroom.objects(home(story.id)) == before
    operator.polly_is_well()
    run = newsroom.finish(sent)
    assert (run.status, run.output["outcome"]) == ("SUCCEEDED", "advanced")
    assert operator.waiting_failures() == 0
    tried = [event["type"] for event in newsroom.history(arn)]
    assert tried.count("TaskScheduled") == 4, "Plan, Synthesize, Merge, Publish: waiting is no event"
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    assert sound.decoded_samples(newsroom.read(home(story.id) + "full.mp3").body) == timeline["samples"]


def waits_for_speech(newsroom: Newsroom, arn: str) -> bool:
    return newsroom.describe(arn) is not None and "SynthesizeRanges" in newsroom.states(arn)


def test_an_article_that_is_withdrawn_while_it_waits_is_not_bought(newsroom, operator, story):
    with newsroom.billed() as bill:
        with operator.lanes.closed():
            sent = newsroom.publish(story.says("Soon withdrawn is"))
            eventually(lambda: waits_for_speech(newsroom, newsroom.execution_arn(sent)) or None, "a wait")
            newsroom.narrate(story.withdrawn())
        run = newsroom.finish(sent)
    assert (run.status, run.output["outcome"]) == ("SUCCEEDED", "superseded")
    assert newsroom.states(run.arn)[-4:] == ["Spoken", "Publish", "Settled", "Published"]
    assert newsroom.pointer(story.id)["status"] == "withdrawn"
    assert bill.empty


def test_edits_that_wait_coalesce_to_the_newest(newsroom, operator, story):
    with newsroom.billed() as bill:
        with operator.lanes.closed():
            sent = [newsroom.publish(story.says(f"Edit {number} of")) for number in range(3)]
            for one in sent:
                eventually(lambda one=one: waits_for_speech(newsroom, newsroom.execution_arn(one)) or None, "a wait")
        runs = [newsroom.finish(one) for one in sent]
    assert [run.output["outcome"] for run in runs] == ["superseded", "superseded", "advanced"]
    assert (bill.requests, len(bill.fragments)) == (1, 1)


def test_an_execution_that_is_stopped_while_it_waits_buys_nothing(newsroom, operator, story):
    with newsroom.billed() as bill:
        with operator.lanes.closed():
            sent = newsroom.publish(story.says("Soon stopped is"))
            arn = newsroom.execution_arn(sent)
            eventually(lambda: waits_for_speech(newsroom, arn) or None, "a wait")
            eventually(lambda: operator.lanes.depth() or None, "an ask")
            newsroom.stack.client("stepfunctions").stop_execution(executionArn=arn)
            assert newsroom.finish(sent).status == "ABORTED"
        lanes_are_empty(operator)
    assert bill.empty


def lanes_are_empty(operator) -> None:
    eventually(lambda: operator.lanes.depth() == 0 or None, "end of the lanes")


@pytest.mark.parametrize(
    ("priority", "queue"), [("high", "SpeechFirstQueue"), ("low", "SpeechNextQueue"), ("normal", None)]
)
def test_the_priority_of_a_message_chooses_the_lane(newsroom, operator, story, priority, queue):
    lanes_are_empty(operator)
    with operator.lanes.closed():
        sent = newsroom.publish(story.says("Chosen is", priority=priority))
        depths = ("SpeechFirstQueue", "SpeechNextQueue")
        filled = eventually(lambda: [name for name in depths if operator.lanes.depth(name)] or None, "an ask")
    assert queue is None or filled == [queue]
    assert newsroom.finish(sent).status == "SUCCEEDED"


def test_a_redrive_pays_only_for_what_is_missing(newsroom, operator, story):
    operator.polly_fails("refuse", "The third of")
    sent = newsroom.publish(story.says("The first of", "The second of", "The third of", "The fourth of"))
    assert newsroom.finish(sent).status == "FAILED"
    operator.failed(newsroom.execution_arn(sent))
    operator.polly_is_well()
    with newsroom.billed() as bill:
        assert operator.redrive()["started"] == 1
        assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    # The fourth was perhaps asked for beside the third.
    assert len(bill.fragments) == bill.requests
    assert 1 <= bill.requests <= 2


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


def test_an_article_that_polly_has_no_sound_for_at_all_is_rejected_once_and_for_all(newsroom, operator, story):
    operator.polly_fails("silent", story.word)
    sent = newsroom.publish(story.says("The mute one is"))
    run = newsroom.finish(sent)
    assert (run.status, run.output["error"]) == ("SUCCEEDED", "NothingToRead")
    assert newsroom.events.wait_for("ArticleRejected", source=run.output["source"]) == run.output
    assert newsroom.objects(home(story.id)) == {}
    assert operator.waiting_failures() == 0


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
