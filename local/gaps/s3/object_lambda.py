"""S3 Object Lambda: who may call WriteGetObjectResponse, what it takes, and what the presigned URL leaves out.

AWS: WriteGetObjectResponse is allowed on the access point that the answer is for (Service Authorization Reference,
Amazon S3 Object Lambda); StatusCode is one of fourteen, ErrorCode matches ``^[A-Z][a-zA-Z]+$`` and comes neither with
a successful status nor with a body (API reference, WriteGetObjectResponse); partNumber stands in the query of
userRequest.url and not in the presigned URL (User Guide, "Working with Range and partNumber headers"). An access
point's own policy is asked for every request at it ("Security best practices", "Configuring IAM policies").
MiniStack: keeps that policy and never asks it, and for an alias asks for no right on the access point at all; asks for
WriteGetObjectResponse on ``*``, so that a role that names its access points is refused; takes any status and any code;
for an alias it leaves the query out of userRequest.url; and it puts partNumber into the presigned URL, so that a
function gets one part of the original; and an answer without a body (304) is an octet stream, while S3's own names no
type.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode

from ministack import app
from ministack.core import iam_actions
from ministack.services import s3, s3_object_lambda

from local.cloud.http import Request, Response, as_json
from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "core.iam_actions.s3_object_lambda_action": "(method, key, query_params)",
    "core.iam_evaluator._resource_policy": "(service, resource_arn)",
    "services.s3._object_lambda_access_points": "AccountRegionScopedDict",
    "app._enforce_data_plane": (
        "(service, iam_action, headers, query_params, request_id, resource_arn='*', service_context=None, "
        "auth_error_response=None, named_resource='')"
    ),
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
    "services.s3._olap_requests": "dict",
    "services.s3._olap_requests_lock": "lock",
    "services.s3.object_lambda_arn": "(name, account_id=None, region=None)",
    "services.s3_object_lambda._presign": ("(method, endpoint, path, query, credential, region, session_token='')"),
    "services.s3_object_lambda._register": "(route, token)",
    "services.s3_object_lambda.handle_request": "(record, region, method, key, headers, body, query_params, url)",
    "services.s3_object_lambda.write_get_object_response": "(headers, body)",
}

STATUSES = frozenset({200, 206, 304, 400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503})
_ACTION = "s3-object-lambda:WriteGetObjectResponse"
_CODE = re.compile(r"[A-Z][a-zA-Z]+")
_FIRST_ERROR = 400
_NOT_MODIFIED = 304

_serving: ContextVar[str] = ContextVar("object_lambda_access_point", default="*")
"""ARN of the access point whose request is being served."""


def _noting_access_point(handle: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    async def handle_request(record: Record, region: str, method: str, key: str, *rest: Any) -> Answer:
        arn = s3.object_lambda_arn(record["Name"], region=region)
        _serving.set(arn)
        headers, body, query_params, url = rest
        action = iam_actions.s3_object_lambda_action(method, key, query_params)
        if action is not None:
            denied = app._enforce_data_plane("s3-object-lambda", action, headers, query_params, "", resource_arn=arn)
            if denied is not None:
                refused: Answer = denied
                return refused
        before = region, method, key, headers, body
        status, headers, body = await handle(record, *before, query_params, _with_query(url, query_params))
        if status == _NOT_MODIFIED:
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return status, headers, body

    return handle_request


def _with_query(url: str, query_params: Record) -> str:
    """The request's URL with its parameters, without those that carry the authorization."""
    kept = {name: value for name, value in query_params.items() if not name.lower().startswith("x-amz-")}
    return f"{url}?{urlencode(kept, doseq=True)}" if kept and "?" not in url else url


def _registered(register: Callable[[str, str], Record]) -> Callable[[str, str], Record]:
    def register_with_arn(route: str, token: str) -> Record:
        pending = register(route, token)
        pending["arn"] = _serving.get()
        return pending

    return register_with_arn


def _on_the_access_point(enforce: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
    def enforce_data_plane(
        service: str, iam_action: str, headers: Record, query_params: Record, request_id: str, **more: Json
    ) -> Answer | None:
        if iam_action == _ACTION:
            answered = headers.get("x-amz-request-route", ""), headers.get("x-amz-request-token", "")
            with s3._olap_requests_lock:
                more["resource_arn"] = s3._olap_requests.get(answered, {}).get("arn", "*")
        denied = enforce(service, iam_action, headers, query_params, request_id, **more)
        if denied is not None and service == "s3-object-lambda" and iam_action != _ACTION:
            as_s3_says: Answer = s3._error("AccessDenied", "Access Denied", 403)
            return as_s3_says
        return denied

    return enforce_data_plane


def _with_policies(find: Callable[[str, str], tuple[Json, str] | None]) -> Callable[..., tuple[Json, str] | None]:
    def resource_policy(service: str, resource_arn: str) -> tuple[Json, str] | None:
        if service != "s3-object-lambda":
            return find(service, resource_arn)
        *_, region, account, resource = resource_arn.split(":", 5)
        name = resource.removeprefix("accesspoint/").partition("/")[0]
        record = s3._object_lambda_access_points.get_scoped(account, region, name)
        return (record["Policy"], account) if record and record.get("Policy") else None

    return resource_policy


def _objection(headers: Record, body: bytes) -> str | None:
    """What AWS would refuse about an answer, None for nothing."""
    status = str(headers.get("x-amz-fwd-status") or 200)
    code = headers.get("x-amz-fwd-error-code")
    if not status.isdecimal() or int(status) not in STATUSES:
        return f"The status code {status} is not valid."
    if code is None:
        return None
    if not _CODE.fullmatch(code):
        return f"The error code {code} is not valid."
    if int(status) < _FIRST_ERROR or body:
        return "An error code cannot be used with a successful status code or with a body."
    return None


def _checked(write: Callable[[Record, bytes], Answer]) -> Callable[[Record, bytes], Answer]:
    def write_get_object_response(headers: Record, body: bytes) -> Answer:
        objection = _objection(headers, body)
        if objection is not None:
            refused: Answer = s3._error("InvalidRequest", objection, 400)
            return refused
        return write(headers, body)

    return write_get_object_response


def _without_part(presign: Callable[..., str]) -> Callable[..., str]:
    def presigned(
        method: str, endpoint: str, path: str, query: Record, credential: Json, region: str, session_token: str = ""
    ) -> str:
        kept = {name: value for name, value in query.items() if name != "partNumber"}
        return presign(method, endpoint, path, kept, credential, region, session_token)

    return presigned


def control(request: Request) -> Response:
    """`POST /_local/s3-object-lambda`: take one answer under `route` and `token`, for the access point `arn`.

    For a sample, which no request waits for. Nothing can be read here: who calls chose all three.
    """
    if request.method != "POST":
        return as_json(405, {"message": "Only POST is known here."})
    try:
        wanted = request.json()
        route, token, arn = wanted["route"], wanted["token"], wanted["arn"]
    except (ValueError, KeyError, TypeError):
        return as_json(400, {"message": "Send route, token and arn of an access point as JSON."})
    s3_object_lambda._register(route, token)["arn"] = arn
    return as_json(200, {})


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.iam_evaluator._resource_policy", _with_policies)
    _seams.replace("app._enforce_data_plane", _on_the_access_point)
    _seams.replace("services.s3_object_lambda.handle_request", _noting_access_point)
    _seams.replace("services.s3_object_lambda._register", _registered)
    _seams.replace("services.s3_object_lambda.write_get_object_response", _checked)
    _seams.replace("services.s3_object_lambda._presign", _without_part)
