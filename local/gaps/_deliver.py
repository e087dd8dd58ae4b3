"""One service handing something to another inside the process: dead letters, destinations, targets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from ministack.services import eventbridge, lambda_svc, sns, sqs

from local.gaps import _authority
from local.gaps._types import Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.eventbridge._put_events": "(data, allow_aws_source=False)",
    "services.lambda_svc._execution_record_for_config": "(func, config)",
    "services.lambda_svc._get_func_record_for_ref": "(function_ref)",
    "services.lambda_svc.invoke_async_with_retry": "(func, event)",
    "services.sns._topic_by_arn_any_scope": "(topic_arn)",
    "services.sns.publish_internal": (
        "(topic_arn, message, subject='', *, message_structure='', message_attributes=None, "
        "message_group_id='', message_deduplication_id='')"
    ),
    "services.sqs._act_send_message": "(data, qurl)",
    "services.sqs._Err": "class",
    "services.sqs._queue_by_arn": "(arn)",
    "services.sqs._queue_url": "(name)",
}


class UndeliverableError(Exception):
    """The target does not exist, or may not be used; ``code`` is what a dead letter carries as ERROR_CODE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Letter:
    """A text, and the message attributes that go with it to a queue."""

    body: str
    attributes: Record = field(default_factory=dict)


def require_existing(target: str) -> None:
    """Raise UndeliverableError unless the queue, topic or function ``target`` exists."""
    match target.split(":")[2]:
        case "sqs":
            there = sqs._queue_by_arn(target) is not None
        case "sns":
            there = sns._topic_by_arn_any_scope(target) is not None
        case _:
            there = lambda_svc._get_func_record_for_ref(target)[0] is not None
    if not there:
        raise UndeliverableError("NO_RESOURCE", f"The target {target} does not exist.")


def require_policy(service: str, action: str, target: str, source: str) -> None:
    """Raise UndeliverableError unless the target's policy, and its key's, let ``service`` act on it for ``source``."""
    if not _authority.service_may(service, action, target, source):
        why = f"The policy of {target}, or of its key, does not let {service} in for {source}."
        raise UndeliverableError("NO_PERMISSIONS", why)


def text_attributes(**values: str) -> Record:
    """Message attributes of type String."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}


def to_queue(arn: str, letter: Letter) -> None:
    """Send a letter to a queue of this account. Raises UndeliverableError."""
    require_existing(arn)
    url = sqs._queue_url(arn.rsplit(":", 1)[-1])
    data: Record = {"QueueUrl": url, "MessageBody": letter.body, "MessageAttributes": letter.attributes}
    if arn.endswith(".fifo"):
        data["MessageGroupId"] = "dead-letters"
    try:
        sqs._act_send_message(data, url)
    except sqs._Err as error:
        raise UndeliverableError("SDK_CLIENT_ERROR", f"{arn}: {error.message}") from error


def to_topic(arn: str, letter: Letter, subject: str = "") -> None:
    """Publish a letter to a topic of this account. Raises UndeliverableError."""
    try:
        found = sns.publish_internal(arn, letter.body, subject)
    except sns.SnsPublishError as error:
        raise UndeliverableError("SDK_CLIENT_ERROR", f"{arn}: {error}") from error
    if found is None:
        raise UndeliverableError("NO_RESOURCE", f"The topic {arn} does not exist.")


def function_record(arn: str) -> Record:
    """What MiniStack needs to run the function, version or alias ``arn``. Raises UndeliverableError."""
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        raise UndeliverableError("NO_RESOURCE", f"The function {name} does not exist.")
    record: Record = lambda_svc._execution_record_for_config(func, {**config, "FunctionArn": arn})
    return record


def to_function(arn: str, event: Json) -> None:
    """Invoke a function asynchronously, with Lambda's retries and destinations. Raises UndeliverableError."""
    lambda_svc.invoke_async_with_retry(function_record(arn), event)


def to_bus(arn: str, source: str, detail_type: str, letter: Letter) -> None:
    """Put an event with ``letter`` as its detail on a bus."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": letter.body, "EventBusName": arn}
    status, _, body = eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    if status >= 400 or json.loads(body).get("FailedEntryCount"):
        raise UndeliverableError("NO_RESOURCE", f"{arn}: {body.decode('utf-8', 'replace')}")
