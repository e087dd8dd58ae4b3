"""One test a path through the state machine: each choice, each Catch, and what a retry leads to."""

from __future__ import annotations

import json

import pytest

from tests.e2e.narration import sound
from tests.e2e.narration.newsroom import Newsroom, Run, Sent, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually
from tests.workflow.steps import batch

END = ["Publish", "Settled", "Published"]


@pytest.fixture(autouse=True)
def _operated(operator) -> None:
    """Waits are short in all of these tests."""


def path(newsroom: Newsroom, run: Run) -> list[str]:
    return newsroom.states(run.arn)


def reached(newsroom: Newsroom, arn: str, state: str, times: int = 1) -> None:
    """Waits until an execution has entered ``state`` so often."""

    def there() -> bool | None:
        started = newsroom.describe(arn) is not None
        return (started and newsroom.states(arn).count(state) >= times) or None

    eventually(there, f"state {state} of {arn}")


def whole(newsroom: Newsroom, story: Story) -> bool:
    """Whether the public audio is what the public timeline says."""
    timeline = newsroom.read(home(story.id) + "timeline.json").json()
    audio = newsroom.read(home(story.id) + "full.mp3").body
    return timeline["samples"] == sound.decoded_samples(audio)


def test_a_new_article(newsroom, story):
    run = newsroom.narrate(story.says("All is new about"))
    assert path(newsroom, run) == ["Plan", "Decide", "SynthesizeRanges", "Spoken", "Merge", *END]


def test_a_new_title(newsroom, story):
    newsroom.narrate(story.says("Nothing is new about"))
    run = newsroom.narrate(story.says("Nothing is new about", title="But the title"))
    assert path(newsroom, run) == ["Plan", "Decide", "Retag", *END]


@pytest.mark.parametrize(
    ("change", "action"),
    [
        pytest.param({"version": 9}, "advance", id="the same content under a higher version"),
        pytest.param({"unknown": 1}, "nothing", id="the same content under the same version"),
        pytest.param({"version": 9, "status": "withdrawn"}, "withdraw", id="a withdrawal"),
        pytest.param({"version": 0}, "superseded", id="an older version"),
    ],
)
def test_what_needs_no_audio_goes_straight_to_publish(newsroom, story, change, action):
    message = story.says("Nothing is new about")
    newsroom.narrate(message)
    run = newsroom.narrate({**message, **change})
    assert run.output["action"] == action
    assert path(newsroom, run) == ["Plan", "Decide", *END]


def test_a_draft(newsroom, story):
    assert path(newsroom, newsroom.narrate(story.says("Not yet:", status="draft"))) == ["Plan", "Decide", "Draft"]


def test_a_refused_message(newsroom):
    assert path(newsroom, newsroom.narrate("no article")) == ["Plan", "Reject"]


def test_an_action_that_the_machine_does_not_know(newsroom, cloud):
    """Functions of a newer release answer an older machine: it says so instead of doing something."""
    states = cloud.client("stepfunctions")
    found = states.describe_state_machine(stateMachineArn=newsroom.machine)
    definition = {**json.loads(found["definition"]), "StartAt": "Decide"}
    machine = states.create_state_machine(
        name="unknown-action", definition=json.dumps(definition), roleArn=found["roleArn"]
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=machine, input=json.dumps({"action": "sing"}))["executionArn"]
    run = newsroom.wait(started)
    states.delete_state_machine(stateMachineArn=machine)
    assert (run.status, run.error) == ("FAILED", "UnknownAction")
    assert "deploy functions and machine together" in run.cause


def test_a_function_that_lambda_does_not_run_is_tried_again(newsroom, operator, story):
    with operator.holding("NarrationPlan"):
        sent = newsroom.publish(story.says("Patiently waits"))
        arn = newsroom.execution_arn(sent)

        def tries() -> bool | None:
            if newsroom.describe(arn) is None:
                return None
            return [e["type"] for e in newsroom.history(arn)].count("TaskFailed") >= 2 or None

        eventually(tries, "second try of Plan")
    assert newsroom.finish(sent).status == "SUCCEEDED"
    assert newsroom.states(arn).count("Plan") == 1, "a retry does not enter the state again"


def test_merge_finds_a_fragment_gone_and_the_article_is_planned_again(newsroom, operator, story):
    newsroom.narrate(story.says("What was said of"))
    gone = newsroom.plan(newsroom.pointer(story.id)["edition"])["fragments"][0]["hash"]
    with operator.holding("NarrationMerge"):
        sent = newsroom.publish(story.says("What was said of", "and what was added to"))
        reached(newsroom, newsroom.execution_arn(sent), "Merge")
        newsroom.delete(f"fragments/{gone}.mp3", f"fragments/{gone}.json")
    run = newsroom.finish(sent)
    again = ["Plan", "Decide", "SynthesizeRanges", "Spoken", "Merge"]
    assert (run.status, path(newsroom, run)) == ("SUCCEEDED", [*again, *again, *END])
    assert whole(newsroom, story)


def test_retag_finds_its_edition_removed_and_the_article_is_planned_again(newsroom, operator, story):
    newsroom.narrate(story.says("To be withdrawn is"))
    with operator.holding("NarrationRetag"):
        late = newsroom.publish(story.says("To be withdrawn is", title="A title that comes too late"))
        reached(newsroom, newsroom.execution_arn(late), "Retag")
        newsroom.narrate(story.withdrawn())
    run = newsroom.finish(late)
    assert path(newsroom, run) == ["Plan", "Decide", "Retag", "Plan", "Decide", *END]
    assert run.output["outcome"] == "superseded"
    assert set(newsroom.objects(home(story.id))) == {home(story.id) + "latest.json"}


