"""The request and response that a stand-in engine sees: plain data, no web framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """One AWS API call, already authenticated and authorised.

    `headers` has lower-case names; `query` maps each name to all its values, in order; `body` is the raw body.
    `account` is the caller's 12-digit account.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    region: str
    account: str

    def json(self) -> Any:
        """The body as JSON; an empty body is an empty object."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Response:
    """What the engine answers: HTTP status, headers (any case) and the whole body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Handler = Callable[[Request], Response]


def as_json(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose body is ``value`` as JSON; ``headers`` come beside, or in the place of, its content type."""
    return Response(status, {"content-type": "application/json", **(headers or {})}, json.dumps(value).encode())
