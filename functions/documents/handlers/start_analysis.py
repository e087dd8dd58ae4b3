"""StartAnalysis: a document of several pages -> a job of Textract whose end lets the execution go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common import aws, settings
from common.observability import logger, observed
from common.table import Table
from documents import keys, steps
from documents.errors import AnalysisUnavailable
from documents.model import Source
from documents.textract import calls, features, jobs, raw_answers

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    state_table: str
    summaries_bucket: str
    analysis_topic_arn: str
    analysis_role_arn: str
    use_output_config: str = "false"


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{document, work, token}`` in; nothing that anybody reads out: the state ends with the task token.

    The token is stored before the job is started, and a repeated run stores its own and starts no second job. The job's
    status is read once after the start: its end may have been told before there was anything to tell it to.
    Raises what ``textract.named`` raises, ConcurrentUpdate (try again).
    """
    known, source, work = settings.read(Settings), steps.document(event), event["work"]
    asked, table = features.features(), Table(known.state_table)
    fingerprint = features.fingerprint(asked)
    job = jobs.wait(table, work, event["token"], fingerprint)
    if raw_answers.kept(work, fingerprint) is not None:
        jobs.end_wait(job, "SUCCEEDED")
        return {"job": job.id}
    job = replace(job, id=_start(known, source, work, asked, job))
    jobs.note(table, job)
    status = _status(table, job)
    logger().info("job started", extra={"work": work, "job": job.id, "status": status})
    if status in jobs.FINAL:
        jobs.end_wait(job, status)
    return {"job": job.id}


def _status(table: Table, job: jobs.Job) -> str:
    """Of a job that was started just now, or earlier by the same request; one that is forgotten deserves another."""
    from botocore.exceptions import ClientError

    with calls.named():
        try:
            return str(calls.client().get_document_analysis(JobId=job.id, MaxResults=1)["JobStatus"])
        except ClientError as error:
            if aws.code_of(error) != "InvalidJobIdException":
                raise
            jobs.note(table, replace(job, ended="FAILED"))
            raise AnalysisUnavailable(
                "Textract has forgotten the job of this request, as it does after a week; the next try starts another."
            ) from error


def _start(known: Settings, source: Source, work: str, asked: dict[str, Any], job: jobs.Job) -> str:
    request = {
        "DocumentLocation": calls.location(source),
        "NotificationChannel": {"SNSTopicArn": known.analysis_topic_arn, "RoleArn": known.analysis_role_arn},
        "JobTag": work,
        **asked,
    }
    if known.use_output_config == "true":
        request["OutputConfig"] = {"S3Bucket": known.summaries_bucket, "S3Prefix": keys.outputs(work)}
    token = job.request_token(request)
    with calls.named(source):
        return str(calls.client().start_document_analysis(ClientRequestToken=token, **request)["JobId"])
