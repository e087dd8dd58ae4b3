"""AccessPointDoor: a request at an S3 Object Lambda access point -> the image, for clients that only speak S3.

GET is answered by WriteGetObjectResponse, on every path and before the time runs out; without that call the caller
would get S3's own error about Lambda. HEAD is answered by what the function returns. The original is read by the
presigned URL that S3 makes in the caller's name, so the caller's permissions decide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from common import aws, settings
from common.errors import MillraceError
from common.observability import observed
from images import profiles
from images.doors import deadline, responses, serving
from images.doors.responses import Answer, Conditions
from images.errors import ImageRefused, InvalidConfiguration, RequestRefused, UnknownProfile
from images.model import Profile
from images.originals import fetch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_WRITTEN_AS = {
    "Accept-Ranges": "AcceptRanges",
    "Cache-Control": "CacheControl",
    "Content-Range": "ContentRange",
    "Content-Type": "ContentType",
    "ETag": "ETag",
}
"""Our headers as parameters of WriteGetObjectResponse; it counts the bytes itself."""


@dataclass(frozen=True)
class Settings:
    images_bucket: str


@dataclass(frozen=True)
class Failure:
    """An error in the words of WriteGetObjectResponse."""

    status: int
    code: str
    message: str


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """S3 Object Lambda's event in; for HEAD ``{statusCode, headers}`` out, for GET nothing that S3 looks at.

    Raises what has no name, and InvalidConfiguration, after the caller was answered: Lambda counts it as an error.
    """
    is_get = "getObjectContext" in event
    respond = _write if is_get else _head
    if is_get:
        aws.client("s3")  # made now: when the time has run out there is none left for it
    try:
        answer = deadline.within(deadline.left(context), lambda: _answer(event, is_get=is_get))
    except MillraceError as error:
        serving.tally(error)
        result = respond(event, _failure(error))
        if isinstance(error, InvalidConfiguration):
            raise
        return result
    except Exception as error:
        serving.tally(error)
        respond(event, Failure(500, "InternalError", "The image could not be made; the function's log says why."))
        raise
    return respond(event, answer)


def _answer(event: dict[str, Any], *, is_get: bool) -> Answer:
    profile = _profile(event["configuration"].get("payload", ""))
    headers = event["userRequest"]["headers"]
    if is_get:
        original = fetch.from_presigned(event["getObjectContext"]["inputS3Url"], headers)
    else:
        # The URL is signed for HEAD: it proves that the caller may read, but gives no bytes to measure the result by.
        url = event["headObjectContext"]["inputS3Url"]
        fetch.check_presigned(url, headers)
        original = fetch.from_bucket(settings.read(Settings).images_bucket, *fetch.key_of(url))
    conditions = _conditions(event)
    answer = serving.serve(original, profile, conditions)
    return answer if answer.status == 304 else responses.partial(answer, conditions)


def _conditions(event: dict[str, Any]) -> Conditions:
    """Range and partNumber are not in the presigned URL: they are about the result, and stand in the request alone."""
    request = event["userRequest"]
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(request["url"]).query).items()}
    return Conditions.of(request["headers"], query.get("partnumber"), query.get("range"))


def _profile(payload: str) -> Profile:
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


def _failure(error: MillraceError) -> Failure:
    status = error.object_status if isinstance(error, RequestRefused | ImageRefused) else serving.status_of(error)
    return Failure(status, type(error).__name__, str(error))


def _write(event: dict[str, Any], answer: Answer | Failure) -> dict[str, Any]:
    place = event["getObjectContext"]
    parameters: dict[str, Any] = {
        "RequestRoute": place["outputRoute"],
        "RequestToken": place["outputToken"],
        "StatusCode": answer.status,
    }
    if isinstance(answer, Failure):
        parameters |= {"ErrorCode": answer.code, "ErrorMessage": answer.message}
    else:
        parameters |= {name: answer.headers[header] for header, name in _WRITTEN_AS.items() if header in answer.headers}
        if answer.headers.get("Last-Modified"):
            parameters["LastModified"] = answer.headers["Last-Modified"]
        if answer.parts is not None:
            parameters["PartsCount"] = answer.parts
        if answer.status != 304:
            parameters["Body"] = answer.body
    aws.client("s3").write_get_object_response(**parameters)
    return {"status_code": answer.status}


def _head(_event: dict[str, Any], answer: Answer | Failure) -> dict[str, Any]:
    if isinstance(answer, Failure):
        return {"statusCode": answer.status, "errorCode": answer.code, "errorMessage": answer.message}
    return {"statusCode": answer.status, "headers": dict(answer.headers)}
