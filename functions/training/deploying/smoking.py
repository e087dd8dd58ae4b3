"""Twenty stored rows through what will serve: it answers as the job did, or the model goes no further.

The function that predicts is called as it is deployed, with the version named, since the pointer does not name it yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from common import aws
from common.errors import MillraceError, ServiceUnavailable, StorageUnavailable
from common.objects import Bucket
from training.errors import ModelUnusable, RowsUnreadable, SmokeFailed
from training.serving import answering, endpoints
from training.steps import Run
from training.tuning import files

THROTTLED: Final = frozenset({"TooManyRequestsException"})
AILING: Final = frozenset({"ServiceException", "ResourceNotReadyException", "EC2ThrottledException"})
CLOSE: Final = 1e-9
"""A program of one's own may print fewer digits than it has; ours answer bit by bit."""


def smoke(bucket: Bucket, run: Run, kind: str, endpoint: str, predict: str) -> int:
    """How many rows were asked: none where nothing serves. Raises SmokeFailed, WorkGone, StorageUnavailable,
    ServiceUnavailable."""
    if kind == "none":
        return 0
    rows = files.document(bucket, run, files.SMOKE)["rows"]
    names = [each["name"] for each in files.document(bucket, run, files.CONTRACT)["columns"]]
    if kind == "serverless":
        found = _of_endpoint(endpoint, names, [each["row"] for each in rows])
    else:
        found = _of_function(predict, run, rows)
    for number, (each, probability) in enumerate(zip(rows, found, strict=True), 1):
        if not abs(each["probability"] - probability) <= CLOSE:
            raise SmokeFailed(
                f"Smoke row {number}: the job's model answered {each['probability']!r}, {probability!r} now."
            )
    return len(rows)


def _of_endpoint(endpoint: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[float]:
    try:
        return endpoints.ask(endpoint, names, [[row.get(name) for name in names] for row in rows])
    except (ModelUnusable, RowsUnreadable) as error:
        raise SmokeFailed(f"The endpoint does not answer the smoke rows: {error}") from error


def _of_function(predict: str, run: Run, rows: Sequence[Mapping[str, Any]]) -> list[float]:
    payload = json.dumps({"smoke": {"name": run.name, "version": run.version, "rows": list(rows)}})
    with aws.patient("Lambda", busy=THROTTLED, ailing=AILING):
        said = aws.client("lambda").invoke(FunctionName=predict, Payload=payload.encode())
    body = bytes(said["Payload"].read())
    if said.get("FunctionError"):
        raise _failed(body)
    try:
        return answering.probabilities(body, len(rows))
    except ModelUnusable as error:
        raise SmokeFailed(f"The function that predicts does not answer the smoke rows: {error}") from error


def _failed(body: bytes) -> MillraceError:
    """What the function raised; what may pass there passes here."""
    try:
        said = json.loads(body)
        name, message = str(said["errorType"]), str(said["errorMessage"])[:400]
    except (ValueError, KeyError, TypeError):
        name, message = "an error", "it gave no reason."
    if name in (StorageUnavailable.__name__, ServiceUnavailable.__name__):
        return ServiceUnavailable(f"The function that predicts could not read the model just now: {message}")
    return SmokeFailed(f"The function that predicts fails with the model ({name}): {message}")
