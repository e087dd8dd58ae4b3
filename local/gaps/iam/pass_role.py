"""IAM: who gives a role to a service must be allowed to pass it.

AWS: a user or role that makes or changes a function, a state machine, a rule or its targets, a delivery stream, a
subscription filter, a schedule, a pipe, a job, a task or a stack with a role needs iam:PassRole on that role, with the
service in iam:PassedToService (IAM User Guide, "Grant a user permissions to pass a role to an AWS service"); else
AccessDeniedException of the service that was called. Without it, whoever may make a function could act with any role.
MiniStack: asks for the action alone.

Open: iam:AssociatedResourceArn has no value; roles that a template gives are passed by nobody.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator

from ministack.core import iam_actions, iam_evaluator, router
from ministack.core.responses import get_account_id

from local.gaps import _authority, _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    "app._dispatch_service_request": "(method, path, headers, body, query_params, request_id)",
    "app._routing_params": "(method, path, headers, body, query_params)",
    "core.iam_actions.access_denied_response": (
        "(service, action, principal_arn, request_id, *, error_code='', message='', headers=None, resource_arn='*', "
        "explicit_deny=False, resource_policy_arn='')"
    ),
    "core.iam_actions.extract_iam_action": "(service, method, path, headers, body, query_params)",
    "core.iam_actions.extract_resource_arn": "(service, method, path, headers, body, query_params, region, account_id)",
    "core.router.detect_service": "(method, path, headers, query_params)",
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "core.router.extract_region": "(headers, query_params=None)",
}

#: The calls that give a role away, and to whom.
PASSING = {
    "cloudformation:CreateChangeSet": "cloudformation.amazonaws.com",
    "cloudformation:CreateStack": "cloudformation.amazonaws.com",
    "cloudformation:DeleteStack": "cloudformation.amazonaws.com",
    "cloudformation:UpdateStack": "cloudformation.amazonaws.com",
    "codebuild:CreateProject": "codebuild.amazonaws.com",
    "codebuild:UpdateProject": "codebuild.amazonaws.com",
    "ecs:RegisterTaskDefinition": "ecs-tasks.amazonaws.com",
    "ecs:RunTask": "ecs-tasks.amazonaws.com",
    "events:PutRule": "events.amazonaws.com",
    "events:PutTargets": "events.amazonaws.com",
    "firehose:CreateDeliveryStream": "firehose.amazonaws.com",
    "firehose:UpdateDestination": "firehose.amazonaws.com",
    "glue:CreateCrawler": "glue.amazonaws.com",
    "glue:CreateJob": "glue.amazonaws.com",
    "glue:UpdateCrawler": "glue.amazonaws.com",
    "glue:UpdateJob": "glue.amazonaws.com",
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "lambda:UpdateFunctionConfiguration": "lambda.amazonaws.com",
    "logs:PutDestination": "logs.amazonaws.com",
    "logs:PutSubscriptionFilter": "logs.amazonaws.com",
    "pipes:CreatePipe": "pipes.amazonaws.com",
    "pipes:UpdatePipe": "pipes.amazonaws.com",
    "scheduler:CreateSchedule": "scheduler.amazonaws.com",
    "scheduler:UpdateSchedule": "scheduler.amazonaws.com",
    "states:CreateStateMachine": "states.amazonaws.com",
    "states:TestState": "states.amazonaws.com",
    "states:UpdateStateMachine": "states.amazonaws.com",
}
_MEMBERS = frozenset({"role", "rolearn", "executionrolearn", "taskrolearn", "servicerole"})

_Dispatch = Callable[[str, str, Record, bytes, Record, str], Awaitable[Answer]]


def roles(members: Json) -> Iterator[str]:
    """The roles that a request gives away, wherever they stand in it."""
    if isinstance(members, list):
        for one in members:
            yield from roles(one)
    elif isinstance(members, dict):
        for name, value in members.items():
            if name.lower() in _MEMBERS and isinstance(value, str) and ":role/" in value:
                yield value
            yield from roles(value)


def _members(body: bytes, routing: Record) -> Json:
    """JSON, or the fields of a form."""
    if routing.get("Action"):
        return {name: value[0] if isinstance(value, list) else value for name, value in routing.items()}
    try:
        return json.loads(body)
    except ValueError:
        return {}  # its service refuses it


def _unpassed(
    method: str, path: str, headers: Record, body: bytes, query_params: Record, request_id: str
) -> Answer | None:
    from ministack import app

    routing = app._routing_params(method, path, headers, body, query_params)
    service = router.detect_service(method, path, headers, routing)
    action = iam_actions.extract_iam_action(service, method, path, headers, body, routing)
    if action not in PASSING:
        return None
    key, region = router.extract_access_key_id(headers, query_params) or "", router.extract_region(headers)
    for role in dict.fromkeys(roles(_members(body, routing))):
        context = {"iam:passedtoservice": PASSING[action]}
        denied = iam_evaluator.enforce(key, "iam:PassRole", "iam", region, role, context)
        if denied is None or isinstance(denied, iam_evaluator.AuthError):
            continue
        arguments = (service, method, path, headers, body, routing, region, get_account_id())
        resource = iam_actions.extract_resource_arn(*arguments)
        if iam_evaluator.enforce(key, action, service, region, resource) is not None:
            return None  # the call itself is not allowed, which is said first
        explicit = denied.decision == "Deny"
        message = iam_actions.identity_denial_message("iam:PassRole", denied.principal_arn, role, explicit)
        answer: Answer = iam_actions.access_denied_response(
            service,
            "iam:PassRole",
            denied.principal_arn,
            request_id,
            headers=headers,
            message=message,
            resource_arn=role,
            explicit_deny=explicit,
        )
        return answer
    return None


def _asking(dispatch: _Dispatch) -> _Dispatch:
    async def dispatch_service_request(
        method: str, path: str, headers: Record, body: bytes, query_params: Record, request_id: str
    ) -> Answer:
        with _authority.calling(router.extract_access_key_id(headers, query_params) or ""):
            refused = None
            if b":role/" in body or b"%3Arole%2F" in body:
                refused = _unpassed(method, path, headers, body, query_params, request_id)
            return refused or await dispatch(method, path, headers, body, query_params, request_id)

    return dispatch_service_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("app._dispatch_service_request", _asking)
