"""StartAnalysis: a document of several pages -> a job of Textract whose end lets the execution go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context, logger, observed
from common.table import Table
from documents import keys
from documents.intake import originals
from documents.textract import features, job_calls, jobs, raw_answers


@dataclass(frozen=True)
class Settings:
    state_table: str
    summaries_bucket: str
    analysis_topic_arn: str
    analysis_role_arn: str
    use_output_config: str = "false"


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{document, work, token}`` in; what no state reads out: the state ends with the task token.

    The token is stored before the job is started, and a repeated run stores its own and starts no second job. The job's
    status is read once after the start: its end may have been told before there was anything to tell it to.
    Raises what ``textract.calls.named`` raises, ConcurrentUpdate (try again).
    """
    options, source, work = settings.read(Settings), originals.document(event), event["work"]
    wanted, table = features.features(), Table(options.state_table)
    fingerprint = features.fingerprint(wanted)
    job = jobs.wait(table, work, event["token"], fingerprint)
    if raw_answers.kept(work, fingerprint) is not None:
        jobs.end_wait(job, "SUCCEEDED")
        return {"job": job.id}
    job = job_calls.start(originals.for_textract(source, work), job, wanted, _delivery(options, work))
    jobs.note(table, job)
    status = job_calls.status(table, job)
    logger().info("job started", extra={"work": work, "job": job.id, "status": status})
    if status in jobs.FINAL:
        jobs.end_wait(job, status)
    return {"job": job.id}


def _delivery(options: Settings, work: str) -> dict[str, Any]:
    """Where the job's end is told, and where its result is written if Textract is to do that itself."""
    channel = {"SNSTopicArn": options.analysis_topic_arn, "RoleArn": options.analysis_role_arn}
    if options.use_output_config != "true":
        return {"NotificationChannel": channel}
    output = {"S3Bucket": options.summaries_bucket, "S3Prefix": keys.outputs(work)}
    return {"NotificationChannel": channel, "OutputConfig": output}
