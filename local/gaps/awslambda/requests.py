"""Lambda: what the event of an Invoke call may be: how large, and JSON.

AWS: 6 MB (6,291,456 bytes) for a synchronous call, 1 MB for an asynchronous one (botocore: Invoke; Developer
Guide, "Lambda quotas"), else 413 RequestEntityTooLargeException. An event that is not JSON is
InvalidRequestContentException (botocore: Invoke), whoever waits for the answer. The limit on answers is kept by the
function workers.
MiniStack: takes any size, and invokes the function with nothing where the event is not JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {"services.lambda_svc.handle_request": "(method, path, headers, body, query_params)"}

SYNCHRONOUS_BYTES = 6 * 1024 * 1024
ASYNCHRONOUS_BYTES = 1024 * 1024

_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations")

_Handle = Callable[[str, str, Record, bytes, Record], Awaitable[Answer]]


def limit(headers: Record) -> int:
    """The largest body of this Invoke call in bytes."""
    kind = str(headers.get("x-amz-invocation-type") or "RequestResponse")
    return ASYNCHRONOUS_BYTES if kind == "Event" else SYNCHRONOUS_BYTES


def _limited(handle: _Handle) -> _Handle:
    async def handle_request(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer:
        refused = _refusal(headers, body) if method == "POST" and _INVOKE.fullmatch(path) else None
        return refused or await handle(method, path, headers, body, query)

    return handle_request


def _refusal(headers: Record, body: bytes) -> Answer | None:
    if len(body) > limit(headers):
        message = f"Request must be smaller than {limit(headers)} bytes for the InvokeFunction operation"
        return _error(413, "RequestEntityTooLargeException", message)
    try:
        json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        return _error(400, "InvalidRequestContentException", message)
    return None


def _error(status: int, kind: str, message: str) -> Answer:
    body = {"Type": "User", "Message": message, "message": message}
    return status, {"Content-Type": "application/json", "x-amzn-errortype": kind}, json.dumps(body).encode()


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc.handle_request", _limited)
