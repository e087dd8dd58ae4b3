"""``python -m bench admission``: the table of docs/limits.md, computed anew. The same each time."""

from __future__ import annotations

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

HEADER = "| case | failed | of the quota | hours | late: seconds at most | transitions | USD |"


def row(case: Case) -> str:
    """A line of the table."""
    done = Newsroom(case).run()
    articles = case.articles + case.late
    late = f"{max(done.waits):.0f}" if len(done.waits) == case.late and done.waits else "-"
    return (
        f"| {case.name} | {done.failed} | {done.quota.share_used(done.end):.2f} | {done.end / 3600:.2f} | {late} "
        f"| {done.bill.counts['transitions'] / articles:.1f} | {done.bill.usd() / articles:.4f} |"
    )


def run() -> None:
    print(HEADER)
    print("|---|---|---|---|---|---|---|")
    for case in CASES:
        print(row(case), flush=True)
