"""Originals by the presigned URL that S3 makes in the caller's name, and whether that caller may read at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from images.errors import OriginalUnavailable
from images.model import Original
from images.originals import limits

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

_CODE = re.compile(rb"<Code>(\w{1,64})</Code>")


def original(url: str, headers: Mapping[str, str]) -> Original:
    """Begins to read an object by a presigned GET. ``headers`` are the caller's: those that were signed are sent too.

    Raises NoSuchKey, AccessDenied, PreconditionFailed, OriginalUnavailable.
    """
    exchange = _request("GET", url, headers)
    answer = exchange.answer

    def read() -> bytes:
        from http.client import HTTPException

        try:
            return limits.capped(answer, answer.length)
        except (OSError, HTTPException) as error:
            raise OriginalUnavailable("S3 stopped sending; try again.") from error
        finally:
            exchange.close()

    return Original(answer.headers["ETag"] or "", answer.headers["Last-Modified"] or "", read, exchange.close)


def check(url: str, headers: Mapping[str, str]) -> None:
    """Asks by a presigned HEAD whether the caller may read an object. Raises as ``original`` does."""
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
    connection = connect(parts.netloc, timeout=limits.TIMEOUT_SECONDS)
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
    raise limits.refusal(answer.status, code.group(1).decode() if code else str(answer.status))
