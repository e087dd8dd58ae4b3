"""Requests to the address of the questions, or of knowledge: signed by IAM for execute-api, or with a token."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from operate.errors import OperateError

SECONDS = 40.0
"""Longer than API Gateway waits for the door."""


@dataclass(frozen=True)
class Answered:
    status: int
    document: dict[str, Any]


@dataclass(frozen=True)
class Door:
    """``url``: the output QuestionsUrl or KnowledgeUrl. ``credentials``: of botocore; ``token``: instead of a
    signature. ``port``: of a local cloud on this machine, which is called under the same name."""

    url: str
    region: str
    credentials: Any = None
    token: str = ""
    port: int | None = None

    def post(self, body: dict[str, Any], **headers: str) -> Answered:
        """POST /questions."""
        return self._send("POST", "/questions", json.dumps(body).encode(), headers)

    def get(self, question: str) -> Answered:
        """GET /questions/{id}."""
        return self._send("GET", f"/questions/{quote(question, safe='')}", b"", {})

    def send(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answered:
        """Any route of the address; ``path`` as it goes over the wire."""
        return self._send(method, path, b"" if body is None else json.dumps(body).encode(), headers)

    def post_bytes(self, path: str, body: bytes, content_type: str) -> Answered:
        """A body of any form, such as rows for a model."""
        return self._send("POST", path, body, {"Content-Type": content_type})

    def _send(self, method: str, path: str, body: bytes, more: dict[str, str]) -> Answered:
        host = urlsplit(self.url).netloc
        headers = {"Host": host, **({"Content-Type": "application/json"} if body else {})}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        headers |= self._signed(method, f"https://{host}{path}", body, headers)
        connection = self._connection(host)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return Answered(answer.status, _document(answer.read()))
        finally:
            connection.close()

    def _connection(self, host: str) -> http.client.HTTPConnection:
        if self.port is not None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        return http.client.HTTPSConnection(host, timeout=SECONDS)

    def _signed(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.credentials is None:
            raise OperateError(
                "Nothing to sign with: give --token, or AWS credentials (--profile, or the environment)."
            )
        request = AWSRequest(method=method, url=url, data=body, headers=headers)
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        return dict(request.headers.items())


def _document(body: bytes) -> dict[str, Any]:
    """API Gateway's own refusals are ``{message}``; something in between may answer with no JSON at all."""
    try:
        found = json.loads(body)
    except ValueError:
        found = {"message": body.decode("utf-8", "replace")[:300]}
    return found if isinstance(found, dict) else {"message": str(found)}
