"""What Textract tells of a job's end, by SNS and SQS: at least once, in any order, sometimes late, sometimes never."""

from __future__ import annotations

import json
from typing import Any

from common.errors import PermanentError, TransientError
from common.observability import count, logger
from common.table import Table
from documents.textract import job_looks, jobs


class NotAJob(PermanentError):
    """The message is none of Textract's about the end of a job."""


class NobodyWaits(TransientError):
    """No item is there for the job, or not yet the job's id; the same message may be understood later."""


def hear(table: Table, queue: str, body: str) -> None:
    """Lets the execution go on that waits for the job of the message; a message of an older job changes nothing.

    A message of ours (``job_looks``) has the job looked at; ``queue`` is where both come from.
    Raises NotAJob, NobodyWaits, ServiceUnavailable (try again).
    """
    message = _json(body)
    if isinstance(message.get(job_looks.MEMBER), dict):
        job_looks.look(table, queue, message[job_looks.MEMBER])
        return
    work, job_id, status = _read(message)
    job = jobs.read(table, work)
    if job is None or not job.id:
        raise NobodyWaits(f"Nothing is known of job {job_id} for {work}.")
    if job.id != job_id:
        logger().info("late", extra={"job": job_id, "newer": job.id})
        return
    heard = jobs.end_wait(job, status)
    count("AnalysesEnded")
    logger().info("job ended", extra={"job": job_id, "status": status, "heard": heard})


def _json(body: str) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise NotAJob("The message is no JSON object; only Textract and this application should write here.")
    return message


def _read(message: dict[str, Any]) -> tuple[str, str, str]:
    """JobTag, JobId and Status (Textract developer guide, "Amazon Textract results notification")."""
    try:
        tag, job, status = message["JobTag"], message["JobId"], message["Status"]
    except KeyError as error:
        raise NotAJob("The message has no JobTag, JobId and Status; only Textract should write here.") from error
    if not (isinstance(tag, str) and isinstance(job, str) and status in jobs.FINAL):
        raise NotAJob("JobTag, JobId or Status of the message are not what Textract writes.")
    return tag, job, status
