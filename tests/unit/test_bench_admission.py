"""The simulation of many articles: the promises of docs/limits.md hold, and it has the application's own numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.admission import newsroom, table
from bench.admission.clock import Clock, Signal
from bench.admission.newsroom import Case, Newsroom
from local.cloud.testing import ROOT
from tests.template import asl
from tests.template.translate import resolved, source


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


def test_the_table_has_a_row_for_each_case():
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert [case.name for case in table.CASES if f"| {case.name} |" not in page] == []
    assert table.HEADER in page
