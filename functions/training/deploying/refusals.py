"""``rejected/<name>/<version or hash>.json``: why nothing came of a manifest, and what of it has to go."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from common import executions
from common.objects import Bucket, encode
from common.table import Table
from training import steps
from training.deploying import approvals, claims, retirement
from training.errors import ApprovalExpired
from training.model import SCHEMA, Json
from training.steps import Run

EXPIRED = "Nobody approved or refused the model in time: put the manifest again, and decide within ApprovalDays."


@dataclass(frozen=True, slots=True)
class Refused:
    """``name``: of the manifest's object, where it could not be read; ``version`` is empty then."""

    name: str
    version: str
    error: str
    message: str
    source: dict[str, Any]
    report: str = ""

    def detail(self, bucket: str, key: str) -> Json:
        """Of the event."""
        return {**asdict(self), "rejected": {"bucket": bucket, "key": key}}


def of(event: Mapping[str, Any]) -> Refused:
    error, source = event["error"], dict(event["manifest"])
    name = str(event.get("name") or PurePosixPath(source["key"]).stem)
    version = str(event.get("version") or "")
    message = executions.sentence_of(error.get("Cause", ""))
    if error["Error"] == ApprovalExpired.__name__:
        message = EXPIRED
    report = steps.key(version, steps.REPORT) if version and error["Error"] == "GateRefused" else ""
    return Refused(name, version, error["Error"], message, source, report)


def tidy(bucket: Bucket, table: Table, event: Mapping[str, Any], refused: Refused) -> None:
    """Takes away what the run has made. Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable."""
    if not refused.version:
        return
    run = Run.of(event)
    approvals.expire(table, run)
    claim = table.get(claims.key(run.version))
    if claim is not None and claim["execution"] == run.execution and claim.get("endpoint"):
        retirement.retire(bucket, table, run.name, str(claim["endpoint"]))
        retirement.earlier(bucket, table, run)


def keep(bucket: Bucket, refused: Refused) -> str:
    """The key."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    source = refused.source
    told = f"{source['bucket']}/{source['key']}#{source.get('version_id', '')}"
    last = refused.version or hashlib.sha256(told.encode()).hexdigest()[:32]
    key = f"rejected/{refused.name}/{last}.json"
    document = {
        "schema": SCHEMA,
        "name": refused.name,
        "version": refused.version or None,
        "error": refused.error,
        "message": refused.message,
        "source": source,
        "at": at,
        **({"report": refused.report} if refused.report else {}),
    }
    bucket.put(key, encode(document))
    return key


def end(table: Table, event: Mapping[str, Any], refused: Refused) -> None:
    """Last of all: the manifest may be put again."""
    if refused.version:
        claims.end(table, refused.version, event["execution"], refused.error)
