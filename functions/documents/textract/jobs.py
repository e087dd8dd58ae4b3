"""Jobs of Textract that an execution waits for: one item per piece of work in the table; its name is the JobTag.

The item is there before the job is, so that no end of a job can come too early to be understood. It holds the newest
task token: when a step is repeated, the older wait is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from common import admission, executions
from common.errors import ConcurrentUpdate
from common.objects import encode
from common.table import Item, Table

SECONDS = 30 * 86400
"""For which an item is kept; Textract keeps a job's result for seven days."""

FINAL = frozenset({"SUCCEEDED", "PARTIAL_SUCCESS", "FAILED"})
"""Of JobStatus (API reference, GetDocumentAnalysis)."""

BAD = frozenset({"PARTIAL_SUCCESS", "FAILED"})
"""After which the same request gets another job, should it come again."""


@dataclass(frozen=True, slots=True)
class Job:
    """``id`` is empty until the job was started, ``ended`` until it is known to have ended badly.

    ``questions`` is what it was asked for (``features.fingerprint``). ``until``: the second of the epoch after which
    nobody waits for its end any longer, 0 until it was started. ``paid``: the request by which it was started.
    """

    work: str
    task_token: str
    questions: str
    attempt: int = 0
    id: str = ""
    ended: str = ""
    until: int = 0
    paid: str = ""

    def request_token(self, asked: Mapping[str, Any]) -> str:
        """ClientRequestToken: with the same one Textract starts no second job, and refuses another request."""
        return f"{self.work}-{executions.digest(encode(asked))[:16]}-{self.attempt}"


def read(table: Table, work: str) -> Job | None:
    item = table.get(_name(work))
    if item is None:
        return None
    later = item.get("until", 0), item.get("paid", "")  # not there in items of earlier releases
    return Job(work, item["task_token"], item["questions"], item["attempt"], item["job"], item["ended"], *later)


def wait(table: Table, work: str, task_token: str, questions: str) -> Job:
    """Puts a task token where the job's end will find it, and says which job it is or will be."""
    seen = read(table, work)
    if seen is None:
        job = Job(work, task_token, questions)
    elif seen.ended in BAD or seen.questions != questions:
        job = Job(work, task_token, questions, seen.attempt + 1)
    else:
        job = replace(seen, task_token=task_token)
    table.put(_name(work), _item(job), seconds=SECONDS)
    return job


def note(table: Table, job: Job) -> None:
    """Writes what became known of a job, unless another run of the step waits for it by now.

    Raises ConcurrentUpdate then: the same step runs twice, and only the later one is listened to.
    """
    values = {"token": job.task_token}
    condition = "#task_token = :token"
    if not table.put(_name(job.work), _item(job), seconds=SECONDS, condition=condition, values=values):
        raise ConcurrentUpdate("Another run of this step waits for the same job of Textract.")


def end_wait(job: Job, status: str) -> bool:
    """Lets the waiting execution go on; False where no wait is left, which happens to a second message.

    Raises ServiceUnavailable where Step Functions could not answer, botocore's ClientError for other refusals.
    """
    return admission.succeed(job.task_token, ended(job, status))


def ended(job: Job, status: str) -> dict[str, str]:
    """What the waiting state gets."""
    return {"job": job.id, "status": status}


def _name(work: str) -> str:
    return f"analysis#{work}"


def _item(job: Job) -> Item:
    return {
        "task_token": job.task_token,
        "questions": job.questions,
        "attempt": job.attempt,
        "job": job.id,
        "ended": job.ended,
        "until": job.until,
        "paid": job.paid,
    }
