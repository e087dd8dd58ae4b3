"""SNS: a subscription's dead-letter queue, and functions that are retried.

AWS: what cannot be delivered to a queue or function because it is gone or forbids it (a client error) goes to
the queue in the subscription's RedrivePolicy, if that queue lets SNS in (Developer Guide, "Amazon SNS
dead-letter queues"). A function needs a policy that lets ``sns.amazonaws.com`` in, and is invoked
asynchronously, so an exception is retried by Lambda and ends at the function's own destination.
MiniStack: drops what it cannot deliver, asks no function policy, and calls a function once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from ministack.services import sns

from local.gaps import _deliver, _seams
from local.gaps._deliver import Letter, UndeliverableError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_deliver.LEANS_ON,
    "services.sns._topic_by_arn_any_scope": "(topic_arn)",
    "services.sns._deliver_to_sqs": (
        "(endpoint, envelope, raw, raw_message, message_group_id='', message_dedup_id='', "
        "message_attributes=None, topic_arn='')"
    ),
    "services.sns._deliver_to_lambda": (
        "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)"
    ),
}

SERVICE = "sns.amazonaws.com"

_log = logging.getLogger("local.gaps.messaging.sns_delivery")


def _subscription(topic_arn: str, protocol: str, endpoint: str) -> Record:
    topic = sns._topic_by_arn_any_scope(topic_arn) or {}
    for subscription in topic.get("subscriptions", []):
        if (subscription.get("protocol"), subscription.get("endpoint")) == (protocol, endpoint):
            return dict(subscription)
    return {}


def _bury(topic_arn: str, protocol: str, endpoint: str, letter: Letter, error: UndeliverableError) -> None:
    """Send a message that cannot be delivered to the subscription's dead-letter queue, if it has one."""
    policy = _subscription(topic_arn, protocol, endpoint).get("attributes", {}).get("RedrivePolicy")
    arn = json.loads(policy).get("deadLetterTargetArn") if policy else None
    _log.warning("SNS: %s (%s)", error, f"sent to {arn}" if arn else "the message is lost")
    if not arn:
        return
    attributes = {
        **letter.attributes,
        **_deliver.text_attributes(ERROR_CODE=error.code, ERROR_MESSAGE=str(error)[:1024]),
    }
    try:
        _deliver.require_policy(SERVICE, "sqs:SendMessage", arn, topic_arn)
        _deliver.to_queue(arn, Letter(letter.body, attributes))
    except UndeliverableError as lost:
        _log.warning("SNS: the message is lost, its dead-letter queue too failed: %s", lost)


def _check_queue(endpoint: str, topic_arn: str) -> None:
    _deliver.require_existing(endpoint)
    _deliver.require_policy(SERVICE, "sqs:SendMessage", endpoint, topic_arn)


def _to_queue(deliver: Callable[..., None]) -> Callable[..., None]:
    def deliver_to_sqs(endpoint: str, envelope: str, raw: bool, raw_message: str, **more: Json) -> None:
        topic_arn = more.get("topic_arn", "")
        try:
            _check_queue(endpoint, topic_arn)
        except UndeliverableError as error:
            attributes = dict(more.get("message_attributes") or {}) if raw else {}
            _bury(topic_arn, "sqs", endpoint, Letter(raw_message if raw else envelope, attributes), error)
            return
        deliver(endpoint, envelope, raw, raw_message, **more)

    return deliver_to_sqs


def _to_function(_deliver_once: Callable[..., None]) -> Callable[..., None]:
    def deliver_to_lambda(endpoint: str, envelope: str, topic_arn: str, sub_arn: str, *_rest: Json) -> None:
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": sub_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        try:
            _deliver.require_existing(endpoint)
            _deliver.require_policy(SERVICE, "lambda:InvokeFunction", endpoint, topic_arn)
            _deliver.to_function(endpoint, {"Records": [record]})
        except UndeliverableError as error:
            _bury(topic_arn, "lambda", endpoint, Letter(envelope), error)

    return deliver_to_lambda


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.sns._deliver_to_sqs", _to_queue)
    _seams.replace("services.sns._deliver_to_lambda", _to_function)
