"""Many articles, a busy Polly, workers that die: the real machine and the real queues on a cloud of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud.testing import Cloud, start_cloud
from tests.e2e import mail, stacks
from tests.e2e.narration.newsroom import TOGETHER, Newsroom, home
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually
from tests.template.translate import TEMPLATE
from tests.workflow.conftest import HURRY
from tests.workflow.operator import Operator

ARTICLES, PARAGRAPHS = 24, 12
FLOOD_SECONDS = 900
SEEN_AGAIN = 3
"""Seconds until the message of a worker that has died is seen again."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    running = start_cloud(TEMPLATE)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def newsroom(cloud: Cloud) -> Iterator[Newsroom]:
    stack = stacks.local(cloud)
    with mail.listening(stack) as events:
        yield Newsroom(stack, events)


@pytest.fixture
def operator(cloud: Cloud) -> Iterator[Operator]:
    found = Operator(cloud)
    found.scale_waits(HURRY)
    yield found
    found.polly_is_well()
    found.polly_leaves(None)
    found.scale_waits(1)
    found.empty_failed_queue()


def paragraphs(story: Story) -> list[str]:
    return [f"Sentence {number} is about" for number in range(PARAGRAPHS)] if story else []


def test_a_flood_through_a_throttled_polly_loses_nobody(newsroom, operator):
    """Before, 23 of 24 failed as SpeechThrottled: each tried sixty times, whether it came forward or not."""
    operator.polly_leaves(0.25)  # two requests a second
    messages = [story.says(*paragraphs(story)) for story in (Story() for _ in range(ARTICLES))]
    with newsroom.billed() as bill:
        sent = []
        for start in range(0, ARTICLES, TOGETHER):
            sent += newsroom.publish_together(messages[start : start + TOGETHER])
        urgent = newsroom.publish(Story().says("It is urgent:", priority="high"))
        assert newsroom.finish(urgent, deadline=FLOOD_SECONDS).status == "SUCCEEDED"
        ended_before = sum(newsroom.ended(newsroom.execution_arn(one)) is not None for one in sent)
        runs = [newsroom.finish(one, deadline=FLOOD_SECONDS) for one in sent]
    assert [run.status for run in runs] == ["SUCCEEDED"] * ARTICLES
    assert ended_before < ARTICLES, "what is urgent does not wait for all others"
    assert bill.requests == len(bill.fragments) == ARTICLES * PARAGRAPHS + 1, "each fragment is bought once"
    assert operator.waiting_failures() == 0


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")


@needs_proc
def test_a_worker_that_dies_half_way_costs_at_most_one_fragment(cloud, newsroom, operator):
    story = Story()
    operator.polly_fails("throttle", "The last of")
    with operator.lanes.seen_again_after(SEEN_AGAIN), newsroom.billed() as bill:
        sent = newsroom.publish(story.says("The first of", "The second of", "The last of"))
        eventually(lambda: len(_audio(newsroom, story, sent)) >= 2 or None, "the first two")
        assert operator.lanes.kill() > 0
        operator.polly_is_well()
        run = newsroom.finish(sent)
    assert run.status == "SUCCEEDED"
    assert len(bill.fragments) == 3
    assert bill.requests <= 3 + 1


def _audio(newsroom: Newsroom, story: Story, sent: object) -> list[str]:
    """Fragments of the story that are there; its plan names them."""
    found = [key for key in newsroom.objects("plans/") if "/wanted/" not in key]
    plans = [newsroom.read(key).json() for key in found]
    names = {one["hash"] for plan in plans if plan["article"] == story.id for one in plan["fragments"]}
    return [key for key in newsroom.objects("fragments/") if key.endswith(".json") and key[10:-5] in names]


@needs_proc
def test_poison_fails_by_name_within_five_receives_and_is_redriven(cloud, newsroom, operator):
    story = Story()
    operator.polly_fails("throttle", f"Deadly is {story.word}")
    with operator.lanes.seen_again_after(SEEN_AGAIN):
        sent = newsroom.publish(story.says("Deadly is"))
        arn, killed = newsroom.execution_arn(sent), 0
        end = time.monotonic() + 180
        while newsroom.ended(arn) is None and time.monotonic() < end:
            taken = operator.lanes.depth()
            killed += operator.lanes.kill() > 0 and taken > 0
            time.sleep(0.5)
        run = newsroom.finish(sent)
        assert (run.status, run.error) == ("FAILED", "SpeechAbandoned")
        assert killed >= 5
        assert "then redrive" in run.cause
        operator.failed(arn)
        operator.polly_is_well()
        with newsroom.billed() as bill:
            assert operator.redrive()["started"] == 1
            assert newsroom.finish(sent, attempt=2).status == "SUCCEEDED"
    assert (bill.requests, len(bill.fragments)) == (1, 1)
    assert newsroom.pointer(story.id)["status"] == "published"
    assert set(newsroom.objects(home(story.id)))
