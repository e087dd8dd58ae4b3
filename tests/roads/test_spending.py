"""Bounded spending on the real machines and queues: a ceiling, a raise, a pause, each of them seen from the outside."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.cloud.settings import DEFAULT_STACK
from local.cloud.testing import ROOT, Cloud, start_cloud
from operate.clients import Target
from operate.replay import articles, documents
from operate.spending import accounts, pausing
from tests.e2e import mail, stacks
from tests.e2e.narration.newsroom import Newsroom
from tests.e2e.narration.stories import Story
from tests.e2e.waiting import eventually
from tests.workflow.conftest import HURRY
from tests.workflow.documents import papers
from tests.workflow.documents.desk import Desk
from tests.workflow.operator import Operator

ARTICLES = 8
DEADLINE = 600
"""What waits comes back later each time, after four minutes at most."""
NOTICED = 16.0
"""Seconds after which every worker knows of a pause (``common.spending.pauses``)."""
PAGES = 2

assert str(ROOT / "functions") in sys.path


def target(cloud: Cloud) -> Target:
    return Target(DEFAULT_STACK, int(cloud.url.rpartition(":")[2]))


def left_of(cloud: Cloud, kind: str) -> int:
    (line,) = [line for line in accounts.show(target(cloud)) if f" {kind} " in line]
    return int(line.partition("left")[2].split()[0].replace(",", ""))


# Narration


@pytest.fixture(scope="module")
def speaking() -> Iterator[Cloud]:
    running = start_cloud(ROOT / "pipelines" / "narration.yaml", parameters={"DailyCharacters": "120"})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def newsroom(speaking: Cloud) -> Iterator[Newsroom]:
    stack = stacks.local(speaking)
    with mail.listening(stack) as events:
        yield Newsroom(stack, events)


def test_a_burst_over_the_ceiling_waits_and_a_raise_lets_each_come_once(speaking, newsroom):
    with newsroom.billed() as bill:
        sent = [newsroom.publish(Story().says("It is the news of")) for _ in range(ARTICLES)]
        eventually(
            lambda: (Operator(speaking).lanes.depth() > 0 and left_of(speaking, "characters") < 30) or None, "ceiling"
        )
        time.sleep(20)  # a second look of those that wait
        waiting = [one for one in sent if newsroom.ended(newsroom.execution_arn(one)) is None]
        assert 0 < len(waiting) < ARTICLES
        assert newsroom.stack.usage is not None
        before = newsroom.stack.usage().characters
        assert before <= 120, "never over the ceiling"
        said = list(accounts.raise_today(target(speaking), "characters", 100_000))
        assert "100,000 more than before" in said[0]
        runs = [newsroom.finish(one, deadline=DEADLINE) for one in sent]
    assert [run.status for run in runs] == ["SUCCEEDED"] * ARTICLES
    assert bill.requests == len(bill.fragments) == ARTICLES, "each is bought once"
    eventually(lambda: left_of(speaking, "characters") == 100_120 - (bill.characters or 0) or None, "a true account")
    assert any("raised by 100,000" in line for line in accounts.show(target(speaking)))


def test_a_paused_pipeline_buys_nothing_loses_nothing_and_goes_on(speaking, newsroom):
    assert newsroom.stack.usage is not None
    list(accounts.raise_today(target(speaking), "characters", 100_000))
    assert "is paused" in next(iter(pausing.pause(target(speaking), "narration", "a test")))
    assert "already" in next(iter(pausing.pause(target(speaking), "narration", "twice")))
    time.sleep(NOTICED)
    before = newsroom.stack.usage()
    sent = [newsroom.publish(Story().says("It is the news of")) for _ in range(3)]
    eventually(lambda: Operator(speaking).lanes.depth() >= 3 or None, "three that wait")
    time.sleep(5)
    assert newsroom.stack.usage() == before, "nothing is bought"
    assert any("is paused since" in line and "a test" in line for line in accounts.show(target(speaking)))
    list(pausing.resume(target(speaking), "narration"))
    assert [newsroom.finish(one, deadline=DEADLINE).status for one in sent] == ["SUCCEEDED"] * 3
    assert newsroom.stack.usage().requests == before.requests + 3
    assert "was not paused" in next(iter(pausing.resume(target(speaking), "narration")))


# Another voice


def test_a_replay_tells_its_price_and_speaks_the_same_version_with_another_voice_once(speaking, newsroom):
    list(accounts.raise_today(target(speaking), "characters", 100_000))
    story = Story()
    first = newsroom.publish(story.says("It is the news of"))
    assert newsroom.finish(first, deadline=DEADLINE).status == "SUCCEEDED"
    wish = articles.Wish((story.id,), "Matthew", "neural")
    refused = list(articles.command(target(speaking), replace(wish, yes=False), lambda _: "n"))
    assert refused[-1] == "nothing was sent"
    with newsroom.billed() as bill:
        said = list(articles.command(target(speaking), replace(wish, yes=True, seconds=DEADLINE)))
    assert said[-1] == "1 worked, 0 failed, 0 left: 1 published"
    assert f"neural: {bill.characters:,} characters to be spoken, 0 kept" in "\n".join(said), "as it was told"
    pointer = newsroom.read(f"articles/{story.id}/latest.json").json()
    assert (pointer["version"], pointer["sounds_revision"]) == (1, 1), "no version of the publisher's is used up"
    assert pointer["message"] != first.kept_as
    with newsroom.billed() as nothing:
        again = list(articles.command(target(speaking), replace(wish, yes=True)))
    assert again == ["1 published, 1 of them speak so already, 0 to send"]
    assert nothing.empty


# Documents


@pytest.fixture(scope="module")
def reading() -> Iterator[Cloud]:
    ceilings = {"DailyPages": str(PAGES), "DailyComprehendCharacters": "300", "DailyModelCalls": "1"}
    running = start_cloud(ROOT / "pipelines" / "documents.yaml", parameters=ceilings)
    running.client("events").disable_rule(Name=running.physical_id("DocumentsInboxRule"))
    yield running
    running.stop()


@pytest.fixture
def desk(reading: Cloud) -> Iterator[Desk]:
    found = Desk(reading)
    found.scale_waits(HURRY)
    yield found
    found.engines_are_well()
    found.scale_waits(1)


def test_documents_wait_at_each_of_their_ceilings(reading, desk):
    """Pages behind a lane, Comprehend by the machine's Retry, the model behind a lane; then each is done once."""
    calls = ("AnalyzeDocument", "StartDocumentAnalysis")
    before = [desk.textract_usage(name) for name in calls]
    scans = [desk.start(desk.upload(papers.page(f"Patient Name: Ada {number}"))) for number in range(3)]
    long = desk.start(desk.upload(papers.two_pages()))
    eventually(lambda: left_of(reading, "pages") == 0 or None, "ceiling of pages")
    assert sum(desk.textract_usage(name) - was for name, was in zip(calls, before, strict=True)) <= PAGES
    list(accounts.raise_today(target(reading), "pages", 100))
    eventually(lambda: left_of(reading, "comprehend-characters") == 0 or None, "ceiling of Comprehend", DEADLINE)
    running = [arn for arn in (*scans, long) if status(desk, arn) == "RUNNING"]
    assert len(running) >= 3
    list(accounts.raise_today(target(reading), "comprehend-characters", 1_000_000))
    eventually(lambda: left_of(reading, "model-calls") == 0 or None, "ceiling of the model", DEADLINE)
    list(accounts.raise_today(target(reading), "model-calls", 1_000))
    for arn in (*scans, long):
        eventually(lambda arn=arn: status(desk, arn) != "RUNNING" or None, arn, DEADLINE)
    assert {desk.ended(arn).outcome for arn in (*scans, long)} == {"summarized"}
    after = [desk.textract_usage(name) - was for name, was in zip(calls, before, strict=True)]
    assert after == [3, 1], "each is bought once"
    assert left_of(reading, "pages") == PAGES + 100 - 3 - 2