def test_publish_finds_another_edition_published_and_the_article_is_planned_again(newsroom, operator, story):
    """Version 3 says what version 1 said and builds on its edition, while version 2 is committed."""
    newsroom.narrate(story.says("The old text of"))
    first = newsroom.read(home(story.id) + "latest.json").body
    newsroom.narrate(story.says("The new text of"))
    second = newsroom.read(home(story.id) + "latest.json").body
    newsroom.upload(home(story.id) + "latest.json", first)
    with operator.holding("NarrationPublish"):
        sent = newsroom.publish(story.says("The old text of"))
        reached(newsroom, newsroom.execution_arn(sent), "Publish")
        newsroom.upload(home(story.id) + "latest.json", second)
    with newsroom.billed() as bill:
        run = newsroom.finish(sent)
    assert path(newsroom, run) == [
        *("Plan", "Decide", "Publish"),
        *("Plan", "Decide", "SynthesizeRanges", "Spoken", "Merge", *END),
    ]
    assert newsroom.pointer(story.id)["version"] == 3
    assert whole(newsroom, story)
    assert bill.empty


def test_of_two_contents_of_one_version_the_second_is_refused_at_the_commit(newsroom, operator, story):
    message = story.says("One version of")
    with operator.holding("NarrationPublish"):
        sent = newsroom.publish_together([message, {**message, "title": "Another one"}])
        for one in sent:
            reached(newsroom, newsroom.execution_arn(one), "Publish")
    runs = [newsroom.finish(one) for one in sent]
    assert [run.status for run in runs] == ["SUCCEEDED"] * 2
    won, lost = sorted(runs, key=lambda run: "error" in run.output)
    assert won.output["outcome"] == "advanced"
    assert lost.output["error"] == "VersionConflict"
    assert path(newsroom, lost)[-2:] == ["Publish", "Reject"]
    assert newsroom.events.wait_for("ArticleRejected", source=lost.output["source"]) == lost.output
    assert whole(newsroom, story)


def test_a_batch_of_the_queue_starts_each_article_alone(newsroom, operator, story):
    """Start refuses nothing: a message that is no article is an execution of its own, which rejects it."""
    bodies = ["no article", json.dumps(story.says("In bad company is")), '{"id": 1}']
    answer, error = operator.invoke("NarrationStart", batch(*bodies))
    assert (error, answer) == (None, {"batchItemFailures": []})
    runs = [newsroom.finish(Sent(body)) for body in bodies]
    assert [run.output.get("error") for run in runs] == ["NotJson", None, "InvalidArticle"]
    assert newsroom.pointer(story.id)["status"] == "published"


def test_a_sound_replaced_on_the_way_is_heard_after_all(newsroom, operator, story):
    """Nobody can see yet that the article uses the sound, so the execution itself looks again after its commit."""
    key = f"sounds/{story.id}.wav"
    newsroom.upload(key, sound.beep(0.2))
    with operator.holding("NarrationPublish"):
        sent = newsroom.publish(story.says("Before it", {"kind": "sound", "sound": key}))
        reached(newsroom, newsroom.execution_arn(sent), "Publish")
        newsroom.upload(key, sound.beep(0.5))
    run = newsroom.finish(sent)
    first = ["Plan", "Decide", "SynthesizeRanges", "Spoken", "Merge", "Publish", "Settled"]
    assert path(newsroom, run) == [*first, *first, "Published"]
    items = newsroom.read(home(story.id) + "timeline.json").json()["items"]
    assert [item["end"] - item["start"] for item in items if item["kind"] == "sound"] == [int(0.5 * 24_000)]
    assert newsroom.pointer(story.id)["sounds_revision"] == 1
    assert whole(newsroom, story)


def test_a_published_edition_that_is_damaged_is_merged_anew_at_no_cost(newsroom, story):
    newsroom.narrate(story.says("Somebody deleted"))
    edition = newsroom.pointer(story.id)["edition"]
    newsroom.delete(f"{home(story.id)}editions/{edition}/full.mp3")
    with newsroom.billed() as bill:
        run = newsroom.narrate(story.says("Somebody deleted", title="Under another title"))
    retag = ["Plan", "Decide", "Retag"]
    assert path(newsroom, run) == [*retag, *retag, "Plan", "Decide", "SynthesizeRanges", "Spoken", "Merge", *END]
    assert sound.tag(newsroom.read(home(story.id) + "full.mp3").body).title == "Under another title"
    assert whole(newsroom, story)
    assert bill.empty


def test_what_stays_gone_fails_by_name_instead_of_going_round_for_ever(newsroom, operator, story):
    """A sidecar says that a fragment is there, and its audio is not: nobody here deletes one without the other."""
    newsroom.narrate(story.says("Half deleted is"))
    before = newsroom.objects(home(story.id))
    gone = newsroom.plan(newsroom.pointer(story.id)["edition"])["fragments"][0]["hash"]
    newsroom.delete(f"fragments/{gone}.mp3")
    sent = newsroom.publish(story.says("Half deleted is", "and this is new in"))
    run = newsroom.finish(sent)
    assert (run.status, run.error) == ("FAILED", "EditionGone")
    assert "then redrive" in run.cause
    assert newsroom.objects(home(story.id)) == before
    operator.failed(run.arn)
    newsroom.delete(f"fragments/{gone}.json")
    assert operator.redrive()["started"] == 1
    assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    assert whole(newsroom, story)
