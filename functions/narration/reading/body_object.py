"""The object that an article's ``body_s3`` names: read from S3, or refused by name with what the publisher can do."""

from __future__ import annotations

from common import aws
from common.objects import Bucket
from narration.errors import BodyUnavailable
from narration.reading.body import MAX_BODY_BYTES

BODIES = "inbox/"
"""The only place of the audio bucket where bodies lie: else a message could have a plan or a profile read aloud."""


def read(bucket: str, key: str, audio: str) -> bytes:
    """The bytes of the object, at most 5 MB; ``audio`` is the audio bucket's name. Raises BodyUnavailable."""
    from botocore.exceptions import ClientError

    if bucket == audio and not key.startswith(BODIES):
        raise BodyUnavailable(
            f"body_s3 names an object of the audio bucket that is no body; put bodies under {BODIES} there, or into "
            "the bucket that the parameter BodiesBucketName names."
        )
    source = Bucket(bucket)
    try:
        head = source.head(key)
        stored = source.get(key) if head is not None and head.size <= MAX_BODY_BYTES else None
    except ClientError as error:
        raise BodyUnavailable(
            f"body_s3 cannot be read ({aws.code_of(error)}); put it in the audio bucket under inbox/, or name its "
            f"bucket in the parameter BodiesBucketName."
        ) from error
    if head is None:
        raise BodyUnavailable("body_s3 names an object that does not exist; upload the body before the message.")
    if stored is None:
        raise BodyUnavailable(f"body_s3 has {head.size} bytes; at most {MAX_BODY_BYTES} are read.")
    return stored.body
