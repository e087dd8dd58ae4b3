"""StartAnalysis: a document of several pages, from the two lanes -> a job of Textract whose end lets it go on."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from common import admission, settings, spending
from common.observability import Context, count, logger, observed
from common.table import Table
from documents import keys
from documents.errors import AnalysisThrottled, AnalysisUnavailable
from documents.intake import claims, originals
from documents.outputs import wanted
from documents.textract import calls, features, job_calls, job_looks, jobs, raw_answers

THROTTLED, UNAVAILABLE = (AnalysisThrottled,), (AnalysisUnavailable,)
"""What a worker waits for, a place among the open jobs included; neither ever reaches the state machine from here."""
METRICS = admission.Metrics("JobWaitSeconds", "JobsHandedBack", "JobsSuperseded", "TokensGone")


@dataclass(frozen=True)
class Settings:
    state_table: str
    summaries_bucket: str
    analysis_topic_arn: str
    analysis_role_arn: str
    analysis_queue: str
    jobs_first_queue: str
    jobs_next_queue: str
    daily_pages: int
    use_output_config: str = "false"


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``, ``work`` = ``{document, work, unlocked, seconds, pages}``: as
    long as the job may take, and what it costs), the failed messages' ids out.

    The state gets ``{job, status}`` once the job has ended, mostly from FinishAnalysis, or ``{superseded: true}``.
    """
    known = settings.read(Settings)
    table = Table(known.state_table)
    step = admission.Step(
        queues={"first": known.jobs_first_queue, "next": known.jobs_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=lambda work: wanted.is_stale(table, originals.document(work)),
        run=lambda work, turn: _start(known, table, work, turn),
        metrics=METRICS,
        left_seconds=calls.LONGEST_SECONDS,
    )
    return admission.serve(event, context, step)


def _start(known: Settings, table: Table, work: admission.Work, turn: admission.Turn) -> dict[str, Any] | None:
    """What the state gets where the job has ended already, else None: FinishAnalysis answers.

    The token is stored before the job is started, and a repeated run stores its own and starts no second job. The job's
    status is read once after the start: its end may have been told before there was anything to tell it to.
    """
    source, name, asked = originals.document(work), work["work"], features.features()
    fingerprint = features.fingerprint(asked)
    job = jobs.wait(table, name, turn.token, fingerprint)
    if raw_answers.kept(name, fingerprint) or raw_answers.adopt(name, claims.work(source), fingerprint):
        return jobs.ended(job, "SUCCEEDED")
    readable = originals.for_textract(source, name, unlocked=work.get("unlocked", False))
    delivery, pages = _delivery(known, name), work.get("pages", 1)  # not there in messages of earlier releases
    with spending.open_purse(known.state_table, "documents", "pages", known.daily_pages) as purse:
        bought = job_calls.Bought(pages, features.priced(asked), lambda ask: purse.pay(pages, ask))
        job = turn.patiently(lambda: job_calls.start(readable, job, asked, delivery, bought))
    job = replace(job, until=int(time.time()) + work["seconds"])
    jobs.note(table, job)
    job_looks.send(known.analysis_queue, job)
    count("JobsStarted")
    status = turn.patiently(lambda: job_calls.status(table, job))
    logger().info("job started", extra={"work": name, "job": job.id, "status": status})
    if status == job_calls.FORGOTTEN:
        turn.leave_it(seconds=1)
    return jobs.ended(job, status) if status in jobs.FINAL else None


def _delivery(known: Settings, work: str) -> dict[str, Any]:
    """Where the job's end is told, and where its result is written if Textract is to do that itself."""
    channel = {"SNSTopicArn": known.analysis_topic_arn, "RoleArn": known.analysis_role_arn}
    if known.use_output_config != "true":
        return {"NotificationChannel": channel}
    output = {"S3Bucket": known.summaries_bucket, "S3Prefix": keys.outputs(work)}
    return {"NotificationChannel": channel, "OutputConfig": output}
