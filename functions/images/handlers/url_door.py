"""UrlDoor: ``GET {ImageUrl}{percent-encoded key}?profile=NAME`` at a Lambda Function URL -> the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.errors import MillraceError
from common.observability import Context, observed
from images.doors import deadline, function_url, serving, signatures, variant_keys
from images.doors.function_url import Overrides
from images.doors.responses import Answer, Conditions
from images.originals import bucket


@dataclass(frozen=True)
class Settings:
    images_bucket: str
    overrides: str = "open"
    """``open``, ``off`` or ``signed``."""
    variant_keys: str = ""
    """ARN of the secret whose values sign."""


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """A request in payload format 2.0 in, a response in the same out.

    An error with a name is answered with its status; one without fails, which Lambda counts and answers with 502.
    """
    known = settings.read(Settings)
    method = event["requestContext"]["http"]["method"]
    try:
        answer = deadline.within(deadline.left(context), lambda: _answer(known, method, event))
    except MillraceError as error:
        serving.tally(error)
        answer = function_url.refusal(error)
    return function_url.response(answer, method)


def _answer(known: Settings, method: str, event: dict[str, Any]) -> Answer:
    function_url.check_method(method)
    path, query = event["rawPath"], event.get("rawQueryString", "")
    parameters = function_url.parameters_of(query)
    unsigned = parameters if known.overrides == "open" else signatures.unsigned(parameters)
    profile = function_url.profile_of(unsigned)
    overrides = Overrides(known.overrides, lambda again: variant_keys.keys(known.variant_keys, again=again))
    moved = overrides.admit(path, query, {n: text for n, text in parameters.items() if n not in profile.ignores})
    if moved is not None:
        return moved
    original = bucket.original(known.images_bucket, function_url.key_of(path))
    return serving.serve(original, profile, Conditions.of(event["headers"]), most_bytes=function_url.MOST_BYTES)
