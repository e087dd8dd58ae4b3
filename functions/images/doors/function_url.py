"""What a Function URL asks and is told: methods, key, profile and overrides, at most 4 MB out, errors as JSON."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, unquote

from common.errors import MillraceError
from images import profiles
from images.doors import serving
from images.doors.responses import Answer
from images.errors import InvalidParameter, MethodNotAllowed, NoSuchKey
from images.model import Profile

MOST_BYTES = 4 * 1024 * 1024
"""Of a result: the managed Python runtimes cannot stream, and base64 in a response of at most 6 MB leaves this."""
METHODS = ("GET", "HEAD")
SCHEMA = 1


def check_method(method: str) -> None:
    """Raises MethodNotAllowed."""
    if method not in METHODS:
        raise MethodNotAllowed(f"Images are read with GET and HEAD, not with {method[:20]!a}.")


def key_of(path: str) -> str:
    """A Function URL hands the path on as it was sent, percent-encoded. Raises NoSuchKey."""
    try:
        return unquote(path.removeprefix("/"), errors="strict")
    except UnicodeDecodeError:
        raise NoSuchKey("The key is not UTF-8; percent-encode the bytes of its UTF-8 form.") from None


def profile_of(query: str) -> Profile:
    """The profile with its overrides. Raises UnknownProfile, InvalidParameter."""
    pairs = parse_qsl(query, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidParameter("A parameter stands there twice; send each once.")
    return profiles.choose(parameters.pop("profile", None), parameters)


def refusal(error: MillraceError) -> Answer:
    """The error's status with a JSON body ``{schema, error, message}``."""
    status = serving.status_of(error)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if status == 405:
        headers["Allow"] = ", ".join(METHODS)
    if status == 503:
        headers["Retry-After"] = "1"
    document = {"schema": SCHEMA, "error": type(error).__name__, "message": str(error)}
    return Answer(status, headers, json.dumps(document).encode())


def response(answer: Answer, method: str) -> dict[str, Any]:
    """A response in payload format 2.0."""
    body = b"" if method == "HEAD" else answer.body
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
