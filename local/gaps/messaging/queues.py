"""SQS: what a queue, a message and a request for messages may be.

AWS: names of 1 to 80 letters, digits, ``-`` and ``_``, ``.fifo`` at the end of FIFO queues; attributes in their
ranges; a dead-letter queue that is there and of the same type; a policy that is JSON; delays up to 900 s, ten message
attributes of known types with values (API reference, CreateQueue, SendMessage, ReceiveMessage; Developer Guide,
"Amazon SQS message quotas"). InvalidParameterValue, InvalidAttributeValue, InvalidAttributeName.
MiniStack: asks the ranges of a queue's attributes, through the API alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from ministack.services import sqs

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.sqs._dispatch": "(action, data, qurl)",
    "services.sqs._Err": "class",
    "services.sqs._queue_by_arn": "(arn)",
    "services.sqs._queues": "AccountRegionScopedDict",
}

RANGES = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
    "MaximumMessageSize": (1_024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
}
MAX_ATTRIBUTES = 10

_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit")
_ATTRIBUTES = frozenset(
    {*RANGES, *_FIFO, "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled"}
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MESSAGE_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_TYPE = re.compile(r"(String|Number|Binary)(\..*)?")
_NAMED = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


def _value(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValue", message)


def _name(name: str, fifo: bool) -> None:
    stem = name.removesuffix(".fifo") if fifo else name
    if not _NAME.fullmatch(stem) or len(name) > 80:
        raise _value(_NAMED)
    if fifo and stem == name:
        raise _value(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )


def _json(attributes: Record, name: str) -> Json:
    given = attributes.get(name)
    try:
        return json.loads(given) if isinstance(given, str) and given else given
    except ValueError as error:
        raise RefusedError("InvalidAttributeValue", f"Invalid value for the parameter {name}.") from error


def _redrive(attributes: Record, fifo: bool) -> None:
    policy = _json(attributes, "RedrivePolicy")
    if not policy:
        return
    said = f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: "
    target, times = policy.get("deadLetterTargetArn"), policy.get("maxReceiveCount")
    if not target or times is None:
        raise _value(said + "Redrive policy must contain deadLetterTargetArn and maxReceiveCount.")
    if not str(times).isdigit() or not 1 <= int(times) <= 1000:
        raise _value(
            f"{said}Invalid value for maxReceiveCount: {times}, valid values are from 1 to 1000 both inclusive."
        )
    if sqs._queue_by_arn(target) is None:
        raise _value(f"{said}Dead letter target does not exist.")
    if str(target).endswith(".fifo") != fifo:
        raise _value(said + "Dead-letter queue must be same type of queue as the source.")


def _attributes(attributes: Record, fifo: bool) -> None:
    for name, value in attributes.items():
        if name not in _ATTRIBUTES or (name in _FIFO and not fifo and str(value).lower() != "false"):
            raise RefusedError("InvalidAttributeName", f"Unknown Attribute {name}.")
        low, high = RANGES.get(name, (0, 0))
        if high and not (str(value).isdigit() and low <= int(value) <= high):
            raise RefusedError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    for name in ("Policy", "RedriveAllowPolicy"):
        if not isinstance(_json(attributes, name) or None, dict | None):
            raise RefusedError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    _redrive(attributes, fifo)


def _create(data: Record, _url: str) -> None:
    attributes = data.get("Attributes") or {}
    fifo = str(attributes.get("FifoQueue")).lower() == "true"
    _name(str(data.get("QueueName") or ""), fifo)
    _attributes(attributes, fifo)


def _set(data: Record, url: str) -> None:
    queue: Json = sqs._queues.get(url) or {}
    _attributes(data.get("Attributes") or {}, bool(queue.get("is_fifo")))


def _message_attribute(name: str, attribute: Record) -> None:
    if not _MESSAGE_ATTRIBUTE.fullmatch(name) or name.lower().startswith(("aws.", "amazon.")):
        raise _value(f"Message (user) attribute name '{name}' is not valid.")
    kind = str(attribute.get("DataType") or "")
    if not _TYPE.fullmatch(kind):
        raise _value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    value = attribute.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
    if not value:
        raise _value(f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'.")
    if kind.startswith("Number"):
        try:
            float(str(value))
        except ValueError as error:
            raise _value(f"Can't cast the value of message (user) attribute '{name}' to a number.") from error


def _message(data: Record, _url: str = "") -> None:
    delay = data.get("DelaySeconds")
    if delay is not None and not 0 <= int(delay) <= RANGES["DelaySeconds"][1]:
        raise _value(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        )
    attributes = data.get("MessageAttributes") or {}
    if len(attributes) > MAX_ATTRIBUTES:
        raise _value(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MAX_ATTRIBUTES}]."
        )
    for name, attribute in attributes.items():
        _message_attribute(name, attribute)


def _receive(data: Record, _url: str) -> None:
    wait, hidden = data.get("WaitTimeSeconds"), data.get("VisibilityTimeout")
    if wait is not None and not 0 <= int(wait) <= RANGES["ReceiveMessageWaitTimeSeconds"][1]:
        raise _value(
            f"Value {wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."
        )
    _hidden(hidden)


def _hidden(seconds: Json) -> None:
    if seconds is not None and not 0 <= int(seconds) <= RANGES["VisibilityTimeout"][1]:
        raise _value(
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if "
            "provided."
        )


def _change(data: Record, _url: str) -> None:
    _hidden(data.get("VisibilityTimeout"))


_CALLS: dict[str, Callable[[Record, str], None]] = {
    "CreateQueue": _create,
    "SetQueueAttributes": _set,
    "SendMessage": _message,
    "ReceiveMessage": _receive,
    "ChangeMessageVisibility": _change,
}


def _checking(dispatch: Callable[..., Awaitable[Record]]) -> Callable[..., Awaitable[Record]]:
    async def checked(action: str, data: Record, qurl: str) -> Record:
        check = _CALLS.get(action)
        try:
            if check is not None:
                check(data, qurl)
        except RefusedError as refused:
            raise sqs._Err(refused.code, refused.message, refused.status) from refused
        return await dispatch(action, data, qurl)

    return checked


def _template(properties: Record) -> None:
    fifo = str(properties.get("FifoQueue")).lower() == "true"
    if properties.get("QueueName"):
        _name(str(properties["QueueName"]), fifo)
    _attributes({name: value for name, value in properties.items() if name in _ATTRIBUTES}, fifo)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.sqs._dispatch", _checking)
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::SQS::Queue": _template}))
