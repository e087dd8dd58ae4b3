"""CollectAnalysis: a job of Textract has ended -> all its result pages in S3, in order.

A long document has a thousand of them, and Textract lets few be read in a second. So this goes as far as time and
Textract allow and says where to go on; the state machine calls it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common import settings
from common.observability import logger, observed
from common.table import Table
from documents import keys, steps
from documents.errors import (
    AnalysisFailed,
    AnalysisIncomplete,
    AnalysisThrottled,
    AnalysisTimedOut,
    AnalysisUnavailable,
    WorkGone,
)
from documents.textract import calls, jobs, raw_answers

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE_MS = 60_000
"""Of the function's time in which nothing new is begun: one page of a result takes seconds at the worst."""

Part = tuple[dict[str, Any], str]
"""One result page, and where the next one is; empty after the last."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    use_output_config: str = "false"


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The state after StartAnalysis in, with ``timed_out: true`` where nothing was heard of the job in time.

    The state with ``answer: {parts}`` out, or with ``collected: {parts, next}`` where it has to be called again.
    Raises AnalysisTimedOut where the job still runs then, AnalysisFailed and AnalysisIncomplete as it ended, WorkGone
    where Textract has forgotten it, and what ``textract.named`` raises.
    """
    known, work = settings.read(Settings), event["work"]
    table = Table(known.state_table)
    job = jobs.read(table, work)
    parts = raw_answers.kept(work, job.questions) if job else None
    if parts is not None:
        return _whole(event, parts)
    if job is None or not job.id:
        raise WorkGone(f"No job of Textract is known for {work}; redrive the execution to start one.")
    _check(table, job, timed_out=bool(event.get("timed_out")))
    collected = event.get("collected", {"parts": 0, "next": ""})
    number, following = collected["parts"], collected["next"]
    pages = _written(work, job, number) if known.use_output_config == "true" else _read(job, following)
    try:
        for part, following in pages:
            raw_answers.keep(work, number, part)
            number += 1
            if following and context.get_remaining_time_in_millis() < RESERVE_MS:
                break
    except (AnalysisThrottled, AnalysisUnavailable):
        if number == collected["parts"]:
            raise
    logger().info("collected", extra={"work": work, "parts": number, "whole": not following})
    if following:
        return {**event, "collected": {"parts": number, "next": following}}
    raw_answers.finish(work, job.questions, number)
    return _whole(event, number)


def _whole(event: dict[str, Any], parts: int) -> dict[str, Any]:
    passed = {name: value for name, value in event.items() if name not in {"collected", "timed_out"}}
    return {**passed, "answer": {"parts": parts}}


def _check(table: Table, job: jobs.Job, *, timed_out: bool) -> None:
    """Whether the job has ended well. What ended badly is noted, so that the next request gets another job."""
    with calls.named():
        found = _first(table, job)
    status = found["JobStatus"]
    if status == "IN_PROGRESS":
        if timed_out:
            raise AnalysisTimedOut(
                "Textract has not ended the job in the time that it was given; upload the document again, or in parts."
            )
        raise AnalysisUnavailable("Textract has told of a job's end and says now that it runs.")
    if status in jobs.BAD:
        jobs.note(table, replace(job, ended=status))
    if status == "FAILED":
        said = str(found.get("StatusMessage") or "it gives no reason").rstrip(".")
        raise AnalysisFailed(f"Textract could not analyze the document: {said}.")
    if status == "PARTIAL_SUCCESS":
        raise AnalysisIncomplete(f"Textract could not analyze all pages ({_warned(found)}); upload the document again.")


def _first(table: Table, job: jobs.Job) -> Any:
    from botocore.exceptions import ClientError

    from common import aws

    try:
        return calls.client().get_document_analysis(JobId=job.id, MaxResults=1)
    except ClientError as error:
        if aws.code_of(error) != "InvalidJobIdException":
            raise
        jobs.note(table, replace(job, ended="FAILED"))
        raise WorkGone("Textract has forgotten the job, as it does after a week; redrive to start another.") from error


def _warned(found: dict[str, Any]) -> str:
    warnings = [
        f"{each.get('ErrorCode')} on pages {', '.join(map(str, each.get('Pages') or []))}"
        for each in found.get("Warnings") or []
    ]
    return "; ".join(warnings) or "it does not say which"


def _read(job: jobs.Job, following: str) -> Iterator[Part]:
    """Result pages by NextToken, from ``following`` on."""
    while True:
        where = {"NextToken": following} if following else {}
        with calls.named():
            part = calls.client().get_document_analysis(JobId=job.id, **where)
        following = part.get("NextToken") or ""
        yield part, following
        if not following:
            return


def _written(work: str, job: jobs.Job, begin: int) -> Iterator[Part]:
    """Result pages that Textract wrote itself: files 1, 2, ... 10, ..., beside which it leaves others of its own."""
    bucket, prefix = steps.summaries(), f"{keys.outputs(work)}/{job.id}/"
    names = sorted(int(name) for key in bucket.keys(prefix) if (name := key.removeprefix(prefix)).isdecimal())
    if not names or names != list(range(names[0], names[0] + len(names))):
        raise AnalysisIncomplete(f"Textract's files under {prefix} are not all there; upload the document again.")
    for number in names[begin:]:
        found = bucket.get(f"{prefix}{number}")
        if found is None:
            raise WorkGone(f"{prefix}{number} is gone; redrive the execution to start another job.")
        yield found.json(), "" if number == names[-1] else str(number)
