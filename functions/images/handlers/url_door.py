"""UrlDoor: ``GET {ImageUrl}{percent-encoded key}?profile=NAME`` at a Lambda Function URL -> the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import MillraceError
from common.observability import Context, observed
from images.doors import deadline, function_url, serving
from images.doors.responses import Answer, Conditions
from images.originals import bucket


@dataclass(frozen=True)
class Settings:
    images_bucket: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A request in payload format 2.0 in, a response in the same out.

    An error with a name is answered with its status; one without fails, which Lambda counts and answers with 502.
    """
    images = settings.read(Settings).images_bucket
    method = event["requestContext"]["http"]["method"]
    try:
        answer = deadline.within(deadline.left(context), lambda: _answer(images, method, event))
    except MillraceError as error:
        serving.tally(error)
        answer = function_url.refusal(error)
    return function_url.response(answer, method)


def _answer(images: str, method: str, event: dict[str, Any]) -> Answer:
    function_url.check_method(method)
    profile = function_url.profile_of(event.get("rawQueryString", ""))
    original = bucket.original(images, function_url.key_of(event["rawPath"]))
    return serving.serve(original, profile, Conditions.of(event["headers"]), most_bytes=function_url.MOST_BYTES)
