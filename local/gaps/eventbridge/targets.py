"""EventBridge: targets must allow the rule, and what cannot be delivered goes to the target's dead-letter
queue.

AWS: a queue, topic or function needs a resource policy that lets ``events.amazonaws.com`` in, a state machine
target a RoleArn that may start it; a schedule of EventBridge Scheduler
does everything with the RoleArn of its target (User Guide, "Using resource-based policies", "Using
identity-based policies"). An event for a missing target or a forbidden one is not retried: it goes to the
target's DeadLetterConfig queue with the attributes RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE (User
Guide, "Using dead-letter queues to process undelivered events"), and counts as FailedInvocations (and
InvocationsSentToDLQ) in AWS/Events, where TriggeredRules counts the events that matched. Functions are invoked
asynchronously: an exception is retried by Lambda and ends at the function's own destination or dead-letter queue, not
at the rule's.
MiniStack: asks no policy and no role, drops what it cannot deliver, and calls a function once.

RetryPolicy has nothing to do here: inside one process a target is either there and allowed, or it is not.
"""

from __future__ import annotations

import contextvars
import json
import logging
import time
from collections.abc import Callable

from ministack.services import eventbridge
from ministack.services import stepfunctions as sfn

from local.gaps import _authority, _deliver, _seams
from local.gaps._deliver import Letter, UndeliverableError
from local.gaps._types import Json, Record
from local.gaps.cloudwatch.metric_data import store

LEANS_ON = {
    **_deliver.LEANS_ON,
    "services.eventbridge._rules": "AccountRegionScopedDict",
    "services.eventbridge._targets": "AccountRegionScopedDict",
    "services.eventbridge._invoke_target": "(target, event, rule, view=None)",
    "services.eventbridge._dispatch_to_lambda": "(arn, payload)",
    "services.eventbridge._dispatch_to_sqs": "(spec, payload, sqs_parameters=None)",
    "services.eventbridge._dispatch_to_sns": "(arn, payload)",
    "services.eventbridge._dispatch_to_stepfunctions": "(arn, payload)",
    "services.eventbridge._rule_arn": "(rule_name, bus_name)",
    "services.eventbridge._pattern_event_view": "(event)",
    "services.stepfunctions._start_execution": "(data)",
    "services.stepfunctions._resolve_state_machine_arn": "(arn)",
}

SERVICE = "events.amazonaws.com"

_log = logging.getLogger("local.gaps.eventbridge.targets")

#: Target and rule of the delivery that this thread is making.
_delivery: contextvars.ContextVar[tuple[Record, Record] | None] = contextvars.ContextVar("delivery", default=None)


def _rule_arn(rule: Record) -> str:
    return str(eventbridge._rule_arn(rule.get("Name", ""), rule.get("EventBusName", "default")))


def _count(rule: Record, metric: str) -> None:
    store("AWS/Events", metric, {"RuleName": str(rule.get("Name", ""))}, time.time(), "Count", [1.0])


def _bury(target: Record, rule: Record, event: Record, error: UndeliverableError) -> None:
    """Send an event that cannot be delivered to the target's dead-letter queue, if it has one."""
    _count(rule, "FailedInvocations")
    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    _log.warning("Rule %s: %s (%s)", rule.get("Name"), error, f"sent to {arn}" if arn else "the event is lost")
    if not arn:
        return
    body = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
    attributes = _deliver.text_attributes(
        RULE_ARN=_rule_arn(rule),
        TARGET_ARN=target.get("Arn", ""),
        ERROR_CODE=error.code,
        ERROR_MESSAGE=str(error)[:1024],
    )
    try:
        _ask("sqs:SendMessage", arn)
        _deliver.to_queue(arn, Letter(body, attributes))
    except UndeliverableError as lost:
        _count(rule, "InvocationsFailedToBeSentToDlq")
        _log.warning("Rule %s: the event is lost, its dead-letter queue too failed: %s", rule.get("Name"), lost)
        return
    _count(rule, "InvocationsSentToDlq")


def _is_first(target: Record, rule: Record) -> bool:
    """Whether ``target`` is the first of its rule, by which an event that matched is counted once."""
    keys = [key for key, one in eventbridge._rules.items() if one is rule]
    return any(one is target for key in keys for one in eventbridge._targets.get(key, [])[:1])


