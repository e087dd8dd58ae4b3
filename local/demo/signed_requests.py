"""Requests to a Function URL behind IAM, signed as AWS clients sign (SigV4, service `lambda`)."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names are compared without regard to case."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(
    url: str, region: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, credentials: Any = None
) -> Answer:
    """Sends one request, signed with ``credentials`` (botocore's; None: those of the environment or the profile)."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import get_session

    request = AWSRequest(method, url, headers=dict(headers or {}))
    signer: Any = credentials or get_session().get_credentials()
    SigV4Auth(signer, "lambda", region).add_auth(request)
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=60)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, headers=dict(request.headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()
