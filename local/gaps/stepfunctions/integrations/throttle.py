"""Step Functions: a task whose function is throttled fails as Lambda.TooManyRequestsException.

AWS: errors of the Invoke call itself fail a task as ``Lambda.<Error>``; where Lambda has too many invocations, that
is Lambda.TooManyRequestsException (Developer Guide, "Handle Lambda service exceptions"; the error's name and its 429
are in botocore: Invoke).
MiniStack: takes the refusal for the function's own answer, finds no errorType in it, and fails the task as
Lambda.Unknown, for which no machine has a Retry.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._call_lambda": "(func_ref, event)",
    "services.stepfunctions._ExecutionError": "class",
    "services.lambda_svc._throttle_response": "(reason_code, msg, retry_after=1)",
}

_CODE = "TooManyRequestsException"


def _refusal(cause: str) -> Record | None:
    """Lambda's refusal inside of the cause of a Lambda.Unknown, None where it was the function that failed."""
    try:
        body = json.loads(cause)
    except ValueError:
        return None
    return body if isinstance(body, dict) and body.get("__type") == _CODE else None


def _named(call: Callable[[str, Json], Json]) -> Callable[[str, Json], Json]:
    def call_lambda(func_ref: str, event: Json) -> Json:
        try:
            return call(func_ref, event)
        except sfn._ExecutionError as error:
            refusal = _refusal(str(error.cause)) if error.error == "Lambda.Unknown" else None
            if refusal is None:
                raise
            cause = f"{refusal['message']} (Service: AWSLambda; Status Code: 429; Error Code: {_CODE})"
            raise sfn._ExecutionError(f"Lambda.{_CODE}", cause) from error

    return call_lambda


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._call_lambda", _named)
