"""AccessPointDoor: a request at an S3 Object Lambda access point -> the image, for clients that only speak S3.

GET is answered by WriteGetObjectResponse, on every path and before the time runs out; without that call the caller
would get S3's own error about Lambda. HEAD is answered by what the function returns. The original is read by the
presigned URL that S3 makes in the caller's name, so the caller's permissions decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import aws, settings
from common.errors import MillraceError
from common.observability import Context, observed
from images.doors import access_point, deadline, responses, serving
from images.doors.access_point import Failure
from images.doors.responses import Answer
from images.errors import InvalidConfiguration
from images.originals import bucket, presigned


@dataclass(frozen=True)
class Settings:
    images_bucket: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """S3 Object Lambda's event in; for HEAD ``{statusCode, headers}`` out, for GET nothing that S3 looks at.

    Raises what has no name, and InvalidConfiguration, after the caller was answered: Lambda counts it as an error.
    """
    if "getObjectContext" in event:
        aws.client("s3")  # made now: when the time has run out there is none left for it
    try:
        answer = deadline.within(deadline.left(context), lambda: _answer(event))
    except MillraceError as error:
        serving.tally(error)
        result = _respond(event, access_point.failure_of(error))
        if isinstance(error, InvalidConfiguration):
            raise
        return result
    except Exception as error:
        serving.tally(error)
        _respond(event, access_point.UNNAMED)
        raise
    return _respond(event, answer)


def _answer(event: dict[str, Any]) -> Answer:
    profile = access_point.profile_of(event["configuration"].get("payload", ""))
    headers = event["userRequest"]["headers"]
    if "getObjectContext" in event:
        original = presigned.original(event["getObjectContext"]["inputS3Url"], headers)
    else:
        # The URL is signed for HEAD: it proves that the caller may read, but gives no bytes to measure the result by.
        url = event["headObjectContext"]["inputS3Url"]
        presigned.check(url, headers)
        original = bucket.original(settings.read(Settings).images_bucket, *presigned.key_of(url))
    conditions = access_point.conditions_of(event["userRequest"])
    answer = serving.serve(original, profile, conditions)
    return answer if answer.status == 304 else responses.partial(answer, conditions)


def _respond(event: dict[str, Any], answer: Answer | Failure) -> dict[str, Any]:
    if "getObjectContext" not in event:
        return access_point.head_response(answer)
    aws.client("s3").write_get_object_response(**access_point.get_response(event["getObjectContext"], answer))
    return {"status_code": answer.status}
