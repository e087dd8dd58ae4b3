"""Asynchronous jobs: started, worked off by a few threads, kept in memory, told by SNS and written to S3."""

from __future__ import annotations

import base64
import binascii
import contextvars
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from local.cloud.http import Request
from local.services.errors import ServiceError
from local.services.textract import access, engine, switches
from local.services.textract.blocks import Block
from local.services.textract.errors import (
    BadDocument,
    DocumentTooLarge,
    InvalidJobId,
    InvalidParameter,
    InvalidS3Object,
    UnsupportedDocument,
)
from local.services.textract.pages import MOST_BYTES, Document
from local.services.textract.queries import Query
from local.services.textract.switches import JobFault
from local.services.throttle import Throttle

PAGE_OF_BLOCKS = 1000
"""Most blocks of one answer, and of one object of an OutputConfig."""
KEPT_SECONDS = 7 * 24 * 3600
"""Results are there for seven days (GetDocumentAnalysis, API reference)."""

# What StatusMessage says of a document that a job cannot read.
_REASONS: dict[type[ServiceError], str] = {
    UnsupportedDocument: "INVALID_IMAGE_TYPE",
    BadDocument: "INVALID_IMAGE_TYPE",
    DocumentTooLarge: "DOCUMENT_TOO_LARGE",
    InvalidS3Object: "INVALID_S3_OBJECT",
}
_INTERNAL = "INTERNAL_ERROR"

# Members of a block in the files of an OutputConfig; those that it has not are null there.
_BLOCK_MEMBERS = (
    *("BlockType", "ColumnIndex", "ColumnSpan", "Confidence", "EntityTypes", "Geometry", "Hint", "Id", "Page"),
    *("PageClassification", "Query", "Relationships", "RowIndex", "RowSpan", "SelectionStatus", "Text", "TextType"),
)

_log = logging.getLogger("local.services.textract.service")


@dataclass
class Job:
    """One job and, once it has ended, its result. Blocks are kept as JSON: a large document has many thousands."""

    id: str
    operation: str
    account: str
    region: str
    request: Mapping[str, Any]
    source: access.Reference
    found: access.Found
    fault: JobFault
    features: frozenset[str]
    queries: tuple[Query, ...]
    started: float = field(default_factory=time.time)
    status: str = "IN_PROGRESS"
    message: str | None = None
    pages: int = 0
    warnings: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)


class Jobs:
    """All jobs of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._tokens: dict[tuple[str, str, str, str], str] = {}

    def known(self, request: Request, operation: str, body: Mapping[str, Any]) -> str | None:
        """The job that the request's ClientRequestToken has started before.

        Raises:
            ServiceError: IdempotentParameterMismatchException, where that request was another.
        """
        token = body.get("ClientRequestToken")
        with self._lock:
            earlier = self._jobs.get(self._tokens.get((request.account, request.region, operation, token or ""), ""))
        if token is None or earlier is None:
            return None
        if earlier.request != body:
            raise ServiceError(
                "IdempotentParameterMismatchException",
                "A ClientRequestToken input parameter was reused with an operation, but at least one of the other "
                "input parameters is different from the previous call to the operation.",
            )
        return earlier.id

    def start(self, job: Job, throttle: Throttle) -> str:
        """Take ``job`` up and let it run.

        Raises:
            LimitExceeded: as many jobs run as may.
        """
        with self._lock:
            now = time.time()
            self._jobs = {key: old for key, old in self._jobs.items() if now - old.started < KEPT_SECONDS}
            mine = (job.account, job.region, job.operation)
            others = self._jobs.values()
            running = (o for o in others if o.status == "IN_PROGRESS" and (o.account, o.region, o.operation) == mine)
            switches.admit_job(throttle, sum(1 for _ in running))
            token = job.request.get("ClientRequestToken")
            if token is not None:
                # Two calls with one token at the same time: the first made the job.
                first = self._tokens.get((*mine, token))
                if first in self._jobs:
                    return first
                self._tokens[(*mine, token)] = job.id
            self._jobs[job.id] = job
        # The account and Region of the request go along, which MiniStack keeps in the context.
        _pool().submit(contextvars.copy_context().run, _run, job)
        return job.id

    def get(self, request: Request, operation: str, body: Mapping[str, Any]) -> bytes:
        """The answer of a Get operation, as JSON; ``operation`` is the one that must have started the job.

        Raises:
            InvalidJobId: there is no such job for this caller.
            InvalidParameter: NextToken is none of this job's.
        """
        with self._lock:
            job = self._jobs.get(body["JobId"])
        mine = (request.account, request.region, operation)
        if job is None or (job.account, job.region, job.operation) != mine:
            raise InvalidJobId
        return _answer(job, body.get("NextToken"), int(body.get("MaxResults", PAGE_OF_BLOCKS)))

    def running(self) -> int:
        """How many jobs are IN_PROGRESS."""
        with self._lock:
            return sum(job.status == "IN_PROGRESS" for job in self._jobs.values())

    def forget(self) -> None:
        """No jobs any more."""
        with self._lock:
            self._jobs.clear()
            self._tokens.clear()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="textract")


def new_id() -> str:
    """A JobId as Textract's are: 64 hexadecimal digits."""
    return uuid.uuid4().hex + uuid.uuid4().hex


# --- the work --------------------------------------------------------------------------------------------------


