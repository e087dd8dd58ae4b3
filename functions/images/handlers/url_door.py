"""UrlDoor: ``GET {ImageUrl}{percent-encoded key}?profile=NAME`` at a Lambda Function URL -> the image.

The managed Python runtimes cannot stream, and base64 in a response of at most 6 MB leaves 4 MB for an image.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from common import settings
from common.errors import MillraceError
from common.observability import observed
from images import profiles
from images.doors import deadline, serving
from images.doors.responses import Answer, Conditions
from images.errors import InvalidParameter, MethodNotAllowed, NoSuchKey
from images.model import Profile
from images.originals import fetch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MOST_BYTES = 4 * 1024 * 1024
METHODS = ("GET", "HEAD")
SCHEMA = 1


@dataclass(frozen=True)
class Settings:
    images_bucket: str


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A request in payload format 2.0 in, a response in the same out.

    Whatever has a name is answered with its status and a JSON body ``{schema, error, message}``; what has none fails,
    which Lambda counts as an error and answers with 502.
    """
    bucket = settings.read(Settings).images_bucket
    method = event["requestContext"]["http"]["method"]
    try:
        answer = deadline.within(deadline.left(context), lambda: _answer(bucket, method, event))
    except MillraceError as error:
        serving.tally(error)
        answer = _refusal(error)
    body = b"" if method == "HEAD" else answer.body
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _answer(bucket: str, method: str, event: dict[str, Any]) -> Answer:
    if method not in METHODS:
        raise MethodNotAllowed(f"Images are read with GET and HEAD, not with {method[:20]!a}.")
    profile = _profile(event.get("rawQueryString", ""))
    original = fetch.from_bucket(bucket, _key(event["rawPath"]))
    return serving.serve(original, profile, Conditions.of(event["headers"]), most_bytes=MOST_BYTES)


def _key(path: str) -> str:
    """A Function URL hands the path on as it was sent, percent-encoded."""
    try:
        return unquote(path.removeprefix("/"), errors="strict")
    except UnicodeDecodeError:
        raise NoSuchKey("The key is not UTF-8; percent-encode the bytes of its UTF-8 form.") from None


def _profile(query: str) -> Profile:
    pairs = parse_qsl(query, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidParameter("A parameter stands there twice; send each once.")
    return profiles.choose(parameters.pop("profile", None), parameters)


def _refusal(error: MillraceError) -> Answer:
    status = serving.status_of(error)
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    if status == 405:
        headers["Allow"] = ", ".join(METHODS)
    if status == 503:
        headers["Retry-After"] = "1"
    document = {"schema": SCHEMA, "error": type(error).__name__, "message": str(error)}
    return Answer(status, headers, json.dumps(document).encode())
