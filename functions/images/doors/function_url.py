"""What a Function URL asks and is told: methods, key, profile and overrides, at most 4 MB out, errors as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from common.errors import MillraceError
from images import profiles
from images.doors import serving, signatures
from images.doors.responses import Answer
from images.errors import InvalidParameter, InvalidSignature, MethodNotAllowed, NoSuchKey
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


def parameters_of(query: str) -> dict[str, str]:
    """Raises InvalidParameter for one that stands there twice."""
    pairs = parse_qsl(query, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidParameter("A parameter stands there twice; send each once.")
    return parameters


def profile_of(parameters: Mapping[str, str]) -> Profile:
    """The profile with its overrides. Raises UnknownProfile, InvalidParameter."""
    overrides = {name: text for name, text in parameters.items() if name != "profile"}
    return profiles.choose(parameters.get("profile"), overrides)


@dataclass(frozen=True)
class Overrides:
    """How far a profile may be changed at this address: ``open`` to all who may ask, ``off``, or ``signed``."""

    rule: str
    keys: Callable[[bool], tuple[bytes, ...]]
    """Those that sign; True: read again, for a signature did not fit."""

    def admit(self, path: str, query: str, parameters: Mapping[str, str]) -> Answer | None:
        """None where the request may be served as it stands; an answer that sends it to its one spelling.

        Raises InvalidParameter, InvalidSignature.
        """
        if self.rule == "open":
            return None
        signatures.check_path(path)
        key = key_of(path)
        if signatures.check_parameters(parameters, signed=self.rule == "signed") and not any(
            signatures.is_signed(self.keys(again), key, parameters) for again in (False, True)
        ):
            raise InvalidSignature("The signature does not fit this key and these parameters; sign them again.")
        spelled, place = signatures.query_of(parameters), signatures.path_of(key)
        if (place, spelled) == (path or "/", query):
            return None
        # Relative, whatever host and folder the caller knows us by, and never to another host.
        moved = "" if place == path else ("../" * (path.count("/") - 1) or "./") + place.removeprefix("/")
        location = f"{moved}?{spelled}" if spelled or not moved else moved
        return Answer(308, {"Location": location, "Cache-Control": "public, max-age=3600"})


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