def _run(job: Job) -> None:
    """Analyse, then end the job; whatever goes wrong ends it too."""
    try:
        _work(job)
        outcome = job.fault.status
        message = job.fault.message or ("Failed on request of a test" if outcome == "FAILED" else None)
    except ServiceError as error:
        outcome, message = "FAILED", _REASONS.get(type(error), _INTERNAL)
    except Exception:  # noqa: BLE001 - a defect of the engine must end its job, or a caller would wait without end
        _log.exception("Job %s failed", job.id)
        outcome, message = "FAILED", _INTERNAL
    timer = threading.Timer(job.fault.delay, contextvars.copy_context().run, (_end, job, outcome, message))
    timer.daemon = True
    timer.start()


def _work(job: Job) -> None:
    if job.found.size > MOST_BYTES:
        raise DocumentTooLarge(f"Document is larger than {MOST_BYTES} bytes")
    data = access.read(job.region, job.source, job.found)
    with Document(data, synchronous=False) as document:
        for number, made in enumerate(engine.analyse(document, engine.digest(data), job.features, job.queries), 1):
            if number not in job.fault.lost_pages or job.fault.status != "PARTIAL_SUCCESS":
                job.blocks += [json.dumps(block).encode() for block in made]
        job.pages = document.pages


def _end(job: Job, outcome: str, message: str | None) -> None:
    if outcome == "FAILED":
        job.blocks, job.pages = [], 0
    if outcome == "PARTIAL_SUCCESS":
        job.warnings = [{"ErrorCode": "INTERNAL_ERROR", "Pages": list(job.fault.lost_pages)}]
    job.message = message if outcome == "FAILED" else None
    try:
        if outcome != "FAILED":
            switches.USAGE.count(pages=job.pages)
            _write(job, outcome)
    except Exception:  # noqa: BLE001 - the bucket may be gone by now: the job has failed then, as on AWS
        _log.exception("Job %s could not write its output", job.id)
        outcome, job.message, job.blocks = "FAILED", "INVALID_S3_OBJECT", []
    job.status = outcome
    _tell(job)


def _tell(job: Job) -> None:
    channel = job.request.get("NotificationChannel")
    if channel is None:
        return
    tag = {"JobTag": job.request["JobTag"]} if "JobTag" in job.request else {}
    message = {
        "JobId": job.id,
        "Status": job.status,
        "API": job.operation,
        **tag,
        "Timestamp": int(time.time() * 1000),
        "DocumentLocation": {"S3ObjectName": job.source.key, "S3Bucket": job.source.bucket},
    }
    from botocore.exceptions import BotoCoreError, ClientError

    for _ in range(job.fault.notifications):
        try:
            access.publish(job.region, channel["RoleArn"], channel["SNSTopicArn"], json.dumps(message))
            switches.USAGE.count(notifications=1)
        except (ClientError, BotoCoreError) as error:
            # On AWS this is not reported either.
            _log.warning("Job %s cannot publish to %s: %s", job.id, channel["SNSTopicArn"], error)


# --- results ---------------------------------------------------------------------------------------------------


def _answer(job: Job, token: str | None, most: int) -> bytes:
    head: dict[str, Any] = {"JobStatus": job.status, "AnalyzeDocumentModelVersion": engine.version()}
    if job.operation == "StartDocumentTextDetection":
        head = {"JobStatus": job.status, "DetectDocumentTextModelVersion": engine.version()}
    if job.status == "IN_PROGRESS":
        return json.dumps(head).encode()
    if job.status == "FAILED":
        return json.dumps({**head, "StatusMessage": job.message}).encode()
    first = _offset(job, token)
    last = first + min(most, PAGE_OF_BLOCKS)
    head = {"DocumentMetadata": {"Pages": job.pages}, **head}
    if job.warnings:
        head["Warnings"] = job.warnings
    if last < len(job.blocks):
        head["NextToken"] = _token(job, last)
    return json.dumps(head).encode()[:-1] + b', "Blocks": [' + b",".join(job.blocks[first:last]) + b"]}"


def _token(job: Job, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{job.id}:{offset}".encode()).decode()


def _offset(job: Job, token: str | None) -> int:
    if token is None:
        return 0
    try:
        owner, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if owner != job.id or not 0 < int(offset) < len(job.blocks):
            raise InvalidParameter("Invalid parameter: NextToken")
        return int(offset)
    except (ValueError, binascii.Error) as error:
        raise InvalidParameter("Invalid parameter: NextToken") from error


def _write(job: Job, outcome: str) -> None:
    """The result in S3: ``<prefix>/<JobId>/1``, ``2`` and so on, every member there and null where it is not."""
    config = job.request.get("OutputConfig")
    if config is None:
        return
    folder = f"{config.get('S3Prefix', 'textract_output').strip('/')}/{job.id}"
    for number, first in enumerate(range(0, max(1, len(job.blocks)), PAGE_OF_BLOCKS), 1):
        part = [_with_nulls(json.loads(block)) for block in job.blocks[first : first + PAGE_OF_BLOCKS]]
        more = first + PAGE_OF_BLOCKS < len(job.blocks)
        body = {
            "AnalyzeDocumentModelVersion": engine.version(),
            "Blocks": part,
            "DocumentMetadata": {"Pages": job.pages},
            "JobStatus": outcome,
            "NextToken": _token(job, first + PAGE_OF_BLOCKS) if more else None,
            "StatusMessage": None,
            "Warnings": job.warnings or None,
        }
        access.write(job.region, config["S3Bucket"], f"{folder}/{number}", json.dumps(body).encode())


def _with_nulls(block: Block) -> Block:
    return {member: block.get(member) for member in _BLOCK_MEMBERS}
