"""FinishAnalysis: Textract tells that a job has ended -> the execution that waits for it goes on.

The messages come at least once, in any order, and sometimes late. What cannot be understood or belongs to nobody is
given back to the queue, which keeps it as a dead letter in the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common import batches, settings
from common.errors import PermanentError, TransientError
from common.observability import count, logger, observed
from common.table import Table
from documents.textract import jobs

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    state_table: str


class NotAJob(PermanentError):
    """The message is none of Textract's about the end of a job."""


class NobodyWaits(TransientError):
    """No item is there for the job, or not yet the job's id; the same message may be understood later."""


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """SQS batch in (raw message delivery: a body is Textract's message itself), the failed messages' ids out."""
    table = Table(settings.read(Settings).state_table)
    return batches.each(event, lambda record: _finish(table, record["body"]))


def _finish(table: Table, body: str) -> None:
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
        raise NotAJob("The message has no JobTag, JobId and Status; nobody but Textract should write here.") from error
    if not (isinstance(tag, str) and isinstance(job, str) and status in jobs.FINAL):
        raise NotAJob("JobTag, JobId or Status of the message are not what Textract writes.")
    return tag, job, status
