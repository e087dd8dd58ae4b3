"""May this role, or this AWS service, do that? Asked of the same evaluator that checks every signed request.

MiniStack checks the requests that come in over HTTP. What its services do for one another inside the process
(a state machine that invokes a function, a rule that starts a machine) is not checked there; the gap modules
ask here.
"""

from __future__ import annotations

import contextvars
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ministack import app
from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam as iam_service
from ministack.services import lambda_svc, sns, sqs, sts

from local.gaps import _keys
from local.gaps._types import Json, Record

LEANS_ON = {
    **_keys.LEANS_ON,
    "app.AUTH": "bool",
    "core.iam_evaluator._gather_role_policies": "(role_name, account_id)",
    "core.iam_evaluator._permissions_boundary": "(store, name, account_id)",
    "core.iam_evaluator._resource_policy": "(service, resource_arn)",
    "core.iam_evaluator.EvalContext": "class",
    "core.iam_evaluator.enforce": (
        "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
    ),
    "core.iam_evaluator.evaluate": "(ctx, policies, *limits)",
    "core.iam_evaluator.evaluate_resource_policy": ("(doc, ctx, service=None, named_only=False, direct_only=False)"),
    "core.iam_evaluator.combine_resource_policy": ("(identity, ctx, policy, owner_account, required=False, limits=())"),
    "core.lambda_runtime.execution_credentials": "(config)",
    "services.iam._roles": "AccountScopedDict",
    "services.lambda_svc.function_policy_for_arn": "(resource_arn)",
    "services.sqs.queue_policy_for_arn": "(queue_arn)",
    "services.sns.topic_policy_for_arn": "(topic_arn)",
    "services.sts.register_session": "(access_key, session)",
}

#: Services that also have one principal for each region (Developer Guide of Step Functions, "Creating an IAM role for
#: your state machine"; User Guide of CloudWatch Logs, "Subscription filters").
_REGIONAL = frozenset({"states", "logs"})


#: Services that say for which account they assume a role (Firehose developer guide, "Allow Firehose to assume an IAM
#: role").
_WITH_EXTERNAL_ID = frozenset({"firehose.amazonaws.com"})


@dataclass(frozen=True)
class Denied:
    """A refusal: who asked for what, in the words AWS uses."""

    principal: str
    action: str
    resource: str
    explicit: bool

    @property
    def message(self) -> str:
        """The sentence of an AccessDenied error."""
        reason = (
            "with an explicit deny in an identity-based policy"
            if self.explicit
            else f"because no identity-based policy allows the {self.action} action"
        )
        return (
            f"User: {self.principal} is not authorized to perform: {self.action} on resource: {self.resource} {reason}"
        )


@dataclass
class _Caller:
    """Who sent a request, while it is answered."""

    access_key: str
    waits: bool = True


_caller: contextvars.ContextVar[_Caller | None] = contextvars.ContextVar("caller", default=None)


@contextmanager
def calling(access_key: str) -> Iterator[None]:
    """Answer a request of ``access_key``; what it leaves running acts in nobody's name."""
    caller = _Caller(access_key)
    token = _caller.set(caller)
    try:
        yield
    finally:
        caller.waits = False
        _caller.reset(token)


def caller_may(action: str, resource: str) -> bool:
    """Whether who sent this request may also do that, which AWS does with the caller's rights; true where there is
    no caller, as in a template, and without ``AUTH=true``.
    """
    caller = _caller.get()
    if not app.AUTH or caller is None or not caller.waits:
        return True
    service = action.partition(":")[0]
    return iam.enforce(caller.access_key, action, service, get_region(), resource_arn=resource) is None


def role_session_arn(role_arn: str, session: str) -> str:
    """The principal a service acts as once it has assumed ``role_arn``."""
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session}"


def role_may(role_arn: str, session: str, action: str, resource: str, *, keys: bool = True) -> Denied | None:
    """None when the role's policies (and the resource's own) allow ``action``, and what it asks of the key that the
    resource lies under; always None without ``AUTH=true``. A service that only makes something asks no ``keys``.
    """
    if not app.AUTH:
        return None
    denied = _role_denied(role_arn, session, action, resource, {})
    for use in _keys.uses(action, resource) if keys else ():
        denied = denied or _role_denied(role_arn, session, use.action, use.key, use.context)
        if denied is None and _keys.unusable(use) is not None:
            denied = Denied(role_session_arn(role_arn, session), use.action, use.key, explicit=False)
    return denied


def _role_denied(role_arn: str, session: str, action: str, resource: str, context: Record) -> Denied | None:
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    principal = role_session_arn(role_arn, session)
    ctx = iam.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={"aws:tagkeys": None, **context},
    )
    limits = iam._permissions_boundary(iam_service._roles, name, account)
    result = iam.evaluate(ctx, iam._gather_role_policies(name, account), *limits)
    service = action.split(":", 1)[0]
    policy = iam._resource_policy(service, resource)
    if policy is not None:
        result = iam.combine_resource_policy(result, ctx, *policy, required=service == "kms", limits=limits)
    if result.decision == "Allow":
        return None
    return Denied(principal, action, resource, explicit=result.decision == "Deny")


