"""Originals, from the bucket under the function's own name or by a presigned URL under the caller's.

Both ways have a timeout, a cap on bytes, and look at the status before anything is taken for an image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from common import aws
from images.errors import AccessDenied, ImageTooLarge, NoSuchKey, OriginalUnavailable, PreconditionFailed
from images.model import Original

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

MOST_BYTES = 50_000_000
"""Of an original; cameras stay below 30 MB."""
TIMEOUT_SECONDS = 10
_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")
_MOST_KEY_BYTES = 1024


def from_bucket(bucket: str, key: str, version: str | None = None) -> Original:
    """Begins to read an object with the function's own permissions.

    Raises NoSuchKey, AccessDenied, OriginalUnavailable.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not 0 < len(key.encode()) <= _MOST_KEY_BYTES:
        raise NoSuchKey("Name an image: its key in the bucket, percent-encoded, 1 to 1,024 bytes long.")
    which = {"VersionId": version} if version else {}
    try:
        answer = aws.client("s3", attempts=3, read_timeout=TIMEOUT_SECONDS).get_object(Bucket=bucket, Key=key, **which)
    except ClientError as error:
        raise _refusal(aws.status_of(error), aws.code_of(error)) from error
    except BotoCoreError as error:
        raise OriginalUnavailable("S3 did not answer; try again.") from error
    body = answer["Body"]

    def read() -> bytes:
        try:
            return _capped(body, answer["ContentLength"])
        except BotoCoreError as error:
            raise OriginalUnavailable("S3 stopped sending; try again.") from error

    return Original(answer["ETag"], formatdate(answer["LastModified"].timestamp(), usegmt=True), read, body.close)


def from_presigned(url: str, headers: Mapping[str, str]) -> Original:
    """Begins to read an object by a presigned GET. ``headers`` are the caller's: those that were signed are sent too.

    Raises NoSuchKey, AccessDenied, PreconditionFailed, OriginalUnavailable.
    """
    exchange = _request("GET", url, headers)
    answer = exchange.answer

    def read() -> bytes:
        from http.client import HTTPException

        try:
            return _capped(answer, answer.length)
        except (OSError, HTTPException) as error:
            raise OriginalUnavailable("S3 stopped sending; try again.") from error
        finally:
            exchange.close()

    return Original(answer.headers["ETag"] or "", answer.headers["Last-Modified"] or "", read, exchange.close)


def check_presigned(url: str, headers: Mapping[str, str]) -> None:
    """Asks by a presigned HEAD whether the caller may read an object. Raises as from_presigned does."""
    _request("HEAD", url, headers).close()


def key_of(url: str) -> tuple[str, str | None]:
    """Key and version id that a presigned URL names, in the virtual-hosted or the path style of S3."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/")
    # "<access point>-<account>.s3-accesspoint.<region>..." and "<bucket>.s3.<region>..." have no bucket in the path.
    if not re.match(r".+\.s3[.-]", parts.hostname or ""):
        path = path.partition("/")[2]
    return unquote(path), next(iter(parse_qs(parts.query).get("versionId", [])), None)


@dataclass(frozen=True)
class _Exchange:
    connection: HTTPConnection
    answer: HTTPResponse

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


def _request(method: str, url: str, headers: Mapping[str, str]) -> _Exchange:
    """Sends a presigned request on a connection of its own; raises unless it is answered with 200."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT_SECONDS)
    signed = parse_qs(parts.query).get("X-Amz-SignedHeaders", ["host"])[0].split(";")
    sent = {name: value for name, value in headers.items() if name.lower() in signed and name.lower() != "host"}
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers={**sent, "Connection": "close"})
        answer = connection.getresponse()
        if answer.status == 200:
            return _Exchange(connection, answer)
        code = _CODE.search(answer.read(4096))
    except (OSError, HTTPException) as error:
        connection.close()
        raise OriginalUnavailable("S3 did not answer; try again.") from error
    _Exchange(connection, answer).close()
    raise _refusal(answer.status, code.group(1).decode() if code else str(answer.status))


def _capped(body: Any, length: int | None) -> bytes:
    """The whole of a body that has to be no longer than MOST_BYTES, whatever it says about itself."""
    if length is None or length <= MOST_BYTES:
        data = bytes(body.read(MOST_BYTES + 1))
        if length is not None and len(data) < length:
            raise OriginalUnavailable("S3 stopped sending; try again.")  # reading a part of a body never says so itself
        if len(data) <= MOST_BYTES:
            return data
    body.close()
    raise ImageTooLarge(f"The object has more than {MOST_BYTES // 1_000_000} MB; upload a smaller one.")


def _refusal(status: int, code: str) -> Exception:
    """Our name for what S3 answered."""
    if status == 404 or code in {"NoSuchKey", "NoSuchVersion", "KeyTooLongError"}:
        return NoSuchKey("No image has this key; look at its spelling and at the percent-encoding.")
    if status == 412:
        return PreconditionFailed("The original has changed since; ask without If-Match.")
    if status in {429, 503} or status >= 500 or status in {301, 307}:
        return OriginalUnavailable(f"S3 could not serve the original just now ({code}); try again.")
    return AccessDenied(f"S3 does not give the original out ({code}); look at the permissions and the storage class.")
