"""Lambda: asynchronous invocations with the destinations of their alias.

AWS: the EventInvokeConfig of the function, version or alias that was invoked decides about retries, the
event's age and the destinations; both OnSuccess and OnFailure get a record with the true number of tries, and
the function's role must be allowed to send there (Developer Guide, "Retaining records of Lambda asynchronous
invocations"). A dead-letter queue gets the event itself, with RequestID, ErrorCode and ErrorMessage as
attributes (same guide, "Dead-letter queues").
MiniStack: looks at the function's own configuration only, while SAM's AutoPublishAlias puts it on the alias;
knows no OnSuccess; always counts three tries; asks no role; sends the record to dead-letter queues too.

Retries wait LAMBDA_ASYNC_RETRY_BASE_SECONDS (1 s, then 2 s), on AWS a minute and two.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ministack.services import lambda_svc

from local.gaps import _authority, _deliver, _seams
from local.gaps._deliver import Letter, UndeliverableError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_deliver.LEANS_ON,
    "services.lambda_svc.invoke_async_with_retry": "(func, event)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._execute_function_with_config_scope": "(func, event)",
    "services.lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS": "float",
    "services.lambda_svc._LAMBDA_ASYNC_RETRY_MAX_SECONDS": "float",
}

SEND = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}

_log = logging.getLogger("local.gaps.awslambda.asynchronous")


@dataclass(frozen=True)
class Ended:
    """An asynchronous invocation that succeeded or was given up; ``condition`` is the destination record's
    word.
    """

    request_id: str
    tries: int
    condition: str
    result: Record

    @property
    def ok(self) -> bool:
        """Whether the function answered without an error."""
        return self.condition == "Success"

    @property
    def answer(self) -> Json:
        """The function's answer, as JSON where it is."""
        body = self.result.get("body")
        if isinstance(body, str | bytes):
            try:
                return json.loads(body) if body else None
            except ValueError:
                return body if isinstance(body, str) else body.decode("utf-8", "replace")
        return body


def configuration(func: Record) -> Record:
    """The EventInvokeConfig that applies to what was invoked."""
    config = func.get("config") or func
    record = lambda_svc._functions.get(config["FunctionName"]) or func
    configs: Record = record.get("event_invoke_configs") or {}
    qualifier = (str(config.get("FunctionArn", "")).split(":")[7:8] or [""])[0]
    if qualifier in configs:
        return dict(configs[qualifier])
    # Where a service resolved an alias to its version before, the alias that points there was meant.
    version = qualifier or "$LATEST"
    for alias, settings in (record.get("aliases") or {}).items():
        if alias in configs and settings.get("FunctionVersion") == version and version != "$LATEST":
            return dict(configs[alias])
    return dict(configs.get("$LATEST") or configs.get("") or record.get("event_invoke_config") or {})


def run(func: Record, event: Json, settings: Record) -> Ended:
    """Invoke with retries until success, until there are no more retries, or until the event is too old."""
    request_id, started, tries = str(uuid.uuid4()), time.monotonic(), 0
    configured = settings.get("MaximumRetryAttempts")
    most = 1 + int(2 if configured is None else configured)
    oldest = float(settings.get("MaximumEventAgeInSeconds") or 21_600)
    while True:
        result: Record = lambda_svc._execute_function_with_config_scope(func, event)
        # A throttled event stays in Lambda's queue: that is no try.
        tries += not result.get("throttle")
        if not result.get("error") and not result.get("throttle"):
            return Ended(request_id, tries, "Success", result)
        if tries >= most:
            return Ended(request_id, tries, "RetriesExhausted", result)
        base: float = lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS
        pause = min(base * 2 ** max(tries - 1, 0), lambda_svc._LAMBDA_ASYNC_RETRY_MAX_SECONDS)
        if time.monotonic() - started + pause > oldest:
            return Ended(request_id, tries, "EventAgeExceeded", result)
        time.sleep(pause)


def destination_record(func: Record, event: Json, ended: Ended) -> Record:
    """What a destination receives."""
    config = func.get("config") or func
    arn = str(config.get("FunctionArn", ""))
    context: Record = {"statusCode": 200, "executedVersion": config.get("Version", "$LATEST")}
    if not ended.ok:
        context["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestContext": {
            "requestId": ended.request_id,
            "functionArn": arn if len(arn.split(":")) > 7 else arn + ":$LATEST",
            "condition": ended.condition,
            "approximateInvokeCount": ended.tries,
        },
        "requestPayload": event,
        "responseContext": context,
        "responsePayload": ended.answer,
    }


def _send(func: Record, arn: str, letter: Letter, detail_type: str) -> None:
    config = func.get("config") or func
    service = arn.split(":")[2]
    role, name = str(config.get("Role", "")), str(config.get("FunctionName"))
    denied = _authority.role_may(role, name, SEND[service], arn)
    if denied is not None:
        raise UndeliverableError("NO_PERMISSIONS", denied.message)
    match service:
        case "sqs":
            _deliver.to_queue(arn, letter)
        case "sns":
            _deliver.to_topic(arn, letter)
        case "lambda":
            _deliver.to_function(arn, json.loads(letter.body))
        case _:
            _deliver.to_bus(arn, "lambda", detail_type, letter)


def _finish(func: Record, event: Json, settings: Record, ended: Ended) -> None:
    config = func.get("config") or func
    kind = "Success" if ended.ok else "Failure"
    target = ((settings.get("DestinationConfig") or {}).get(f"On{kind}") or {}).get("Destination")
    dead_letters = None if ended.ok else (config.get("DeadLetterConfig") or {}).get("TargetArn")
    detail_type = f"Lambda Function Invocation Result - {kind}"
    try:
        if target:
            letter = Letter(json.dumps(destination_record(func, event, ended)))
            _send(func, target, letter, detail_type)
        if dead_letters:
            error = ended.answer if isinstance(ended.answer, dict) else {}
            attributes = _deliver.text_attributes(
                RequestID=ended.request_id, ErrorCode="200", ErrorMessage=str(error.get("errorMessage", ""))[:1024]
            )
            _send(func, dead_letters, Letter(json.dumps(event), attributes), detail_type)
    except UndeliverableError as lost:
        _log.warning("The record of an invocation of %s is lost: %s", config.get("FunctionName"), lost)


def _like_aws(_original: Callable[[Record, Json], None]) -> Callable[[Record, Json], None]:
    def invoke_async_with_retry(func: Record, event: Json) -> None:
        def work() -> None:
            settings = configuration(func)
            _finish(func, event, settings, run(func, event, settings))

        threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()

    return invoke_async_with_retry


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc.invoke_async_with_retry", _like_aws)