def caller_key() -> str | None:
    """The access key of who sent the request that is answered; None where nobody waits, and without ``AUTH=true``."""
    caller = _caller.get()
    return caller.access_key if app.AUTH and caller is not None and caller.waits else None


def keys_refuse(access_key: str, uses: tuple[_keys.Use, ...]) -> _keys.Refusal | None:
    """Why the keys refuse the request of ``access_key``, if they do; None without ``AUTH=true``."""
    for use in uses if app.AUTH else ():
        unusable = _keys.unusable(use)
        if unusable is not None:
            return unusable
        denied: Json = iam.enforce(access_key, use.action, "kms", get_region(), use.key, dict(use.context))
        if denied is not None:
            who, explicit = getattr(denied, "principal_arn", access_key), getattr(denied, "decision", "") == "Deny"
            return _keys.Refusal("denied", Denied(who, use.action, use.key, explicit).message)
    return None


def keys_let_in(service: str, uses: tuple[_keys.Use, ...], source_arn: str) -> bool:
    """Whether the keys' own policies let the AWS service ``service`` use them for ``source_arn``; always true without
    ``AUTH=true``.
    """
    for use in uses if app.AUTH else ():
        policy = iam._resource_policy("kms", use.key)
        if policy is None or _keys.unusable(use) is not None:
            return False
        if not _service_allowed(policy[0], service, use.action, use.key, {**_source(source_arn), **use.context}):
            return False
    return True


def _source(source_arn: str) -> Record:
    account = get_account_id()
    return {"aws:sourcearn": source_arn, "aws:sourceaccount": account, "aws:sourceowner": account}


def service_may(service: str, action: str, resource: str, source_arn: str) -> bool:
    """Whether the resource's own policy lets the AWS service ``service`` ("events.amazonaws.com") act on it
    for ``source_arn``, and so does the policy of its key; always true without ``AUTH=true``.
    """
    if not app.AUTH:
        return True
    lookup = {
        "lambda": lambda_svc.function_policy_for_arn,
        "sqs": sqs.queue_policy_for_arn,
        "sns": sns.topic_policy_for_arn,
    }[resource.split(":")[2]]
    stored = lookup(resource)
    if stored is None or not stored[0]:
        return False
    return _service_allowed(stored[0], service, action, resource, _source(source_arn)) and keys_let_in(
        service, _keys.uses(action, resource), source_arn
    )


def _service_allowed(policy: Json, service: str, action: str, resource: str, context: Record) -> bool:
    # A service is no IAM principal of the account: a grant to the account must not let it in.
    ctx = iam.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context=context,
    )
    decision: Json = iam.evaluate_resource_policy(policy, ctx, service=service).decision
    return bool(decision == "Allow")


def trusts(role_arn: str, service: str, source_arn: str | None = None) -> bool:
    """Whether the role exists and lets the AWS service ``service`` ("lambda.amazonaws.com") assume it for
    ``source_arn``, by its global principal or a regional one that it has; always true without ``AUTH=true``.
    """
    if not app.AUTH:
        return True
    role = iam_service._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    stored: Json = role["AssumeRolePolicyDocument"]
    document: Record = json.loads(stored) if isinstance(stored, str) else dict(stored)
    statements = document.get("Statement") or []
    # A trust policy as a resource's policy: its statements are about the role itself.
    listed = statements if isinstance(statements, list) else [statements]
    policy = {**document, "Statement": [{**statement, "Resource": "*"} for statement in listed]}
    ctx = iam.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=get_region(),
        service_context={
            "aws:sourceaccount": get_account_id(),
            **({"sts:externalid": get_account_id()} if service in _WITH_EXTERNAL_ID else {}),
            **({"aws:sourcearn": source_arn} if source_arn else {}),
        },
    )
    return any(
        iam.evaluate_resource_policy(policy, ctx, service=each).decision == "Allow" for each in _principals(service)
    )


def _principals(service: str) -> list[str]:
    """A service's principals in policies: ``states.amazonaws.com`` and ``states.us-east-1.amazonaws.com``."""
    name = service.partition(".")[0]
    return [service, *([f"{name}.{get_region()}.amazonaws.com"] if name in _REGIONAL else [])]


def role_credentials(role_arn: str, session: str) -> Record:
    """Keyword arguments for a boto3 client that signs as ``role_arn``, the way the function workers get
    theirs.
    """
    account = role_arn.split(":")[4]
    digest = hashlib.sha256(f"{role_arn}:{session}".encode()).hexdigest()
    record = {
        "Arn": role_session_arn(role_arn, session),
        "UserId": f"{role_arn.rsplit('/', 1)[-1]}:{session}",
        "SecretAccessKey": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "SessionToken": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    if not app.AUTH:
        return {"aws_access_key_id": account, "aws_secret_access_key": "test"}
    key = f"ASIA{digest[:16].upper()}"
    sts.register_session(key, record)
    return {
        "aws_access_key_id": key,
        "aws_secret_access_key": record["SecretAccessKey"],
        "aws_session_token": record["SessionToken"],
    }
