"""IAM: what a policy document may be, how long, and how many.

AWS: a document that breaks the grammar is MalformedPolicyDocument. All inline policies of a role have 10,240
characters together, of a user 2,048, of a group 5,120, a managed policy 6,144, a trust policy 2,048, white space not
counted; ten managed policies may be attached; more is LimitExceeded (IAM User Guide, "IAM and AWS STS quotas",
"Grammar of the IAM JSON policy language").
MiniStack: asks for a Statement with Effect, Action and Resource, through the API and AWS::IAM::Policy alone, and
counts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from ministack.services import iam

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record
from local.gaps.iam import _documents

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.iam._IAM_HANDLERS": "dict",
    "services.iam._error": "(status, code, message, ns='iam')",
    "services.iam._p": "(params, key, default='')",
    "services.iam._roles": "AccountScopedDict",
    "services.iam._users": "AccountScopedDict",
    "services.iam._groups": "AccountScopedDict",
    "services.iam._policies": "AccountScopedDict",
    "services.iam._user_inline_policies": "AccountScopedDict",
    "services.iam._group_inline_policies": "AccountScopedDict",
    "services.iam._is_aws_managed_arn": "(arn)",
}

INLINE = {"role": 10_240, "user": 2_048, "group": 5_120}
MANAGED = 6_144
TRUST = 2_048
ATTACHED = 10


def says(code: str, message: str, status: int) -> Answer:
    """An error of IAM."""
    answer: Answer = iam._error(status, code, escape(message), ns="iam")
    return answer


def _exceeded(message: str) -> RefusedError:
    return RefusedError("LimitExceeded", message, 409)


def _inline(kind: str, name: str) -> Record:
    """The inline policies of an identity by their names; none where it is not there."""
    if kind == "role":
        return dict((iam._roles.get(name) or {}).get("InlinePolicies") or {})
    store = iam._user_inline_policies if kind == "user" else iam._group_inline_policies
    return dict(store.get(name) or {})


def _room(kind: str, name: str, policies: Record) -> None:
    if sum(_documents.size(document) for document in policies.values()) > INLINE[kind]:
        raise _exceeded(f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind} {name}")


def _managed(document: Json) -> None:
    found = _documents.parsed(document)
    _documents.identity(found)
    if found.get("Version") != _documents.VERSIONS[0]:
        raise RefusedError(
            "MalformedPolicyDocument", f"Policy document must be version {_documents.VERSIONS[0]} or greater."
        )
    if _documents.size(document) > MANAGED:
        raise _exceeded(f"Cannot exceed quota for PolicySize: {MANAGED}")


def _trusting(document: Json) -> None:
    _documents.trust(document)
    if _documents.size(document) > TRUST:
        raise _exceeded(f"Cannot exceed quota for ACLSizePerRole: {TRUST}")


def _attachable(arns: Iterable[str], kind: str) -> None:
    wanted = set(arns)
    for arn in wanted:
        if not iam._is_aws_managed_arn(arn) and iam._policies.get(arn) is None:
            raise RefusedError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    if len(wanted) > ATTACHED:
        raise _exceeded(f"Cannot exceed quota for PoliciesPer{kind.capitalize()}: {ATTACHED}")


def _put(kind: str) -> Callable[[Record], None]:
    store = {"role": iam._roles, "user": iam._users, "group": iam._groups}[kind]

    def check(params: Record) -> None:
        name, document = iam._p(params, f"{kind.capitalize()}Name"), iam._p(params, "PolicyDocument")
        if store.get(name) is not None:  # whether it is there is asked first
            _documents.identity(document)
            _room(kind, name, {**_inline(kind, name), iam._p(params, "PolicyName"): document})

    return check


def _attach(kind: str) -> Callable[[Record], None]:
    store = {"role": iam._roles, "user": iam._users, "group": iam._groups}[kind]

    def check(params: Record) -> None:
        holder = store.get(iam._p(params, f"{kind.capitalize()}Name"))
        if holder is not None:
            _attachable([*(holder.get("AttachedPolicies") or []), iam._p(params, "PolicyArn")], kind)

    return check


def _created(params: Record) -> None:
    _managed(iam._p(params, "PolicyDocument"))


def _calls() -> dict[str, Callable[[Record], None]]:
    kinds = ("role", "user", "group")
    return {
        "CreatePolicy": _created,
        "CreatePolicyVersion": _created,
        "CreateRole": lambda params: _trusting(iam._p(params, "AssumeRolePolicyDocument")),
        "UpdateAssumeRolePolicy": lambda params: _trusting(iam._p(params, "PolicyDocument")),
        **{f"Put{kind.capitalize()}Policy": _put(kind) for kind in kinds},
        **{f"Attach{kind.capitalize()}Policy": _attach(kind) for kind in kinds},
    }


def guarded(checks: dict[str, Callable[[Record], None]]) -> Callable[[Record], Record]:
    """For ``_seams.replace`` of IAM's table of operations: a rule before each of these."""

    def make(handlers: Record) -> Record:
        for name, check in checks.items():
            handlers[name] = _doors.at_call(check, says)(handlers[name])
        return handlers

    return make


def _identity(kind: str) -> Callable[[Record], None]:
    def check(properties: Record) -> None:
        policies: Record = {}
        for policy in properties.get("Policies") or []:
            _documents.identity(policy.get("PolicyDocument"))
            policies[str(policy.get("PolicyName"))] = policy.get("PolicyDocument")
        _room(kind, str(properties.get(f"{kind.capitalize()}Name") or "of this template"), policies)
        _attachable(properties.get("ManagedPolicyArns") or [], kind)

    return check


def _role(properties: Record) -> None:
    _trusting(properties.get("AssumeRolePolicyDocument"))
    _identity("role")(properties)


def _policy(properties: Record) -> None:
    document = properties.get("PolicyDocument")
    _documents.identity(document)
    for kind in INLINE:
        for name in properties.get(f"{kind.capitalize()}s") or []:
            _room(kind, name, {**_inline(kind, name), str(properties.get("PolicyName")): document})


_TEMPLATES = {
    "AWS::IAM::Role": _role,
    "AWS::IAM::User": _identity("user"),
    "AWS::IAM::Policy": _policy,
    "AWS::IAM::ManagedPolicy": lambda properties: _managed(properties.get("PolicyDocument")),
}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.iam._IAM_HANDLERS", guarded(_calls()))
    _seams.replace(_doors.HANDLERS, _doors.in_templates(_TEMPLATES))
