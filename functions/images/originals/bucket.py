"""Originals out of the bucket, with the function's own permissions."""

from __future__ import annotations

from email.utils import formatdate

from common import aws
from images.errors import AccessDenied, NoSuchKey, OriginalUnavailable
from images.model import Original
from images.originals import limits

_MOST_KEY_BYTES = 1024


def original(bucket: str, key: str, version: str | None = None) -> Original:
    """Begins to read an object.

    Raises NoSuchKey, AccessDenied, OriginalUnavailable.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not 0 < len(key.encode()) <= _MOST_KEY_BYTES:
        raise NoSuchKey("Name an image: its key in the bucket, percent-encoded, 1 to 1,024 bytes long.")
    which = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
    try:
        answer = aws.client("s3", attempts=3, read_timeout=limits.TIMEOUT_SECONDS).get_object(**which)
    except ClientError as error:
        refusal = limits.refusal(aws.status_of(error), aws.code_of(error))
        if isinstance(refusal, AccessDenied):
            _tell(aws.code_of(error))
        raise refusal from error
    except BotoCoreError as error:
        raise OriginalUnavailable("S3 did not answer; try again.") from error
    body = answer["Body"]

    def read() -> bytes:
        try:
            return limits.capped(body, answer["ContentLength"])
        except BotoCoreError as error:
            raise OriginalUnavailable("S3 stopped sending; try again.") from error

    return Original(answer["ETag"], formatdate(answer["LastModified"].timestamp(), usegmt=True), read, body.close)


def _tell(code: str) -> None:
    """It is the function that may not read, whoever asks: its role, the bucket's policy or an archive's class."""
    from common.observability import count, logger

    count("OriginalsDenied")
    logger().warning("Original denied", extra={"code": code})
