"""A look at a job whose end was not heard of: Textract tells of it by a message, and messages get lost.

Whoever starts a job sends a message to AnalysisQueue that is seen after a quarter of an hour, beside those of Textract.
It comes again until the job has ended or its time is over, so that no execution waits for days for a message that will
never come.
"""

from __future__ import annotations

import json
import time
from typing import Any

from common import admission, aws
from common.observability import count, logger
from common.table import Table
from documents.errors import AnalysisThrottled, AnalysisTimedOut, AnalysisUnavailable
from documents.textract import job_calls, jobs

LONGEST_DELAY = 900
"""Seconds for which SQS keeps a message back at most (API reference, SendMessage, DelaySeconds)."""
MEMBER = "look"
LATE = "Textract has not ended the job in the time that it was given; upload the document again, or in parts."


def send(queue: str, job: jobs.Job) -> None:
    """Has the job looked at later. Raises ServiceUnavailable where SQS could not take the message."""
    delay = max(1, min(LONGEST_DELAY, job.until - int(time.time())))
    body = json.dumps({MEMBER: {"work": job.work, "job": job.id}})
    with aws.patient("SQS"):
        aws.client("sqs").send_message(QueueUrl=queue, MessageBody=body, DelaySeconds=delay)


def look(table: Table, queue: str, body: dict[str, Any]) -> None:
    """Lets the execution go on whose job has ended unheard, fails it where the time is over, else looks again later.

    Raises ServiceUnavailable (try again).
    """
    job = jobs.read(table, body["work"])
    if job is None or job.id != body["job"] or not admission.heard(job.task_token):
        return  # its end was told, as nearly always
    try:
        status = job_calls.status(table, job)
    except (AnalysisThrottled, AnalysisUnavailable):
        status = "IN_PROGRESS"  # as far as is known
    if status in jobs.FINAL:
        jobs.end_wait(job, status)
        count("AnalysesEndedUnheard")
        logger().warning("job ended unheard", extra={"job": job.id, "work": job.work, "status": status})
    elif time.time() >= job.until:
        admission.fail(job.task_token, AnalysisTimedOut.__name__, LATE)
    else:
        send(queue, job)