def test_a_replay_of_documents_pays_for_no_page_and_is_done_once(reading, desk):
    for kind in ("pages", "comprehend-characters", "model-calls"):
        list(accounts.raise_today(target(reading), kind, 10_000))
    versions = [desk.upload(papers.page("Patient Name: Grace")), desk.upload(papers.two_pages())]
    assert {desk.run(version).outcome for version in versions} == {"summarized"}
    wish = documents.Wish(tuple(version.key for version in versions), "", "another model", yes=True, seconds=DEADLINE)
    calls = ("AnalyzeDocument", "StartDocumentAnalysis")
    before, pages = [desk.textract_usage(name) for name in calls], left_of(reading, "pages")
    said = list(documents.command(target(reading), wish))
    assert any("0 pages to be read, 3 kept" in line for line in said)
    assert said[-1] == "2 worked, 0 failed, 0 left: 2 summarized"
    assert [desk.textract_usage(name) for name in calls] == before, "Textract's answers are used again"
    assert left_of(reading, "pages") == pages
    calls_left = left_of(reading, "model-calls")
    assert list(documents.command(target(reading), wish))[-1] == "2 worked, 0 failed, 0 left: 2 summarized"
    assert left_of(reading, "model-calls") == calls_left, "the same again is one piece of work"


def status(desk: Desk, arn: str) -> str:
    return str(desk.cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"])
