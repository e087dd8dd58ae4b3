"""Lambda reading from SQS: partial failures that are not what they seem, and rights.

AWS: with ReportBatchItemFailures the whole batch comes back when the function returns an empty, null or
unknown itemIdentifier, a wrong key, or no JSON (Developer Guide, "Implementing partial batch responses",
"Success and failure conditions"). The function's role must be allowed to receive from and delete on the queue
(same guide, "Using Lambda with Amazon SQS", "Execution role permissions"), and the queue's visibility timeout
must not be shorter than the function's timeout (API reference, CreateEventSourceMapping answers
InvalidParameterValueException).
MiniStack: takes an unknown identifier for a success and deletes the message, and asks neither role nor
timeout.

MaximumBatchingWindowInSeconds is ignored here as there: batches are smaller and earlier than on AWS.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Callable

from ministack.services import lambda_svc, sqs

from local.gaps import _authority, _seams
from local.gaps._types import Answer, Json, Record, json_error

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.lambda_svc._run_sqs_batch": "(esm, func_rec, event, batch, queue_url, queue_name)",
    "services.lambda_svc._execute_function": "(func, event)",
    "services.lambda_svc._create_esm": "(data)",
    "services.lambda_svc._get_func_record_for_ref": "(function_ref)",
    "services.sqs._queue_by_arn": "(arn)",
}

NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

_log = logging.getLogger("local.gaps.awslambda.sqs_source")

#: Message ids of the batch that this thread hands to a function which reports partial failures.
_batch: contextvars.ContextVar[frozenset[str] | None] = contextvars.ContextVar("sqs_batch", default=None)


def _decoded(body: Json) -> Json:
    """The function's answer; text and bytes as the JSON they hold. Raises ValueError."""
    if isinstance(body, str | bytes):
        return json.loads(body) if body else None
    return body


def invalid_report(body: Json, ids: frozenset[str]) -> str | None:
    """Why the answer of a function counts as a failure of the whole batch; None when it is a valid report."""
    try:
        body = _decoded(body)
    except ValueError:
        return "the answer is not JSON"
    if not body:
        return None
    if not isinstance(body, dict) or "batchItemFailures" not in body:
        return "the answer has no batchItemFailures"
    failures = body["batchItemFailures"] or []
    if not isinstance(failures, list):
        return "batchItemFailures is not a list"
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    unknown = [identifier for identifier in named if not isinstance(identifier, str) or identifier not in ids]
    return f"the itemIdentifiers {unknown} are not of this batch" if unknown else None


def _reading(run: Callable[..., None]) -> Callable[..., None]:
    def run_sqs_batch(esm: Record, func_rec: Record, event: Record, *rest: Json) -> None:
        config = func_rec.get("config") or func_rec
        denied = _not_allowed(config, esm["EventSourceArn"])
        if denied is not None:
            esm["LastProcessingResult"] = "PROBLEM: " + denied.message
            _log.warning("Function %s does not get its messages: %s", config.get("FunctionName"), denied.message)
            return
        reports = "ReportBatchItemFailures" in (esm.get("FunctionResponseTypes") or [])
        ids = frozenset(item["messageId"] for item in event["Records"])
        token = _batch.set(ids if reports else None)
        try:
            run(esm, func_rec, event, *rest)
        finally:
            _batch.reset(token)

    return run_sqs_batch


def _not_allowed(config: Record, queue_arn: str) -> _authority.Denied | None:
    role = str(config.get("Role", ""))
    for action in NEEDED:
        denied = _authority.role_may(role, str(config.get("FunctionName")), action, queue_arn)
        if denied is not None:
            return denied
    return None


def _judging(execute: Callable[[Record, Json], Record]) -> Callable[[Record, Json], Record]:
    def execute_function(func: Record, event: Json) -> Record:
        ids = _batch.get()
        result = execute(func, event)
        if ids is None or result.get("error") or result.get("throttle"):
            return result
        wrong = invalid_report(result.get("body"), ids)
        if wrong is None:
            return result
        _log.warning("The whole batch comes back: %s.", wrong)
        failure = {"errorType": "InvalidBatchResponse", "errorMessage": wrong}
        return {**result, "error": True, "body": failure}

    return execute_function


def _patient_queue(create: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def create_esm(data: Record) -> Answer:
        queue = sqs._queue_by_arn(str(data.get("EventSourceArn", "")))
        _, config, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
        if queue is not None and config is not None:
            visible = int(queue["attributes"].get("VisibilityTimeout", 30))
            limit = int(config.get("Timeout", 3))
            if visible < limit:
                return json_error(
                    "InvalidParameterValueException",
                    f"Invalid request provided: Queue visibility timeout: {visible} seconds is less than "
                    f"Function timeout: {limit} seconds",
                )
        return create(data)

    return create_esm


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._run_sqs_batch", _reading)
    _seams.replace("services.lambda_svc._execute_function", _judging)
    _seams.replace("services.lambda_svc._create_esm", _patient_queue)
