"""What Textract tells of a job's end, by SNS and SQS: at least once, in any order, and sometimes late."""

from __future__ import annotations

import json

from common.errors import PermanentError, TransientError
from common.observability import count, logger
from common.table import Table
from documents.textract import jobs


class NotAJob(PermanentError):
    """The message is none of Textract's about the end of a job."""


class NobodyWaits(TransientError):
    """No item is there for the job, or not yet the job's id; the same message may be understood later."""


def hear(table: Table, body: str) -> None:
    """Lets the execution go on that waits for the job of the message; a message of an older job changes nothing.

    Raises NotAJob, NobodyWaits, ServiceUnavailable (try again).
    """
    work, job_id, status = _read(body)
    job = jobs.read(table, work)
    if job is None or not job.id:
        raise NobodyWaits(f"Nothing is known of job {job_id} for {work}.")
    if job.id != job_id:
        logger().info("late", extra={"job": job_id, "newer": job.id})
        return
    heard = jobs.end_wait(job, status)
    count("AnalysesEnded")
    logger().info("job ended", extra={"job": job_id, "status": status, "heard": heard})


def _read(body: str) -> tuple[str, str, str]:
    """JobTag, JobId and Status (Textract developer guide, "Amazon Textract results notification")."""
    try:
        message = json.loads(body)
        tag, job, status = message["JobTag"], message["JobId"], message["Status"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotAJob("The message has no JobTag, JobId and Status; only Textract should write here.") from error
    if not (isinstance(tag, str) and isinstance(job, str) and status in jobs.FINAL):
        raise NotAJob("JobTag, JobId or Status of the message are not what Textract writes.")
    return tag, job, status
