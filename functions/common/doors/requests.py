"""What is asked at a door: route and headers of a request in payload format 2.0, and a JSON body within bounds.

What a stranger sends is refused as soon as it is odd: a member that nobody knows is a slip of the pen, whose sender
would wonder about the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from common import strict_json
from common.doors.errors import InvalidRequest, TooLarge, UnsupportedMediaType

_LINES = frozenset("\t\n\r")
_NO_TEXT = frozenset({"Cc", "Cs"})
"""Unicode's categories of controls and of halves of characters, which are no UTF-8."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Request:
    """``route``: the path of the route that took it (``/questions/{id}``), whatever stage or mapping lies before it;
    empty for ``$default``. ``headers`` in small letters. ``body`` as it came, base64 where ``encoded``. ``query``:
    decoded, values of one name joined by commas.
    """

    method: str
    route: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    encoded: bool
    query: Mapping[str, str] = field(default_factory=dict)


def read(event: Mapping[str, Any]) -> Request:
    """A request in payload format 2.0 (HTTP API developer guide, "Working with AWS Lambda proxy integrations")."""
    return Request(
        event["requestContext"]["http"]["method"],
        event["routeKey"].partition(" ")[2],
        event.get("pathParameters") or {},
        {name.lower(): text for name, text in (event.get("headers") or {}).items()},
        event.get("body") or "",
        bool(event.get("isBase64Encoded")),
        event.get("queryStringParameters") or {},
    )


def json_object(request: Request, most_bytes: int, members: Collection[str]) -> dict[str, Any]:
    """The body, a JSON object with no other members than these. ``most_bytes`` of its UTF-8.

    Raises UnsupportedMediaType, TooLarge, InvalidRequest.
    """
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace('"', "").strip().lower()
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType("Send JSON in UTF-8 with the header Content-Type: application/json.")
    sent = body(request, most_bytes)
    try:
        found = strict_json.read(sent.decode())
    except (ValueError, RecursionError) as error:
        twice = " A member stands there twice; send each once." if isinstance(error, strict_json.Twice) else ""
        raise InvalidRequest(f"The body is not JSON.{twice}") from None
    if not isinstance(found, dict):
        raise InvalidRequest("The body has to be a JSON object.")
    unknown = sorted(found.keys() - set(members))
    if unknown:
        names = ", ".join(sorted(members))
        raise InvalidRequest(f"There is no member {unknown[0][:40]!a}; members are {names}.")
    return found


def idempotency_key(request: Request) -> str | None:
    """The name under which the same request may come again, None where it has none. Raises InvalidRequest."""
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidRequest("Idempotency-Key has to be 1 to 255 visible characters of ASCII.")
    return key


def text(document: Mapping[str, Any], name: str, most: int) -> str | None:
    """A member that is a text, without white space around it; None where it is left out or null.

    ``most``: characters. Raises InvalidRequest.
    """
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(f"{name} has to be a text that is not empty.")
    found = value.strip()
    if len(found) > most:
        raise InvalidRequest(f"{name} has {len(found):,} characters, and at most {most:,} are read; shorten it.")
    if any(unicodedata.category(sign) in _NO_TEXT and sign not in _LINES for sign in found):
        raise InvalidRequest(f"{name} holds control characters, or halves of characters; leave them out.")
    return found


def needed(document: Mapping[str, Any], name: str, most: int) -> str:
    """The same where it must not be left out."""
    found = text(document, name, most)
    if found is None:
        raise InvalidRequest(f"{name} is missing: add it.")
    return found


def body(request: Request, most_bytes: int) -> bytes:
    """The body as it was sent. Looked at before it is decoded, so that what is too large costs nothing.

    Raises TooLarge, InvalidRequest.
    """
    largest = -(-most_bytes // 3) * 4 if request.encoded else most_bytes
    if len(request.body) > largest:
        raise _too_large(most_bytes)
    try:
        found = _decoded(request.body) if request.encoded else request.body.encode()
    except ValueError:  # binascii's and Unicode's are such
        raise InvalidRequest("The body cannot be read; send it as it is, in UTF-8.") from None
    if len(found) > most_bytes:
        raise _too_large(most_bytes)
    return found


def _decoded(body: str) -> bytes:
    import base64  # a cold start needs none

    return base64.b64decode(body, validate=True)


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(f"The body has more than the {most_bytes:,} bytes that are read here.")
