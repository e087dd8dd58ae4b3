"""What S3 Object Lambda asks and is told: profile of the payload, Range and partNumber, WriteGetObjectResponse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from common.errors import MillraceError
from images import profiles
from images.doors import serving
from images.doors.responses import Answer, Conditions
from images.errors import ImageRefused, InvalidConfiguration, RequestRefused, UnknownProfile
from images.model import Profile

_WRITTEN_AS = {
    "Accept-Ranges": "AcceptRanges",
    "Cache-Control": "CacheControl",
    "Content-Range": "ContentRange",
    "Content-Type": "ContentType",
    "ETag": "ETag",
}
"""Our headers as parameters of WriteGetObjectResponse; it counts the bytes itself."""


@dataclass(frozen=True)
class Failure:
    """An error in the words of WriteGetObjectResponse."""

    status: int
    code: str
    message: str


UNNAMED = Failure(500, "InternalError", "The image could not be made; the function's log says why.")


def profile_of(payload: str) -> Profile:
    """The profile that the access point's configuration names; without a payload the default one."""
    if not payload:
        return profiles.choose(None, {})
    try:
        document = json.loads(payload)
        if not (isinstance(document, dict) and set(document) == {"profile"} and isinstance(document["profile"], str)):
            raise InvalidConfiguration('The payload of the access point must be {"profile": "NAME"}.')
        return profiles.choose(document["profile"], {})
    except ValueError as error:
        raise InvalidConfiguration("The payload of the access point is not JSON.") from error
    except UnknownProfile as error:
        raise InvalidConfiguration(f"The payload of the access point cannot be used: {error}") from error


def conditions_of(request: Mapping[str, Any]) -> Conditions:
    """Range and partNumber are not in the presigned URL: they are about the result, and stand in the request alone."""
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(request["url"]).query).items()}
    return Conditions.of(request["headers"], query.get("partnumber"), query.get("range"))


def failure_of(error: MillraceError) -> Failure:
    status = error.object_status if isinstance(error, RequestRefused | ImageRefused) else serving.status_of(error)
    return Failure(status, type(error).__name__, str(error))


def get_response(place: Mapping[str, str], answer: Answer | Failure) -> dict[str, Any]:
    """Parameters of WriteGetObjectResponse. ``place``: the event's getObjectContext."""
    parameters: dict[str, Any] = {
        "RequestRoute": place["outputRoute"],
        "RequestToken": place["outputToken"],
        "StatusCode": answer.status,
    }
    if isinstance(answer, Failure):
        # A status below 400 takes no ErrorCode.
        named = {"ErrorCode": answer.code, "ErrorMessage": answer.message}
        return parameters | (named if answer.status >= 400 else {})
    parameters |= {name: answer.headers[header] for header, name in _WRITTEN_AS.items() if header in answer.headers}
    if answer.headers.get("Last-Modified"):
        parameters["LastModified"] = answer.headers["Last-Modified"]
    if answer.parts is not None:
        parameters["PartsCount"] = answer.parts
    if answer.status != 304:
        parameters["Body"] = answer.body
    return parameters


def head_response(answer: Answer | Failure) -> dict[str, Any]:
    """What the function returns for HEAD."""
    if isinstance(answer, Failure) and answer.status < 400:
        return {"statusCode": answer.status, "headers": {}}
    if isinstance(answer, Failure):
        return {"statusCode": answer.status, "errorCode": answer.code, "errorMessage": answer.message}
    return {"statusCode": answer.status, "headers": dict(answer.headers)}
