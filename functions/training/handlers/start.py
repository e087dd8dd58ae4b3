"""Start: a manifest was put, or a training set was built -> one execution of ``train_model`` for each piece of work."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from common import batches, executions, settings
from common.objects import Bucket
from common.observability import Context, count, logger, observed
from common.table import Table
from training.deploying import starting

KIND = "train"


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    train_model_arn: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of EventBridge's events in (Object Created below manifests/, TrainingSetBuilt of millrace.trips), the
    failed messages' ids out.

    The machine's input is ``{manifest: {bucket, key, version_id?}, dataset?: {bucket, key}, at}``. A message comes back
    where it is no such event (NotAnEvent), or where S3, DynamoDB or Step Functions refuse.
    """
    known = settings.read(Settings)
    return batches.each(event, lambda record: _start(known, json.loads(record["body"])))


def _start(known: Settings, said: dict[str, Any]) -> None:
    for wanted in starting.wanted(Bucket(known.models_bucket), Table(known.state_table), said):
        begun = executions.start(known.train_model_arn, KIND, wanted.work, wanted.payload)
        count("ManifestsReceived", int(not begun.duplicate))
        logger().info("manifest received", extra={"key": wanted.payload["manifest"]["key"], "execution": begun.arn})
