"""Lambda reading from SQS: partial failures that are not what they seem, and rights.

AWS: with ReportBatchItemFailures the whole batch comes back when the function returns an empty, null or
unknown itemIdentifier, a wrong key, or no JSON (Developer Guide, "Implementing partial batch responses",
"Success and failure conditions"). The function's role must be allowed to receive from and delete on the queue
(same guide, "Using Lambda with Amazon SQS", "Execution role permissions"), each time.
MiniStack: takes an unknown identifier for a success and deletes the message, and does not ask the role.

MaximumBatchingWindowInSeconds is ignored here as there: batches are smaller and earlier than on AWS.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable

from local.gaps import _authority, _seams
from local.gaps._types import Json, Record
from local.gaps.awslambda import _event_sources

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.lambda_svc._run_sqs_batch": "(esm, func_rec, event, batch, queue_url, queue_name)",
    "services.lambda_svc._execute_function": "(func, event)",
}

NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

_log = logging.getLogger("local.gaps.awslambda.sqs_source")

#: Message ids of the batch that this thread hands to a function which reports partial failures.
_batch: contextvars.ContextVar[frozenset[str] | None] = contextvars.ContextVar("sqs_batch", default=None)


def _reading(run: Callable[..., None]) -> Callable[..., None]:
    def run_sqs_batch(esm: Record, func_rec: Record, event: Record, *rest: Json) -> None:
        config = func_rec.get("config") or func_rec
        denied = _event_sources.denied(config, esm["EventSourceArn"], NEEDED)
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


def _judging(execute: Callable[[Record, Json], Record]) -> Callable[[Record, Json], Record]:
    def execute_function(func: Record, event: Json) -> Record:
        ids = _batch.get()
        result = execute(func, event)
        if ids is None or result.get("error") or result.get("throttle"):
            return result
        wrong = _event_sources.invalid_report(result.get("body"), ids)
        if wrong is None:
            return result
        _log.warning("The whole batch comes back: %s.", wrong)
        failure = {"errorType": "InvalidBatchResponse", "errorMessage": wrong}
        return {**result, "error": True, "body": failure}

    return execute_function


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._run_sqs_batch", _reading)
    _seams.replace("services.lambda_svc._execute_function", _judging)
