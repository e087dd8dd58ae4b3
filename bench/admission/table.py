"""``python -m bench admission``: both tables of docs/limits.md, computed anew. The same each time."""

from __future__ import annotations

from bench.admission.inbox import Desk, Inbox
from bench.admission.newsroom import Case, Newsroom

CASES = (
    Case("one article", articles=1, late=0),
    Case("100 articles", articles=100),
    Case("1,000 articles", articles=1_000),
    Case("10,000 articles"),
    Case("10,000, others take up to 75 %", others=0.75),
    Case("10,000, Polly takes 1.4 s instead of 0.7", polly_seconds=1.4),
    Case("10,000, an hour without Polly", away=(5_000.0, 8_600.0)),
    Case("10,000, a worker in fifty dies", crashes=0.02),
    Case("10,000, standard voices", engine="standard"),
    Case("10,000, an account of ten functions, 12 and 4 workers", functions=10),
    Case("10,000, an account of ten functions, 3 and 2 workers", functions=10, workers=3, first_workers=2),
)

FEW = {
    "workers": 2,
    "first_workers": 2,
    "job_workers": 2,
    "job_first_workers": 2,
    "summary_workers": 2,
    "summary_first_workers": 2,
}
"""The least that an event source may have."""
DESKS = (
    Desk("one scan", documents=1, late=0),
    Desk("20,000 scans, ten calls a second"),
    Desk("20,000 scans, five", rate=5),
    Desk("20,000 scans, one", rate=1),
    Desk("20,000 scans, ten, others take up to 75 %", others=0.75),
    Desk("20,000 scans, ten, a model that takes five", models=5),
    Desk("20,000 scans, ten, a worker in fifty dies", crashes=0.02),
    Desk("20,000 scans, fifty, 200 workers for each step", rate=50, models=100, workers=200, summary_workers=200),
    Desk("3,000 of several pages, two starts a second, 100 open jobs", documents=3_000, rate=2, jobs=100),
    Desk("20,000 scans, ten, an account of ten functions, two workers in each lane", functions=10, **FEW),
    Desk("2,000 scans, one, an account of ten functions, two workers in each lane", 2_000, 1, functions=10, **FEW),
)

HEADER = "| case | failed | of the quota | hours | late: seconds at most | transitions | USD |"


def row(case: Case) -> str:
    """A line of the table of articles."""
    done = Newsroom(case).run()
    articles = case.articles + case.late
    late = f"{max(done.waits):.0f}" if len(done.waits) == case.late and done.waits else "-"
    return (
        f"| {case.name} | {done.failed} | {done.quota.share_used(done.end):.2f} | {done.end / 3600:.2f} | {late} "
        f"| {done.bill.counts['transitions'] / articles:.1f} | {done.bill.usd() / articles:.4f} |"
    )


def desk_row(case: Desk) -> str:
    """A line of the table of documents."""
    done = Inbox(case).run()
    documents = case.documents + case.late
    late = f"{max(done.waits):.0f}" if len(done.waits) == case.late and done.waits else "-"
    return (
        f"| {case.name} | {done.failed} | {done.share_used():.2f} | {done.clock.now / 3600:.2f} | {late} "
        f"| {done.bill.counts['transitions'] / documents:.1f} | {done.bill.usd() / documents:.4f} |"
    )


def run() -> None:
    for rows in (map(row, CASES), map(desk_row, DESKS)):
        print(HEADER)
        print("|---|---|---|---|---|---|---|")
        for line in rows:
            print(line, flush=True)
        print()
