"""Objects in one S3 bucket, with the conditional writes on which everything repeatable here is built.

S3 compares ``If-None-Match: *`` and ``If-Match: <etag>`` atomically with the write. A lost condition is an answer, not
an error: the methods return ``None`` or ``False`` and the caller looks again. Both 412 (the condition did not hold) and
409 (ConditionalRequestConflict, another write was under way) mean lost.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from common import aws
from common.errors import StorageUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.exceptions import ClientError

ABSENT = ""
"""What to pass as ``if_match`` when the object was seen to be absent."""


CHUNK = 1 << 20
"""Bytes of a download that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes (empty after a HEAD), its entity tag with quotes, and its user metadata.

    ``version_id`` is None in a bucket without versions. ``modified``: when S3 took it, in seconds of the epoch;
    0 where it does not say, or after a download. ``content_type`` is told by a HEAD alone.
    """

    etag: str
    metadata: Mapping[str, str]
    size: int
    body: bytes = b""
    version_id: str | None = None
    modified: float = 0.0
    content_type: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing has it: its key, its entity tag with quotes, its bytes."""

    key: str
    etag: str
    size: int


def encode(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: the same document gives the same bytes, hence the same hash and the same entity tag."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Bucket:
    """The few S3 operations this application needs, on one bucket. ``client``: of S3, where it is not the worker's."""

    def __init__(self, name: str, client: Any = None) -> None:
        self.name = name
        self._client = client

    def _s3(self) -> Any:
        return self._client or aws.client("s3")

    def get(self, key: str, *, at_most: int | None = None, version_id: str | None = None) -> Stored | None:
        """The whole object, or None where there is none. ``at_most``: bytes after which the rest is left where it is,
        for objects that strangers make as large as they like; ``size`` is of the whole."""
        answer = self._look("get_object", key, version_id)
        if answer is None:
            return None
        with _named(self.name, key), closing(answer["Body"]) as stream:
            body = stream.read(at_most)
        return Stored(answer["ETag"], answer["Metadata"], answer["ContentLength"], body, modified=_modified(answer))

    def head(self, key: str, *, version_id: str | None = None, if_match: str | None = None) -> Stored | None:
        """Tag and metadata without the bytes, or None where there is no object (this needs s3:ListBucket).

        ``version_id`` and ``if_match`` (an entity tag with quotes) ask for that version, or for the current one only if
        it still has that tag; None, too, where it is another.
        """
        answer = self._look("head_object", key, version_id, if_match)
        if answer is None:
            return None
        return Stored(
            answer["ETag"],
            answer["Metadata"],
            answer["ContentLength"],
            version_id=answer.get("VersionId"),
            modified=_modified(answer),
            content_type=answer.get("ContentType", ""),
        )

    def download(
        self,
        key: str,
        path: Path,
        *,
        at_most: int | None = None,
        version_id: str | None = None,
        if_match: str | None = None,
    ) -> Stored | None:
        """Streams the object into a file, so that its size does not matter to memory; which one, see ``head``.

        ``at_most``: bytes after which the rest is left where it is, for objects that strangers make as large as they
        like; a caller that then finds more bytes than are allowed refuses the file.
        """
        answer = self._look("get_object", key, version_id, if_match)
        if answer is None:
            return None
        left = answer["ContentLength"] if at_most is None else at_most
        with _named(self.name, key), path.open("wb") as out, closing(answer["Body"]) as body:
            while left > 0 and (chunk := body.read(min(left, CHUNK))):
                out.write(chunk)
                left -= len(chunk)
        return Stored(answer["ETag"], answer["Metadata"], answer["ContentLength"])

    def stream(self, key: str, *, if_match: str | None = None) -> BinaryIO | None:
        """The object's bytes as they come, to be closed by the caller; None where there is none, or it is another.

        What breaks off while it is read raises StorageUnavailable.
        """
        answer = self._look("get_object", key, None, if_match)
        if answer is None:
            return None
        return io.BufferedReader(_Streamed(answer["Body"], self.name, key), CHUNK)

    def _look(self, operation: str, key: str, version_id: str | None = None, if_match: str | None = None) -> Any:
        """A reading call's answer, None where there is no such object, our own names for what may pass later."""
        from botocore.exceptions import ClientError

        which = {"VersionId": version_id, "IfMatch": if_match}
        with _named(self.name, key):
            try:
                arguments = {name: value for name, value in which.items() if value}
                return getattr(self._s3(), operation)(Bucket=self.name, Key=key, **arguments)
            except ClientError as error:
                if _is_missing(error) or _is_lost(error):
                    return None
                raise

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
        with _named(self.name, key):
            try:
                return str(self._s3().put_object(**arguments)["ETag"])
            except ClientError as error:
                if _is_lost(error) or (if_match and _is_missing(error)):
                    return None
                raise

    def copy_from(
        self,
        source: Bucket,
        source_key: str,
        key: str,
        *,
        source_etag: str,
        content_type: str,
        metadata: Mapping[str, str],
        if_match: str | None = None,
    ) -> bool:
        """S3's own copy of an object of at most 5 GB, with new metadata and no tags; the bytes do not come by here.

        ``source_etag``: what is copied, or nothing; ``if_match``: as in ``put``, about what is there under ``key``.
        False if a condition was lost. The client of this bucket reads the source, too.
        """
        from botocore.exceptions import ClientError

        conditions = {} if if_match is None else {"IfMatch": if_match} if if_match else {"IfNoneMatch": "*"}
        with _named(source.name, source_key):
            try:
                self._s3().copy_object(
                    Bucket=self.name,
                    Key=key,
                    CopySource={"Bucket": source.name, "Key": source_key},
                    CopySourceIfMatch=source_etag,
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                    ContentType=content_type,
                    Metadata=dict(metadata),
                    **conditions,
                )
            except ClientError as error:
                if _is_lost(error) or _is_missing(error):
                    return False
                raise
        return True

    def tags(self, key: str, *, version_id: str | None = None) -> dict[str, str] | None:
        """The object's tags, or None where there is no such object or version."""
        answer = self._look("get_object_tagging", key, version_id)
        return None if answer is None else {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def put_if_absent(self, key: str, body: bytes | BinaryIO, **options: Any) -> bool:
        """Writes an immutable object once; False where it is there already."""
        return self.put(key, body, if_match=ABSENT, **options) is not None

    def delete(self, key: str, *, if_match: str | None = None) -> bool:
        """Deletes the object; False if it is no longer the one that was seen. A missing object is deleted already."""
        from botocore.exceptions import ClientError

        condition = {"IfMatch": if_match} if if_match else {}
        with _named(self.name, key):
            try:
                self._s3().delete_object(Bucket=self.name, Key=key, **condition)
            except ClientError as error:
                if _is_missing(error):
                    return True
                if _is_lost(error):
                    return False
                raise
        return True

    def keys(self, prefix: str, *, delimiter: str = "", after: str = "") -> Iterator[str]:
        """Every key below a prefix, in S3's order (by UTF-8 bytes). ``after``: only those behind this one.

        ``delimiter``: keys that have it behind the prefix are left out by S3, a whole folder for one entry of its page.
        """
        return (found.key for found in self.objects(prefix, delimiter=delimiter, after=after))

    def objects(self, prefix: str, *, delimiter: str = "", after: str = "") -> Iterator[Listed]:
        """The same with what the listing says of each."""
        arguments = {"Bucket": self.name, "Prefix": prefix, **({"Delimiter": delimiter} if delimiter else {})}
        arguments |= {"StartAfter": after} if after else {}
        with _named(self.name, prefix):
            pages = iter(self._s3().get_paginator("list_objects_v2").paginate(**arguments))
        while True:
            # Only the request: what the caller raises between two keys is not about S3.
            with _named(self.name, prefix):
                page = next(pages, None)
            if page is None:
                return
            for entry in page.get("Contents", []):
                yield Listed(entry["Key"], entry["ETag"], entry["Size"])


class _Streamed(io.RawIOBase):
    """A body of S3 as a file."""

    def __init__(self, body: Any, bucket: str, key: str) -> None:
        self._body, self._bucket, self._key = body, bucket, key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _named(self._bucket, self._key):
            chunk = self._body.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


@contextmanager
def _named(bucket: str, key: str) -> Iterator[None]:
    """S3's errors under the names that state machines know; a lost connection is as transient as a server error.

    botocore repeats a request that got no answer, but not the reading of a body that broke off half way.
    """
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, IncompleteReadError

    try:
        yield
    except ClientError as error:
        raise _error(error, bucket, key) from error
    except (ConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise _unavailable(bucket, key, type(error).__name__) from error


def _modified(answer: Mapping[str, Any]) -> float:
    moment = answer.get("LastModified")
    return float(moment.timestamp()) if moment else 0.0


def _is_missing(error: ClientError) -> bool:
    return aws.status_of(error) == 404 and aws.code_of(error) != "NoSuchBucket"


def _is_lost(error: ClientError) -> bool:
    return aws.code_of(error) in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


_RIGHTS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "GetObjectTagging": "s3:GetObjectTagging",
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "ListObjectsV2": "s3:ListBucket",
}
"""What a role needs for each operation (S3 user guide, "Required permissions for Amazon S3 API operations")."""


def _error(error: ClientError, bucket: str, key: str) -> Exception:
    if aws.is_transient(error):
        return _unavailable(bucket, key, aws.code_of(error))
    if aws.is_forbidden(error) and error.operation_name in _RIGHTS:
        return _refused(error, bucket, key)
    return error


def _unavailable(bucket: str, key: str, reason: str) -> StorageUnavailable:
    return StorageUnavailable(f"S3 could not serve s3://{bucket}/{key} just now ({reason}).")


def _refused(error: ClientError, bucket: str, key: str) -> ClientError:
    """The same error with a sentence about which right to give.

    It stays a ClientError under S3's own code: a right given late makes the same request pass, and a caller may know
    better whose fault it is. S3 gives no reason at all for a HEAD, and never names a key that it does not show.
    """
    from botocore.exceptions import ClientError

    operation = error.operation_name
    where = f"s3://{bucket}" if operation == "ListObjectsV2" else f"s3://{bucket}/{key}"
    said = str(error.response["Error"].get("Message", "")).rstrip(".") or "Forbidden"
    advice = f"Allow the function's role {_RIGHTS[operation]} on {where}"
    if operation in {"GetObject", "HeadObject"}:
        advice += f", and s3:ListBucket on s3://{bucket}, without which S3 refuses a key that is missing"
    elif operation == "PutObject":
        advice += ", and s3:GetObject too if it is written with If-Match"
    response: Any = {**error.response, "Error": {**error.response["Error"], "Message": f"{said}. {advice}."}}
    return ClientError(response, operation)
