"""The result pages of a job that has ended, in order: asked for by NextToken, or files that Textract wrote itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from documents import keys, steps
from documents.errors import AnalysisIncomplete, WorkGone
from documents.textract import calls, jobs

Page = tuple[dict[str, Any], str]
"""One result page, and where the next one is; empty after the last."""


def asked_for(job: jobs.Job, following: str) -> Iterator[Page]:
    """Result pages by NextToken, from ``following`` on. Raises what ``calls.named`` raises."""
    while True:
        where = {"NextToken": following} if following else {}
        with calls.named():
            page = calls.client().get_document_analysis(JobId=job.id, **where)
        following = page.get("NextToken") or ""
        yield page, following
        if not following:
            return


def written(job: jobs.Job, begin: int) -> Iterator[Page]:
    """Files 1, 2, ... 10, ... below OutputConfig's prefix, from index ``begin`` on; Textract leaves others beside them.

    Raises AnalysisIncomplete where they are not all there, WorkGone where one has gone since it was listed.
    """
    bucket, prefix = steps.summaries(), f"{keys.outputs(job.work)}/{job.id}/"
    names = sorted(int(name) for key in bucket.keys(prefix) if (name := key.removeprefix(prefix)).isdecimal())
    if not names or names != list(range(names[0], names[0] + len(names))):
        raise AnalysisIncomplete(f"Textract's files under {prefix} are not all there; upload the document again.")
    for number in names[begin:]:
        stored = bucket.get(f"{prefix}{number}")
        if stored is None:
            raise WorkGone(f"{prefix}{number} is gone; redrive the execution to start another job.")
        yield stored.json(), "" if number == names[-1] else str(number)
