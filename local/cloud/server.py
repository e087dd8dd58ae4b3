"""The front door: calls of the AI services go to their stand-in engines, all others to MiniStack."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs, quote

from local.cloud import iam, outages
from local.cloud.http import Handler, Request, Response
from local.cloud.settings import ACCOUNT_ID, default_region

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# SigV4: Credential=<access key>/<date>/<region>/<service>/aws4_request
_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations")
# Bytes of an event, for RequestResponse and for Event (botocore's model of Lambda's Invoke and the quotas page:
# "6 MB each for request and response (synchronous), 1 MB (asynchronous)").
MAX_SYNC_EVENT = 6_291_456
MAX_ASYNC_EVENT = 1_048_576
# Engines whose signing name covers more than they serve: the rest is MiniStack's.
_SERVED_PATHS = {"bedrock": re.compile(r"/(?:model|guardrail)/.*|/knowledgebases/.+/retrieve", re.DOTALL)}

logger = logging.getLogger("local")


class Front:
    """An ASGI application. `routes` maps a signing name (`polly`) to its engine; `fallback` is MiniStack.

    `controls` maps a path prefix outside AWS's namespace to a switch that tests and the demo use, unsigned.
    """

    def __init__(
        self,
        routes: Mapping[str, Handler],
        controls: Mapping[str, Handler],
        fallback: Callable[..., Awaitable[None]],
    ) -> None:
        self._routes = routes
        self._controls = controls
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; lifespan and web sockets are MiniStack's."""
        if scope["type"] != "http":
            await self._fallback(scope, receive, send)
            return
        headers = _headers(scope)
        refused = _too_large(scope, headers)
        if refused is not None:
            await _send(send, refused)
            return
        control = next((self._controls[p] for p in self._controls if scope["path"].startswith(p)), None)
        credential = _CREDENTIAL.search(headers.get("authorization", ""))
        handler = self._routes.get(credential.group(3)) if credential else None
        if control is not None:
            call = await _call(scope, receive, headers, None)
            await _send(send, await asyncio.to_thread(_run, control, call, ACCOUNT_ID))
        elif handler is not None and credential is not None and _serves(credential.group(3), scope["path"]):
            call = await _call(scope, receive, headers, credential)
            await _send(send, await asyncio.to_thread(_answer, handler, call))
        elif credential is not None and credential.group(3) == "s3" and outages.OUTAGE.strikes(credential.group(1)):
            await _body(receive)
            await _send(send, outages.refusal())
        else:
            # Plain HTTP on the loopback address stands for TLS, or every bucket policy that demands TLS would refuse.
            secured = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
            await self._fallback(secured, receive, send)


async def _call(
    scope: Scope, receive: Receive, headers: Mapping[str, str], credential: re.Match[str] | None
) -> iam.Call:
    access_key, region, service = credential.groups() if credential else ("", default_region(), "local")
    return iam.Call(
        service=service,
        method=scope["method"],
        path=scope["path"],
        raw_path=(scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1"),
        query=parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True),
        headers=headers,
        raw_headers=tuple(scope["headers"]),
        body=await _body(receive),
        region=region,
        access_key=access_key,
    )


def _answer(handler: Handler, call: iam.Call) -> Response:
    """Authorise and call the engine, in a thread of its own context."""
    try:
        account, refused = iam.authorise(call)
    except LookupError as error:
        return _error(404, "UnknownOperationException", str(error))
    return _run(handler, call, account) if refused is None else refused


def _run(handler: Handler, call: iam.Call, account: str) -> Response:
    try:
        response = handler(Request(call.method, call.path, call.query, call.headers, call.body, call.region, account))
    except Exception as error:  # an engine's defect must reach its caller as a 500, and the log
        logger.exception("The %s engine failed on %s %s", call.service, call.method, call.path)
        return _error(500, "InternalFailure", f"{type(error).__name__}: {error}")
    headers = {"x-amzn-requestid": str(uuid.uuid4()), **{k.lower(): v for k, v in response.headers.items()}}
    return Response(response.status, headers, response.body)


def _serves(service: str, path: str) -> bool:
    served = _SERVED_PATHS.get(service)
    return served is None or served.fullmatch(path) is not None


def _too_large(scope: Scope, headers: Mapping[str, str]) -> Response | None:
    """Lambda's limits on an event, which MiniStack does not hold."""
    if scope["method"] != "POST" or not _INVOKE.fullmatch(scope["path"]):
        return None
    asynchronous = headers.get("x-amz-invocation-type") == "Event"
    limit = MAX_ASYNC_EVENT if asynchronous else MAX_SYNC_EVENT
    if int(headers.get("content-length", 0)) <= limit:
        return None
    return _error(
        413,
        "RequestTooLargeException",
        f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
    )


def _headers(scope: Scope) -> dict[str, str]:
    merged: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        merged[name] = f"{merged[name]}, {value}" if name in merged else value
    return merged


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _error(status: int, code: str, message: str) -> Response:
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amzn-errortype": code,
        "x-amzn-requestid": str(uuid.uuid4()),
    }
    return Response(status, headers, json.dumps({"__type": code, "message": message}).encode())


async def _send(send: Send, response: Response) -> None:
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers["content-length"] = str(len(response.body))
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": response.body})
