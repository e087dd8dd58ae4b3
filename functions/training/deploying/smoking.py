"""Twenty stored rows through what will serve: it answers as the job did, or the model goes no further.

The function that predicts is called as it is deployed, with the version named, since the pointer does not name it yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from common import aws
from common.objects import Bucket
from services import sagemaker_runtime
from training.errors import SmokeFailed
from training.model import Json
from training.steps import Run
from training.tuning import files

CLOSE: Final = 1e-9
"""A program of one's own may print fewer digits than it has; ours answer bit by bit."""


def smoke(bucket: Bucket, run: Run, kind: str, endpoint: str, predict: str) -> int:
    """How many rows were asked: none where nothing serves. Raises SmokeFailed, WorkGone, StorageUnavailable,
    ServiceUnavailable."""
    if kind == "none":
        return 0
    rows = files.document(bucket, run, files.SMOKE)["rows"]
    contract = files.document(bucket, run, "contract.json")
    asked = [each["row"] for each in rows]
    answer = _of_endpoint(endpoint, asked) if kind == "serverless" else _of_function(predict, run, asked)
    _compare(answer, [each["probability"] for each in rows], contract)
    return len(rows)


def _of_function(predict: str, run: Run, rows: Sequence[Mapping[str, Any]]) -> Any:
    payload = json.dumps({"smoke": {"name": run.name, "version": run.version, "rows": list(rows)}})
    with aws.patient("Lambda", ailing={"ServiceException"}):
        said = aws.client("lambda").invoke(FunctionName=predict, Payload=payload.encode())
    body = said["Payload"].read()
    if said.get("FunctionError"):
        raise SmokeFailed(f"The function that predicts fails with the model: {_reason(body)}")
    return json.loads(body)


def _of_endpoint(endpoint: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    from botocore.exceptions import ClientError

    try:
        with sagemaker_runtime.patient(endpoint):
            return json.loads(sagemaker_runtime.invoke(endpoint, json.dumps(list(rows)).encode()))
    except ClientError as error:
        said = str(error.response.get("OriginalMessage") or error.response["Error"].get("Message", ""))
        raise SmokeFailed(f"The endpoint refuses the smoke rows ({aws.code_of(error)}): {said[:400]}") from error
    except ValueError as error:
        raise SmokeFailed("The endpoint does not answer JSON.") from error


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["errorMessage"])[:400]
    except (ValueError, KeyError, TypeError):
        return "it gave no reason."


def _compare(answer: Any, expected: Sequence[float], contract: Json) -> None:
    """Raises SmokeFailed."""
    found = answer.get("predictions") if isinstance(answer, Mapping) else None
    if not isinstance(found, list) or len(found) != len(expected):
        raise SmokeFailed(f"The model does not answer {len(expected)} smoke rows with as many predictions.")
    classes = {contract["positive"], contract["negative"]}
    for number, (each, probability) in enumerate(zip(found, expected, strict=True), 1):
        said: Any = each.get("probability") if isinstance(each, Mapping) else None
        if not files.is_probability(said) or abs(said - probability) > CLOSE:
            raise SmokeFailed(f"Smoke row {number}: the job's model answered {probability!r}, this one {said!r}.")
        if each.get("label") not in classes:
            raise SmokeFailed(f"Smoke row {number}: {each.get('label')!r} is none of the model's classes.")
