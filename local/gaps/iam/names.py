"""IAM: names, paths, descriptions and session times.

AWS: lengths, patterns and ranges of the model, as ValidationError (botocore: CreateRole, CreateUser, CreateGroup,
CreatePolicy, PutRolePolicy, UpdateRole).
MiniStack: looks at a role's description alone.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import iam

from local.gaps import _doors, _seams
from local.gaps._types import Record
from local.gaps.iam.policies import guarded

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.iam._IAM_HANDLERS": "dict",
    "services.iam._p": "(params, key, default='')",
}

CODE = "ValidationError"
OPERATIONS = (
    "CreateRole",
    "UpdateRole",
    "CreateUser",
    "CreateGroup",
    "CreatePolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "PutGroupPolicy",
)


def _call(operation: str) -> Callable[[Record], None]:
    check = _doors.by_model("iam", operation, CODE)

    def named(params: Record) -> None:
        check({key: iam._p(params, key) for key in params})

    return named


def _properties(operation: str, **names: str) -> _doors.Check:
    check = _doors.by_model("iam", operation, CODE)

    def named(properties: Record) -> None:
        # A document is text in a call; policies.py looks at it.
        plain = {key: value for key, value in properties.items() if not isinstance(value, dict | list)}
        check({names.get(key, key): value for key, value in plain.items()})

    return named


_TEMPLATES = {
    "AWS::IAM::Role": _properties("CreateRole"),
    "AWS::IAM::User": _properties("CreateUser"),
    "AWS::IAM::Policy": _properties("PutRolePolicy"),
    "AWS::IAM::ManagedPolicy": _properties("CreatePolicy", ManagedPolicyName="PolicyName"),
}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.iam._IAM_HANDLERS", guarded({name: _call(name) for name in OPERATIONS}))
    _seams.replace(_doors.HANDLERS, _doors.in_templates(_TEMPLATES))