def _burying(invoke: Callable[..., None]) -> Callable[..., None]:
    def invoke_target(target: Record, event: Record, rule: Record, view: Json = None) -> None:
        token = _delivery.set((target, rule))
        failures: list[UndeliverableError] = []
        failed = _failures.set(failures)
        if _is_first(target, rule):
            _count(rule, "TriggeredRules")
        try:
            invoke(target, event, rule, view)
            if failures:
                _bury(target, rule, event, failures[0])
            else:
                _count(rule, "Invocations")
        finally:
            _failures.reset(failed)
            _delivery.reset(token)

    return invoke_target


#: MiniStack swallows exceptions of a dispatch, so they are kept here.
_failures: contextvars.ContextVar[list[UndeliverableError] | None] = contextvars.ContextVar("failures", default=None)


def _ask(action: str, arn: str) -> None:
    """Raise UndeliverableError unless the rule (by the policy of ``arn``), or the role of a schedule, may
    do that.
    """
    target, rule = _delivery.get() or ({}, {})
    if "FlexibleTimeWindow" not in rule:
        _deliver.require_policy(SERVICE, action, arn, _rule_arn(rule))
        return
    role = target.get("RoleArn")
    if not role:
        raise UndeliverableError("NO_PERMISSIONS", f"The schedule {rule.get('Name')} has no RoleArn for {arn}.")
    denied = _authority.role_may(role, "scheduler", action, arn)
    if denied is not None:
        raise UndeliverableError("NO_PERMISSIONS", denied.message)


def _asking(action: str, deliver: Callable[..., None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A dispatcher that asks the target's own policy before ``deliver`` takes over from MiniStack's."""

    def replacing(original: Callable[..., None]) -> Callable[..., None]:
        def dispatch(target: Json, *rest: Json) -> None:
            try:
                _deliver.require_existing(str(target))
                _ask(action, str(target))
                deliver(original, target, *rest)
            except UndeliverableError as error:
                failures = _failures.get()
                if failures is None:
                    _log.warning("EventBridge: %s", error)
                else:
                    failures.append(error)

        return dispatch

    return replacing


def _function(_original: Callable[..., None], arn: str, payload: str) -> None:
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise UndeliverableError("INVALID_JSON", f"The input of {arn} is not JSON.") from error
    _deliver.to_function(arn, event)


def _queue(original: Callable[..., None], spec: Json, payload: str, parameters: Json = None) -> None:
    original(spec, payload, parameters)


def _topic(_original: Callable[..., None], arn: str, payload: str) -> None:
    _deliver.to_topic(arn, Letter(payload))


def _with_role(_original: Callable[..., None]) -> Callable[..., None]:
    def dispatch(arn: str, payload: str) -> None:
        delivery = _delivery.get()
        failures = _failures.get()
        try:
            _start(arn, payload, (delivery[0] if delivery else {}).get("RoleArn"))
        except UndeliverableError as error:
            if failures is None:
                _log.warning("EventBridge: %s", error)
            else:
                failures.append(error)

    return dispatch


def _start(arn: str, payload: str, role: str | None) -> None:
    if not role:
        raise UndeliverableError("NO_PERMISSIONS", f"The target {arn} has no RoleArn to start it with.")
    denied = _authority.role_may(role, "events", "states:StartExecution", arn)
    if denied is not None:
        raise UndeliverableError("NO_PERMISSIONS", denied.message)
    if sfn._resolve_state_machine_arn(arn) is None:
        raise UndeliverableError("NO_RESOURCE", f"The state machine {arn} does not exist.")
    status, _, body = sfn._start_execution({"stateMachineArn": arn, "input": payload})
    if status >= 400:
        raise UndeliverableError("SDK_CLIENT_ERROR", body.decode("utf-8", "replace"))


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.eventbridge._invoke_target", _burying)
    _seams.replace("services.eventbridge._dispatch_to_lambda", _asking("lambda:InvokeFunction", _function))
    _seams.replace("services.eventbridge._dispatch_to_sqs", _asking("sqs:SendMessage", _queue))
    _seams.replace("services.eventbridge._dispatch_to_sns", _asking("sns:Publish", _topic))
    _seams.replace("services.eventbridge._dispatch_to_stepfunctions", _with_role)
