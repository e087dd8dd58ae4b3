"""SNS: what a topic, a subscription and a message may be.

AWS: names of 1 to 256 letters, digits, ``-`` and ``_``; a known protocol and attribute; a filter policy of at most
five keys whose values are lists of legal matchers; a dead-letter queue that is there; no FIFO queue on a standard
topic; a message that is not empty, a subject of at most 100 characters in one line, JSON with a ``default`` where
the structure says so (API reference, CreateTopic, Subscribe, Publish; Developer Guide, "Filter policy constraints").
InvalidParameter.
MiniStack: takes them all.
"""

from __future__ import annotations

import json
import re

from ministack.services import sns, sqs

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.sns._create_topic": "(params)",
    "services.sns._set_topic_attributes": "(params)",
    "services.sns._subscribe": "(params)",
    "services.sns._set_subscription_attributes": "(params)",
    "services.sns._publish": "(params)",
    "services.sns._error": "(code, message, status)",
    "services.sns._p": "(params, key, default='')",
    "services.sqs._queue_by_arn": "(arn)",
}

MAX_KEYS = 5
MAX_SUBJECT = 100
PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_TOPIC_ATTRIBUTE = re.compile(
    r"ArchivePolicy|ContentBasedDeduplication|DataProtectionPolicy|DeliveryPolicy|DisplayName|FifoThroughputScope"
    r"|KmsMasterKeyId|Policy|SignatureVersion|TracingConfig"
    r"|(Application|Firehose|HTTP|Lambda|SQS)(SuccessFeedback(RoleArn|SampleRate)|FailureFeedbackRoleArn)"
)
_MATCHERS = ("prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "cidr", "wildcard")
_SUBSCRIPTION = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


def _says(code: str, message: str, status: int) -> Answer:
    answer: Answer = sns._error(code, message, status)
    return answer


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameter", f"Invalid parameter: {message}")


def _name(name: str, fifo: bool) -> None:
    if not _NAME.fullmatch(name.removesuffix(".fifo") if fifo else name) or len(name) > 256:
        raise _invalid("Topic Name")


def _document(value: Json, name: str) -> Record:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _invalid(f"{name}: failed to parse JSON.") from error
    if not isinstance(found, dict):
        raise _invalid(f"{name}: failed to parse JSON.")
    return found


def _filter(policy: Record, nested: bool) -> int:
    """The number of keys with values. Raises RefusedError for what is no filter policy."""
    keys = 0
    for key, value in policy.items():
        if key == "$or" and isinstance(value, list):
            keys += sum(_filter(one, nested) for one in value if isinstance(one, dict))
        elif isinstance(value, dict) and nested:
            keys += _filter(value, nested)
        elif isinstance(value, list) and value:
            keys += 1
            for one in value:
                _matcher(one)
        else:
            raise _invalid(f'FilterPolicy: "{key}" must be an object or an array')
    return keys


def _matcher(value: Json) -> None:
    if isinstance(value, list):
        raise _invalid("FilterPolicy: Match value must be String, number, true, false, or null")
    if isinstance(value, dict):
        unknown = [name for name in value if name not in _MATCHERS]
        if unknown or len(value) != 1:
            raise _invalid(f"FilterPolicy: Unrecognized match type {unknown[0] if unknown else ''}")


def _attributes(attributes: Record) -> None:
    for name in attributes:
        if name not in _SUBSCRIPTION:
            raise _invalid("AttributeName")
    scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
    if scope not in ("MessageAttributes", "MessageBody"):
        raise _invalid(
            f"FilterPolicyScope: Invalid value [{scope}]. Please use either MessageBody or MessageAttributes"
        )
    raw = str(attributes.get("RawMessageDelivery") or "false").lower()
    if raw not in ("true", "false"):
        raise _invalid(f"Attributes Reason: RawMessageDelivery: Invalid value [{raw}]. Must be true or false.")
    if attributes.get("FilterPolicy"):
        policy = _document(attributes["FilterPolicy"], "FilterPolicy")
        if _filter(policy, scope == "MessageBody") > MAX_KEYS:
            raise _invalid(f"FilterPolicy: Filter policy can not have more than {MAX_KEYS} keys")
    if attributes.get("RedrivePolicy"):
        target = _document(attributes["RedrivePolicy"], "RedrivePolicy").get("deadLetterTargetArn")
        if not target or sqs._queue_by_arn(target) is None:
            raise _invalid("RedrivePolicy: deadLetterTargetArn is not an existing queue")


def _endpoint(protocol: str, topic: str, endpoint: str) -> None:
    if protocol not in PROTOCOLS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol in ("sqs", "lambda", "firehose") and not endpoint.startswith("arn:"):
        raise _invalid(f"{protocol.upper()} endpoint ARN")
    if protocol.startswith("email") and "@" not in endpoint:
        raise _invalid("Email address")
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.endswith(".fifo"):
        raise _invalid("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")


def _subscribe(params: Record) -> None:
    values = (sns._p(params, name) for name in ("Protocol", "TopicArn", "Endpoint"))
    _endpoint(*values)
    attributes = {}
    number = 1
    while name := sns._p(params, f"Attributes.entry.{number}.key"):
        attributes[name] = sns._p(params, f"Attributes.entry.{number}.value")
        number += 1
    _attributes(attributes)


def _set(params: Record) -> None:
    _attributes({sns._p(params, "AttributeName"): sns._p(params, "AttributeValue")})


def _create(params: Record) -> None:
    name = sns._p(params, "Name")
    _name(name, name.endswith(".fifo"))


def _configure(params: Record) -> None:
    if not _TOPIC_ATTRIBUTE.fullmatch(sns._p(params, "AttributeName")):
        raise _invalid("AttributeName")
    if sns._p(params, "AttributeName") == "Policy":
        _document(sns._p(params, "AttributeValue"), "Policy")


def _publish(params: Record) -> None:
    message, subject = sns._p(params, "Message"), sns._p(params, "Subject")
    if not message:
        raise _invalid("Empty message")
    if len(subject) > MAX_SUBJECT or any(ord(sign) < 32 for sign in subject):
        raise _invalid("Subject")
    if sns._p(params, "MessageStructure") == "json":
        try:
            body = json.loads(message)
        except ValueError as error:
            raise _invalid("Message Structure - JSON message body failed to parse") from error
        if not isinstance(body, dict) or "default" not in body:
            raise _invalid("Message Structure - No default entry in JSON message body")


_CALLS = {
    "_create_topic": _create,
    "_set_topic_attributes": _configure,
    "_subscribe": _subscribe,
    "_set_subscription_attributes": _set,
    "_publish": _publish,
}


def _topic(properties: Record) -> None:
    if properties.get("TopicName"):
        _name(str(properties["TopicName"]), str(properties.get("FifoTopic")).lower() == "true")


def _subscription(properties: Record) -> None:
    endpoint = str(properties.get("Endpoint") or "")
    _endpoint(str(properties.get("Protocol")), str(properties.get("TopicArn")), endpoint)
    _attributes({name: properties[name] for name in _SUBSCRIPTION if name in properties})


def install() -> None:
    """Close the gap in this process."""
    for name, check in _CALLS.items():
        _seams.replace(f"services.sns.{name}", _doors.at_call(check, _says))
    templates = {"AWS::SNS::Topic": _topic, "AWS::SNS::Subscription": _subscription}
    _seams.replace(_doors.HANDLERS, _doors.in_templates(templates))
