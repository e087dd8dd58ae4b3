"""The result pages of a job that has ended, in order: asked for by NextToken, or files that Textract wrote itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common.table import Table
from documents import keys, steps
from documents.errors import AnalysisIncomplete, WorkGone
from documents.textract import job_calls, jobs

Page = tuple[dict[str, Any], str]
"""One result page, and where the next one is; empty after the last."""
ATTEMPTS = 2
"""Of one call; longer waits belong to the state machine, where they cost nothing."""


def asked_for(table: Table, job: jobs.Job, following: str) -> Iterator[Page]:
    """Result pages by NextToken, from ``following`` on. Raises what ``job_calls.page`` raises."""
    while True:
        page = job_calls.page(table, job, following, attempts=ATTEMPTS)
        following = page.get("NextToken") or ""
        yield page, following
        if not following:
            return


def written(table: Table, job: jobs.Job, begin: int) -> Iterator[Page]:
    """Files 1, 2, ... 10, ... below OutputConfig's prefix, from index ``begin`` on; Textract leaves others beside them.

    Raises what ``job_calls.page`` raises, and AnalysisIncomplete where they are not all there, WorkGone where one has
    gone since it was listed.
    """
    if not begin:
        job_calls.check(table, job)
    bucket, prefix = steps.summaries(), f"{keys.outputs(job.work)}/{job.id}/"
    names = sorted(int(name) for key in bucket.keys(prefix) if (name := key.removeprefix(prefix)).isdecimal())
    if not names or names != list(range(names[0], names[0] + len(names))):
        raise AnalysisIncomplete(f"Textract's files under {prefix} are not all there; upload the document again.")
    for number in names[begin:]:
        stored = bucket.get(f"{prefix}{number}")
        if stored is None:
            raise WorkGone(f"{prefix}{number} is gone; redrive the execution to start another job.")
        yield stored.json(), "" if number == names[-1] else str(number)
