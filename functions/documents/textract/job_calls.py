"""Calls about a job of Textract: its start, how it stands, and whether it has ended well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common import aws
from common.table import Table
from documents.errors import AnalysisFailed, AnalysisIncomplete, AnalysisTimedOut, AnalysisUnavailable, WorkGone
from documents.model import Source
from documents.textract import calls, jobs


def start(source: Source, job: jobs.Job, features: Mapping[str, Any], delivery: Mapping[str, Any]) -> jobs.Job:
    """Starts the job unless the same request has; ``delivery``: NotificationChannel, and OutputConfig where wanted.

    Raises what ``calls.named`` raises.
    """
    request = {"DocumentLocation": calls.location(source), "JobTag": job.work, **features, **delivery}
    token = job.request_token(request)
    with calls.named(source):
        answer = calls.client().start_document_analysis(ClientRequestToken=token, **request)
    return replace(job, id=str(answer["JobId"]))


def status(table: Table, job: jobs.Job) -> str:
    """Of a job that was started just now, or earlier by the same request. Raises what ``calls.named`` raises."""
    answer = _first_block(table, job)
    if answer is None:
        raise AnalysisUnavailable(
            "Textract has forgotten the job of this request, as it does after a week; the next try starts another."
        )
    return str(answer["JobStatus"])


def check(table: Table, job: jobs.Job, *, timed_out: bool) -> None:
    """Whether the job has ended well. What ended badly is noted, so that the next request gets another job.

    Raises AnalysisTimedOut where it still runs and ``timed_out``, AnalysisFailed and AnalysisIncomplete as it ended,
    WorkGone where Textract has forgotten it, and what ``calls.named`` raises.
    """
    answer = _first_block(table, job)
    if answer is None:
        raise WorkGone("Textract has forgotten the job, as it does after a week; redrive to start another.")
    state = answer["JobStatus"]
    if state == "IN_PROGRESS":
        if timed_out:
            raise AnalysisTimedOut(
                "Textract has not ended the job in the time that it was given; upload the document again, or in parts."
            )
        raise AnalysisUnavailable("Textract has told of a job's end and says now that it runs.")
    if state in jobs.BAD:
        jobs.note(table, replace(job, ended=state))
    if state == "FAILED":
        reason = str(answer.get("StatusMessage") or "it gives no reason").rstrip(".")
        raise AnalysisFailed(f"Textract could not analyze the document: {reason}.")
    if state == "PARTIAL_SUCCESS":
        raise AnalysisIncomplete(
            f"Textract could not analyze all pages ({_warned(answer)}); upload the document again."
        )


def _first_block(table: Table, job: jobs.Job) -> Any:
    """The job's status with one block. None where Textract has forgotten it; then the next request starts another."""
    from botocore.exceptions import ClientError

    with calls.named():
        try:
            return calls.client().get_document_analysis(JobId=job.id, MaxResults=1)
        except ClientError as error:
            if aws.code_of(error) != "InvalidJobIdException":
                raise
    jobs.note(table, replace(job, ended="FAILED"))
    return None


def _warned(answer: Mapping[str, Any]) -> str:
    warnings = [
        f"{each.get('ErrorCode')} on pages {', '.join(map(str, each.get('Pages') or []))}"
        for each in answer.get("Warnings") or []
    ]
    return "; ".join(warnings) or "it does not say which"
