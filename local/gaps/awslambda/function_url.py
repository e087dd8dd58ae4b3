"""Lambda: Function URLs that answer, see the path as it was sent, and ask for both permissions.

AWS: GetAtt FunctionUrl of a template is an address that answers; ``rawPath`` is the path as the client sent it, still
percent-encoded (unlike an HTTP API's); and a caller of a URL with AuthType AWS_IAM needs lambda:InvokeFunctionUrl and
lambda:InvokeFunction (Developer Guide, "Control access to Lambda function URLs", for URLs made since October 2025).
MiniStack: the attribute is an address outside this machine, while its own path ``/_aws/lambda-url/<id>/`` answers;
``rawPath`` is decoded, so a key with a percent sign cannot be told from an encoded one; one permission is enough; and
an answer 304, which has no body (RFC 9110, 15.4.5), is called JSON. Whether AWS names a type there is not documented.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.services import lambda_svc

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {
    "app._enforce_data_plane": (
        "(service, iam_action, headers, query_params, request_id, resource_arn='*', service_context=None, "
        "auth_error_response=None, named_resource='')"
    ),
    "app._function_url_auth_target": "(url_id)",
    "app._handle_lambda_url_request": "(host, path, method, headers, body, query_params, source_ip=None)",
    "app._handle_special_data_plane_request": (
        "(method, path, headers, body, query_params, request_id, raw_path=None, raw_query_string='', "
        "client_ip='127.0.0.1')"
    ),
    "app._parse_lambda_url": "(host, path)",
    "services.cloudformation.provisioners._lambda_url_attributes": "(config)",
    "services.lambda_svc._build_function_url_event": (
        "(url_id, account_id, region, method, path, headers, body, query_params, source_ip='127.0.0.1', "
        "anonymous=False, trace_root='')"
    ),
    "services.lambda_svc._function_url_id": "(function_url)",
}

_NOT_MODIFIED = 304
_PATH = "/_aws/lambda-url/"

_raw_path: ContextVar[str | None] = ContextVar("function_url_raw_path", default=None)
"""Of the request that is being served."""


def _answering(attributes: Callable[[Record], Record]) -> Callable[[Record], Record]:
    def lambda_url_attributes(config: Record) -> Record:
        endpoint = os.environ["AWS_ENDPOINT_URL"].rstrip("/")
        address = f"{endpoint}{_PATH}{lambda_svc._function_url_id(config['FunctionUrl'])}/"
        return {**attributes(config), "FunctionUrl": address}

    return lambda_url_attributes


def _remembering(handle: Callable[..., Awaitable[Answer | None]]) -> Callable[..., Awaitable[Answer | None]]:
    async def handle_special_data_plane_request(
        method: str, path: str, headers: Record, body: bytes, query_params: Record, request_id: str, **more: Any
    ) -> Answer | None:
        _raw_path.set(more.get("raw_path"))
        return await handle(method, path, headers, body, query_params, request_id, **more)

    return handle_special_data_plane_request


def _encoded(build: Callable[..., Record]) -> Callable[..., Record]:
    def build_function_url_event(
        url_id: str, account_id: str, region: str, method: str, path: str, *rest: Any, **more: Any
    ) -> Record:
        raw = _raw_path.get()
        sent = path if raw is None else "/" + raw.removeprefix(f"{_PATH}{url_id}").removeprefix("/")
        return build(url_id, account_id, region, method, sent, *rest, **more)

    return build_function_url_event


def _asking_for_both(handle: Callable[..., Awaitable[Answer | None]]) -> Callable[..., Awaitable[Answer | None]]:
    async def handle_lambda_url_request(
        host: str,
        path: str,
        method: str,
        headers: Record,
        body: bytes,
        query_params: Record,
        source_ip: str | None = None,
    ) -> Answer | None:
        parsed = app._parse_lambda_url(host, path)
        if parsed is not None:
            arn, context, resolved = app._function_url_auth_target(parsed[0])
            if resolved is not None and context["lambda:FunctionUrlAuthType"] == "AWS_IAM":
                refused: Answer | None = app._enforce_data_plane(
                    "lambda",
                    "lambda:InvokeFunction",
                    headers,
                    query_params,
                    "",
                    resource_arn=arn,
                    service_context={"lambda:InvokedViaFunctionUrl": "true"},
                )
                if refused is not None:
                    return refused
        answer = await handle(host, path, method, headers, body, query_params, source_ip)
        return answer if answer is None else _without_a_type_of_nothing(answer)

    return handle_lambda_url_request


def _without_a_type_of_nothing(answer: Answer) -> Answer:
    status, headers, body = answer
    if status == _NOT_MODIFIED:
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return status, headers, body


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._lambda_url_attributes", _answering)
    _seams.replace("app._handle_special_data_plane_request", _remembering)
    _seams.replace("services.lambda_svc._build_function_url_event", _encoded)
    _seams.replace("app._handle_lambda_url_request", _asking_for_both)
