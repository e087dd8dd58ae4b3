"""Callers of a door: requests as an HTTP API hands them on (payload format 2.0), tokens, and an issuer's keys."""

from __future__ import annotations

import base64
import json
from threading import Lock
from typing import Any

from botocore.client import BaseClient
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

ISSUER = "https://login.example.org/pool"
AUDIENCE = "questions-app"
NOW = 1_795_154_400.0
USER = "arn:aws:iam::123456789012:user/ann"


def safe(data: bytes) -> str:
    """base64url as JOSE writes it, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def part(document: Any) -> str:
    """A segment of a token; ``bytes`` as they are."""
    return safe(document if isinstance(document, bytes) else json.dumps(document).encode())


def claims(**changed: Any) -> dict[str, Any]:
    """Of an ordinary user; None leaves one out."""
    ordinary = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(NOW) + 3600, "iat": int(NOW) - 60}
    return {name: value for name, value in {**ordinary, **changed}.items() if value is not None}


def unverified(payload: Any, signature: str = "c2lnbmVk") -> str:
    """A token whose signature nobody looks at, as the function has it behind API Gateway."""
    return f"{part({'alg': 'RS256', 'kid': 'k'})}.{part(payload)}.{signature}"


def signed(
    key: rsa.RSAPrivateKey, payload: Any, header: dict[str, Any], algorithm: type[HashAlgorithm] = SHA256
) -> str:
    """A token with a true signature of ``key``."""
    head = f"{part(header)}.{part(payload)}"
    return f"{head}.{safe(key.sign(head.encode(), padding.PKCS1v15(), algorithm()))}"


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, str]:
    """The public half as a key set has it."""
    numbers = key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": safe(numbers.n.to_bytes(-(-numbers.n.bit_length() // 8), "big")),
        "e": safe(numbers.e.to_bytes(3, "big")),
    }


def flattened(value: Any) -> str:
    """A claim as API Gateway hands it on."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(flattened(each) for each in value)}]"
    return json.dumps(value)


def request(
    method: str = "POST",
    path: str = "/questions",
    body: Any = None,
    *,
    authorizer: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    route: str = "",
    parameters: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> dict[str, Any]:
    """An event; a body that is no text is sent as JSON. ``route``: where it is not the path itself."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    typed = {} if text is None else {"content-type": "application/json"}
    return {
        "version": "2.0",
        "routeKey": f"{method} {route or path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "abc123.execute-api.us-east-1.amazonaws.com", **typed, **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"},
            "requestId": "r",
            "routeKey": f"{method} {route or path}",
            "stage": "$default",
            "timeEpoch": int(NOW * 1000),
            **({} if authorizer is None else {"authorizer": authorizer}),
        },
        **({} if query is None else {"queryStringParameters": query}),
        **({} if parameters is None else {"pathParameters": parameters}),
        **({} if text is None else {"body": text}),
        "isBase64Encoded": False,
    }


def with_token(payload: Any, *, token: str | None = None, verified: Any = None, **more: Any) -> dict[str, Any]:
    """A request that passed a JWT authorizer. ``token``: the header, where it is not the payload's own; ``verified``:
    the claims that API Gateway has seen, likewise."""
    seen = payload if verified is None else verified
    authorizer = {"jwt": {"claims": {name: flattened(value) for name, value in seen.items()}, "scopes": None}}
    sent = f"Bearer {unverified(payload)}" if token is None else token
    return request(authorizer=authorizer, headers={"authorization": sent, **more.pop("headers", {})}, **more)


def with_signature(arn: str | None = USER, **more: Any) -> dict[str, Any]:
    """A request that passed an AWS_IAM route."""
    return request(authorizer={"iam": {"accountId": "123456789012", "callerId": "A", "userArn": arn}}, **more)


def one_request_at_a_time(monkeypatch: Any) -> None:
    """DynamoDB and S3 look at a condition and write in one step; moto does so only where a request waits for others."""
    one_by_one, call = Lock(), BaseClient._make_api_call

    def request(*arguments: Any) -> Any:
        with one_by_one:
            return call(*arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", request)
