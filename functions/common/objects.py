"""Objects in one S3 bucket, with the conditional writes on which everything repeatable here is built.

S3 compares ``If-None-Match: *`` and ``If-Match: <etag>`` atomically with the write. A lost condition is an answer, not
an error: the methods return ``None`` or ``False`` and the caller looks again. Both 412 (the condition did not hold) and
409 (ConditionalRequestConflict, another write was under way) mean lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from common import aws
from common.errors import StorageUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

ABSENT = ""
"""What to pass as ``if_match`` when the object was seen to be absent."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes (empty after a HEAD), its entity tag with quotes, and its user metadata."""

    etag: str
    metadata: Mapping[str, str]
    size: int
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def encode(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: the same document gives the same bytes, hence the same hash and the same entity tag."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Bucket:
    """The few S3 operations this application needs, on one bucket."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, key: str) -> Stored | None:
        """The whole object, or None where there is none."""
        answer = self._look("get_object", key)
        return answer and Stored(answer["ETag"], answer["Metadata"], answer["ContentLength"], answer["Body"].read())

    def head(self, key: str) -> Stored | None:
        """Tag and metadata without the bytes, or None where there is no object (this needs s3:ListBucket)."""
        answer = self._look("head_object", key)
        return answer and Stored(answer["ETag"], answer["Metadata"], answer["ContentLength"])

    def download(self, key: str, path: Path) -> Stored | None:
        """Streams the object into a file, so that its size does not matter to memory."""
        answer = self._look("get_object", key)
        if answer is None:
            return None
        with path.open("wb") as out:
            for chunk in answer["Body"].iter_chunks(1 << 20):
                out.write(chunk)
        return Stored(answer["ETag"], answer["Metadata"], answer["ContentLength"])

    def _look(self, operation: str, key: str) -> Any:
        """A reading call's answer, None where there is no object, our own names for what may pass later."""
        from botocore.exceptions import ClientError

        try:
            return getattr(aws.client("s3"), operation)(Bucket=self.name, Key=key)
        except ClientError as error:
            if _is_missing(error):
                return None
            raise _error(error, self.name, key) from error

    def put(
        self,
        key: str,
        body: bytes | BinaryIO,
        *,
        content_type: str = "application/json",
        cache_control: str | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
    ) -> str | None:
        """Writes an object and returns its entity tag, or None if the condition was lost.

        ``if_match``: an entity tag seen before, or ``ABSENT``; None writes whatever is there.
        """
        from botocore.exceptions import ClientError

        arguments: dict[str, Any] = {"Bucket": self.name, "Key": key, "Body": body, "ContentType": content_type}
        if cache_control:
            arguments["CacheControl"] = cache_control
        if metadata:
            arguments["Metadata"] = dict(metadata)
        if if_match == ABSENT:
            arguments["IfNoneMatch"] = "*"
        elif if_match:
            arguments["IfMatch"] = if_match
        try:
            return str(aws.client("s3").put_object(**arguments)["ETag"])
        except ClientError as error:
            if _is_lost(error) or (if_match and _is_missing(error)):
                return None
            raise _error(error, self.name, key) from error

    def put_if_absent(self, key: str, body: bytes | BinaryIO, **options: Any) -> bool:
        """Writes an immutable object once; False where somebody else already did."""
        return self.put(key, body, if_match=ABSENT, **options) is not None

    def delete(self, key: str, *, if_match: str | None = None) -> bool:
        """Deletes the object; False if it is no longer the one that was seen. A missing object is deleted already."""
        from botocore.exceptions import ClientError

        condition = {"IfMatch": if_match} if if_match else {}
        try:
            aws.client("s3").delete_object(Bucket=self.name, Key=key, **condition)
        except ClientError as error:
            if _is_missing(error):
                return True
            if _is_lost(error):
                return False
            raise _error(error, self.name, key) from error
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key below a prefix, in S3's order (by UTF-8 bytes)."""
        from botocore.exceptions import ClientError

        try:
            for page in aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for entry in page.get("Contents", []):
                    yield entry["Key"]
        except ClientError as error:
            raise _error(error, self.name, prefix) from error


def _is_missing(error: ClientError) -> bool:
    return aws.status_of(error) == 404 and aws.code_of(error) != "NoSuchBucket"


def _is_lost(error: ClientError) -> bool:
    return aws.code_of(error) in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


def _error(error: ClientError, bucket: str, key: str) -> Exception:
    if aws.is_transient(error):
        return StorageUnavailable(f"S3 could not serve s3://{bucket}/{key} just now ({aws.code_of(error)}).")
    return error
