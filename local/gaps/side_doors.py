"""What answers without credentials: nothing of a stack.

AWS: a request without a signature gets what a policy grants to everyone, and no more; an account's buckets are listed
to nobody unnamed (S3 User Guide, "Making requests": anonymous requests); where a function's code or a layer lies is
told as a URL that is signed and ends after ten minutes (Lambda API reference, GetFunction and GetLayerVersion).
MiniStack: has doors of its own below /_ministack/ that ask for nothing: every message of every queue, mail and SMS, the
code of each function and layer by its name, and a reset that wipes the account; its settings may be changed, the engine
of Athena among them; and an unsigned GET of / lists all buckets.

Who starts the cloud with a word in ``LOCAL_PEEK`` may look at the messages with that word in the header
``x-local-peek``: a measurement has to know what waits, messages that somebody has taken included.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from ministack import app
from ministack.core import router
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "app._extract_s3_vhost_bucket": "(host)",
    "app._handle_admin_config_request": "(path, method, body)",
    "app._handle_pre_body_request": "(method, path, headers, query_params, request_id)",
    "core.router.detect_service": "(method, path, headers, query_params)",
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.lambda_svc._layer_content_url": "(layer_name, version)",
    "services.lambda_svc._presigned_code_url": "(func_name)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
}

OPEN = re.compile(r"/_(ministack|localstack)/health|/_ministack/(ready|config|cfn-(response|signal)/.+)")
"""Names of services and whether they are there; the one switch below; and places for answers, under tokens that only
the resource knows which is to answer."""
SIGNED = re.compile(r"/_ministack/lambda-(code|layers)/.+")
SWITCHES = frozenset({"stepfunctions._SFN_WAIT_SCALE"})
"""Settings that tests may change: how fast the waits of machines pass."""
MESSAGES = "/_ministack/sqs/messages"
PEEK_SETTING, PEEK_HEADER = "LOCAL_PEEK", "x-local-peek"
SECONDS = 600
_KEY = secrets.token_bytes(32)


def _signature(path: str, until: str) -> str:
    return hmac.new(_KEY, f"{path} {until}".encode(), hashlib.sha256).hexdigest()


def _signing(make: Callable[..., str]) -> Callable[..., str]:
    def signed_url(*arguments: Json) -> str:
        url = make(*arguments).partition("?")[0]
        until = str(int(time.time()) + SECONDS)
        signature = _signature(urlsplit(url).path, until)
        return f"{url}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires={until}&X-Amz-Signature={signature}"

    return signed_url


def _is_signed(path: str, query_params: Record) -> bool:
    until, given = (_first(query_params, name) for name in ("X-Amz-Expires", "X-Amz-Signature"))
    right = hmac.compare_digest(_signature(path, until).encode(), given.encode())
    return right and until.isdecimal() and int(until) > time.time()


def _first(query_params: Record, name: str) -> str:
    values = query_params.get(name) or [""]
    return str(values[0] if isinstance(values, list) else values)


def _refusing(handle: Callable[..., Awaitable[Answer | None]]) -> Callable[..., Awaitable[Answer | None]]:
    async def handle_pre_body_request(
        method: str, path: str, headers: Record, query_params: Record, request_id: str
    ) -> Answer | None:
        refused = _refusal(method, path, headers, query_params)
        return refused or await handle(method, path, headers, query_params, request_id)

    return handle_pre_body_request


def _refusal(method: str, path: str, headers: Record, query_params: Record) -> Answer | None:
    if path.startswith(("/_ministack/", "/_localstack/")):
        if OPEN.fullmatch(path) or (SIGNED.fullmatch(path) and _is_signed(path, query_params)):
            return None
        if path == MESSAGES and method == "GET" and _may_peek(headers):
            return None
        return _denied(path)
    if method in {"GET", "HEAD"} and path == "/" and _lists_buckets(method, headers, query_params):
        return _denied(path)
    return None


def _may_peek(headers: Record) -> bool:
    word = os.environ.get(PEEK_SETTING, "")
    return bool(word) and hmac.compare_digest(word.encode(), str(headers.get(PEEK_HEADER, "")).encode())


def _lists_buckets(method: str, headers: Record, query_params: Record) -> bool:
    return (
        not router.extract_access_key_id(headers, query_params)
        and router.detect_service(method, "/", headers, query_params) == "s3"
        and not app._extract_s3_vhost_bucket(headers.get("host", ""))
    )


def _denied(path: str) -> Answer:
    answer: Answer = s3._error("AccessDenied", "Access Denied", 403, path)
    return answer


def _one_switch(handle: Callable[..., Awaitable[Answer | None]]) -> Callable[..., Awaitable[Answer | None]]:
    async def handle_admin_config_request(path: str, method: str, body: bytes) -> Answer | None:
        if path == "/_ministack/config" and method == "POST":
            try:
                names = set(json.loads(body or b"{}"))
            except (ValueError, TypeError):
                names = set()
            if not names or names - SWITCHES:
                return _denied(path)
        return await handle(path, method, body)

    return handle_admin_config_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("app._handle_pre_body_request", _refusing)
    _seams.replace("app._handle_admin_config_request", _one_switch)
    _seams.replace("services.lambda_svc._presigned_code_url", _signing)
    _seams.replace("services.lambda_svc._layer_content_url", _signing)
