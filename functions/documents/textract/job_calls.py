"""Calls about a job of Textract: its start, how it stands, and whether it has ended well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from common import aws
from common.observability import count
from common.table import Table
from documents.errors import AnalysisFailed, AnalysisIncomplete, AnalysisUnavailable, WorkGone
from documents.model import Source
from documents.textract import calls, jobs

Ask = Callable[[], dict[str, Any]]

FORGOTTEN = "FORGOTTEN"
"""Beside the values of JobStatus."""


@dataclass(frozen=True)
class Bought:
    """What a job costs: its pages, the features that set their price, and how a call is made that is paid for."""

    pages: int
    features: str
    pay: Callable[[Ask], dict[str, Any]]


def start(
    source: Source,
    job: jobs.Job,
    features: Mapping[str, Any],
    delivery: Mapping[str, Any],
    bought: Bought,
) -> jobs.Job:
    """Starts the job unless the same request has; ``delivery``: NotificationChannel, and OutputConfig where wanted.

    ``bought`` is what a call that is billed takes: a request that has started the job already is not, and is not
    counted as PagesBought. Raises what ``calls.named`` and ``bought.pay`` raise.
    """
    request = {"DocumentLocation": calls.location(source), "JobTag": job.work, **features, **delivery}
    token = job.request_token(request)

    def ask() -> dict[str, Any]:
        with calls.named(source):
            answer: dict[str, Any] = calls.client().start_document_analysis(ClientRequestToken=token, **request)
        return answer

    paid = job.id and job.paid == token
    answer = ask() if paid else bought.pay(ask)
    if not paid:
        count("PagesBought", bought.pages, features=bought.features)
    return replace(job, id=str(answer["JobId"]), paid=token)


def status(table: Table, job: jobs.Job) -> str:
    """Of a job that was started just now, or earlier by the same request; FORGOTTEN where Textract knows it no more, as
    after a week, and the next request starts another. Raises what ``calls.named`` raises."""
    answer = _page(table, job, MaxResults=1)
    return FORGOTTEN if answer is None else str(answer["JobStatus"])


def check(table: Table, job: jobs.Job) -> None:
    """Whether the job has ended well, by a call of its own. Raises as ``page`` does."""
    _judge(table, job, _page(table, job, MaxResults=1))


def page(table: Table, job: jobs.Job, following: str = "", *, attempts: int = 1) -> dict[str, Any]:
    """One result page of a job that has ended well: the first one, or that of the NextToken ``following``.

    Its own answer says how the job has ended, so a throttled account is asked once per page. What ended badly is noted,
    so that the next request gets another job. Raises AnalysisFailed and AnalysisIncomplete as it ended, WorkGone where
    Textract has forgotten it, and what ``calls.named`` raises.
    """
    where = {"NextToken": following} if following else {}
    return _judge(table, job, _page(table, job, attempts=attempts, **where))


def _judge(table: Table, job: jobs.Job, answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        raise WorkGone("Textract has forgotten the job, as it does after a week; redrive to start another.")
    state = answer["JobStatus"]
    if state == "IN_PROGRESS":
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
    return answer


def _page(table: Table, job: jobs.Job, *, attempts: int = 1, **which: Any) -> dict[str, Any] | None:
    """None where Textract has forgotten the job; then the next request starts another."""
    from botocore.exceptions import ClientError

    with calls.named():
        answer: dict[str, Any] | None = None
        try:
            answer = calls.client(attempts=attempts).get_document_analysis(JobId=job.id, **which)
        except ClientError as error:
            if aws.code_of(error) != "InvalidJobIdException":
                raise
    if answer is None:
        jobs.note(table, replace(job, ended="FAILED"))
    return answer


def _warned(answer: Mapping[str, Any]) -> str:
    warnings = [
        f"{each.get('ErrorCode')} on pages {', '.join(map(str, each.get('Pages') or []))}"
        for each in answer.get("Warnings") or []
    ]
    return "; ".join(warnings) or "it does not say which"
