"""STS: how long a session is, what it is called, and who may have it.

AWS: the lengths, patterns and ranges of the model (botocore: AssumeRole, GetSessionToken), as ValidationError; a
session is no longer than its role's MaxSessionDuration, and one hour where a role assumes another (IAM User Guide,
"Methods to assume a role", "Role chaining").
MiniStack: takes any name and number, and lets root assume a role that trusts nobody but a service.

Open: AWS lets root assume no role ("Roles may not be assumed by root accounts."). Here root is the one identity that a
new cloud has, so it may assume what its account may: a role whose trust names an account or a principal.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "core.iam_evaluator.caller_arn": "()",
    "services.iam._roles": "AccountScopedDict",
    "services.sts._error": "(status, code, message, ns='iam')",
    "services.sts.handle_request": "(method, path, headers, body, query_params)",
}

HOUR = 3600
OPERATIONS = ("AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken", "GetFederationToken")

_Handle = Callable[[str, str, Record, bytes, Record], Awaitable[Answer]]


def _long(role: Record | None, request: Record, caller: str) -> None:
    seconds = int(request.get("DurationSeconds") or HOUR)
    if ":assumed-role/" in caller and seconds > HOUR:
        raise RefusedError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        )
    if role is not None and seconds > int(role.get("MaxSessionDuration") or HOUR):
        raise RefusedError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )


def _for_services_alone(role: Record) -> bool:
    stored: Json = role.get("AssumeRolePolicyDocument") or "{}"
    document = json.loads(stored) if isinstance(stored, str) else stored
    statements = document.get("Statement") or []
    listed = statements if isinstance(statements, list) else [statements]
    principals = [one.get("Principal") for one in listed if one.get("Effect") == "Allow"]
    return not any(who == "*" or (isinstance(who, dict) and "AWS" in who) for who in principals)


def check(operation: str, request: Record) -> None:
    """Raise RefusedError for a session that AWS would not give."""
    _doors.by_model("sts", operation, "ValidationError")(request)
    if not operation.startswith("AssumeRole"):
        return
    arn = str(request.get("RoleArn") or "")
    role: Record | None = iam._roles.get(arn.rpartition("/")[2])
    if role is not None and role["Arn"] != arn:
        role = None
    caller = iam_evaluator.caller_arn()
    _long(role, request, caller)
    if role is not None and operation == "AssumeRole" and caller.endswith(":root") and _for_services_alone(role):
        raise RefusedError("AccessDenied", "Roles may not be assumed by root accounts.", 403)


def _checked(handle: _Handle) -> _Handle:
    async def handle_request(method: str, path: str, headers: Record, body: bytes, query_params: Record) -> Answer:
        form = dict(parse_qsl(body.decode("utf-8", errors="replace"))) if method == "POST" else {}
        query = {name: value[0] if isinstance(value, list) else value for name, value in query_params.items()}
        request = {**form, **query}
        if request.get("Action") in OPERATIONS:
            try:
                check(request["Action"], request)
            except RefusedError as refused:
                answer: Answer = sts._error(refused.status, refused.code, refused.message, ns="sts")
                return answer
        return await handle(method, path, headers, body, query_params)

    return handle_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.sts.handle_request", _checked)
