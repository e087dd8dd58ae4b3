"""The simulation of many articles: the promises of docs/limits.md hold, and it has the application's own numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.admission import inbox, newsroom, table
from bench.admission.clock import Clock, Signal
from bench.admission.inbox import Desk, Inbox
from bench.admission.newsroom import Case, Newsroom
from documents.handlers import summarize
from documents.textract import calls
from local.cloud.testing import ROOT
from tests.template import asl
from tests.template.translate import resolved, source, substitutions

SUMMARIZE = ROOT / "statemachines" / "documents" / "summarize_document.asl.yaml"


def properties(name: str) -> dict:
    return resolved()["Resources"][name]["Properties"]


def test_the_numbers_are_those_of_template_and_machine():
    assert properties("NarrationSynthesize")["Timeout"] == newsroom.TIMEOUT
    for lane in ("SpeechFirstQueue", "SpeechNextQueue"):
        assert properties(lane)["VisibilityTimeout"] == newsroom.VISIBILITY
        assert properties(lane)["RedrivePolicy"]["maxReceiveCount"] == newsroom.RECEIVES
    assert asl.WAITING_RETRY["MaxDelaySeconds"] == newsroom.RETRY_LONGEST
    assert asl.WAITING_RETRY["MaxAttempts"] == newsroom.RETRY_ATTEMPTS
    start = properties("NarrationStartArticles")
    assert start["ScalingConfig"]["MaximumConcurrency"] == newsroom.START_WORKERS
    assert start["BatchSize"] == newsroom.START_BATCH
    defaults = {name: source()["Parameters"][name]["Default"] for name in ("SpeechWorkers", "SpeechFirstWorkers")}
    assert defaults == {"SpeechWorkers": Case("").workers, "SpeechFirstWorkers": Case("").first_workers}


def test_time_passes_in_order_and_a_signal_wakes_who_waits():
    clock, seen = Clock(), []
    signal = Signal(clock)

    def first():
        yield 2.0
        seen.append(("first", clock.now))
        signal.fire()

    def second():
        yield signal
        seen.append(("second", clock.now))
        yield 1.0
        seen.append(("second", clock.now))

    clock.spawn(second())
    clock.spawn(first())
    clock.run(lambda: False)
    assert seen == [("first", 2.0), ("second", 2.0), ("second", 3.0)]


SMALL = [replace(case, articles=min(case.articles, 500)) for case in table.CASES if not case.away[1]]


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
def test_nothing_fails_and_everything_ends(case):
    done = Newsroom(case).run()
    assert (done.failed, done.ended) == (0, case.articles + case.late)
    assert done.quota.used == (case.articles + case.late) * case.paragraphs, "each fragment is asked for once"


def test_a_flood_uses_the_quota_and_a_late_article_does_not_wait_for_it():
    case = Case("a flood", articles=1_000)
    done = Newsroom(case).run()
    assert done.quota.share_used(done.end) >= 0.95
    assert max(done.waits) <= 120
    assert done.bill.counts["transitions"] / (case.articles + case.late) <= 10
    assert done.bill.usd() / (case.articles + case.late) <= 0.002


def test_one_lane_would_let_a_late_article_wait_for_the_flood(monkeypatch):
    """What the two lanes are for; a simulation in which they made no difference would show nothing."""
    monkeypatch.setattr(newsroom.lanes, "MOST_RANGES", 0)
    done = Newsroom(Case("one lane", articles=1_000)).run()
    assert max(done.waits) > 1_000


def test_workers_that_hold_every_place_are_found_out():
    """Why an account of ten functions has to set fewer."""
    held = Newsroom(Case("12 and 4", articles=1_000, functions=10)).run()
    few = Newsroom(Case("3 and 2", articles=1_000, functions=10, workers=3, first_workers=2)).run()
    assert max(held.waits) > 1_000
    assert held.bill.counts["transitions"] > 2 * few.bill.counts["transitions"]
    assert max(few.waits) <= 120
    assert few.quota.share_used(few.end) >= 0.95


# Documents


def test_the_numbers_of_documents_are_those_of_template_machine_and_handlers():
    left = {"Analyze": calls.LONGEST_SECONDS, "StartAnalysis": calls.LONGEST_SECONDS}
    assert {**left, "Summarize": summarize.LONGEST_SECONDS} == inbox.LEFT
    for step, queues in (("Analyze", "Analysis"), ("StartAnalysis", "Jobs"), ("Summarize", "Summaries")):
        assert properties(f"Documents{step}")["Timeout"] == inbox.TIMEOUT[step]
        for lane in ("First", "Next"):
            queue = properties(f"{queues}{lane}Queue")
            assert queue["VisibilityTimeout"] == inbox.VISIBILITY[step]
            assert queue["RedrivePolicy"]["maxReceiveCount"] == inbox.RECEIVES
    retry = asl.parse(SUMMARIZE.read_text(), substitutions(SUMMARIZE))["States"]["Claim"]["Retry"][0]
    assert (retry["MaxDelaySeconds"], retry["MaxAttempts"]) == (inbox.RETRY_LONGEST, inbox.RETRY_ATTEMPTS)
    for name, gigabytes in inbox.GIGABYTES.items():
        assert properties(f"Documents{name}").get("MemorySize", 512) / 1024 == pytest.approx(gigabytes, abs=0.05)
    case, declared = Desk(""), source()["Parameters"]
    for parameter, field in WORKERS.items():
        assert declared[parameter]["Default"] == getattr(case, field), parameter


WORKERS = {
    "AnalysisWorkers": "workers",
    "AnalysisFirstWorkers": "first_workers",
    "JobWorkers": "job_workers",
    "JobFirstWorkers": "job_first_workers",
    "SummaryWorkers": "summary_workers",
    "SummaryFirstWorkers": "summary_first_workers",
}
FEWER = [replace(case, documents=min(case.documents, 600)) for case in table.DESKS]


@pytest.mark.parametrize("case", FEWER, ids=lambda case: case.name)
def test_no_document_fails_and_each_is_read_once(case):
    done = Inbox(case).run()
    assert (done.failed, done.ended) == (0, case.documents + case.late)
    assert done.read.quota.used == done.said.quota.used == case.documents + case.late


@pytest.mark.parametrize("rate", [10.0, 5.0, 1.0])
def test_a_flood_of_scans_uses_the_quota_and_a_late_one_does_not_wait_for_it(rate):
    done = Inbox(Desk("a flood", documents=3_000, rate=rate)).run()
    assert done.share_used() >= 0.95
    assert max(done.waits) <= 60
    assert done.bill.counts["transitions"] / 3_003 <= 12


def test_one_lane_would_let_a_late_document_wait_for_the_flood(monkeypatch):
    monkeypatch.setattr(inbox.lanes, "PER_MINUTE", 0)
    done = Inbox(Desk("one lane", documents=3_000, rate=5)).run()
    assert max(done.waits) > 100


def test_the_table_has_a_row_for_each_case():
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert [case.name for case in (*table.CASES, *table.DESKS) if f"| {case.name} |" not in page] == []
    assert table.HEADER in page
