"""S3: limits of a request, looked at before anything is done.

AWS: a key has at most 1,024 bytes of UTF-8, metadata 2 KB, numbers in the query are integers in their range, an object
cannot be copied onto itself unchanged, and DeleteObjects takes 1 to 1,000 keys (API reference of each operation; User
Guide, "Naming Amazon S3 objects" and "Working with object metadata"). Codes are those of the API's "Error responses".
MiniStack: takes keys and metadata of any size, answers 500 with a traceback to ``max-keys=blah``, copies an object onto
itself and deletes any number of keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {
    "services.s3._dispatch": "(method, bucket, key, headers, body, query_params)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
    "services.s3._qp": "(params, key, default='')",
}

_KEY_BYTES, _METADATA_BYTES, _DELETED_KEYS = 1024, 2048, 1000
_INTEGER = 2**31 - 1
_PREFIX = "x-amz-meta-"
#: What a copy onto itself may change, besides the metadata.
_CHANGES = ("x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption")


class _Number(NamedTuple):
    """A number that a request may carry in its query or in a header."""

    name: str
    least: int
    most: int
    header: bool = False


_NUMBERS = (
    *(_Number(name, 0, _INTEGER) for name in ("max-keys", "max-parts", "max-uploads", "part-number-marker")),
    *(_Number(name, 0, _INTEGER, header=True) for name in ("x-amz-max-parts", "x-amz-part-number-marker")),
    _Number("max-buckets", 1, 10_000),
    _Number("partNumber", 1, 10_000),
)


def _wrong_number(number: _Number, headers: Record, query: Record) -> Answer | None:
    text = str(headers.get(number.name, "") if number.header else s3._qp(query, number.name))
    if not text:
        return None
    try:
        value = int(text)
    except ValueError:
        message = f"Provided {number.name} not an integer or within integer range"
    else:
        if number.least <= value <= number.most:
            return None
        noun = "Part number" if number.name == "partNumber" else f"Argument {number.name}"
        message = f"{noun} must be an integer between {number.least} and {number.most}, inclusive"
    named = {"ArgumentName": number.name, "ArgumentValue": text}
    answer: Answer = s3._error("InvalidArgument", message, 400, extra=named)
    return answer


def _too_long(key: str) -> Answer | None:
    size = len(key.encode())
    if size <= _KEY_BYTES:
        return None
    limits = {"Size": str(size), "MaxSizeAllowed": str(_KEY_BYTES)}
    answer: Answer = s3._error("KeyTooLongError", "Your key is too long", 400, extra=limits)
    return answer


def _too_much_metadata(headers: Record) -> Answer | None:
    metadata = {name[len(_PREFIX) :]: value for name, value in headers.items() if name.startswith(_PREFIX)}
    size = sum(len(name.encode()) + len(str(value).encode()) for name, value in metadata.items())
    if size <= _METADATA_BYTES:
        return None
    message = "Your metadata headers exceed the maximum allowed metadata size"
    limits = {"Size": str(size), "MaxSizeAllowed": str(_METADATA_BYTES)}
    answer: Answer = s3._error("MetadataTooLarge", message, 400, extra=limits)
    return answer


def _onto_itself(method: str, bucket: str, key: str, headers: Record, query: Record) -> Answer | None:
    source = headers.get("x-amz-copy-source", "")
    # A version onto the current one is a change; a part is no copy of the whole.
    if method != "PUT" or not source or "versionId=" in source or "partNumber" in query:
        return None
    if unquote(source).lstrip("/") != f"{bucket}/{key}":
        return None
    if headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE" or any(
        name in headers for name in _CHANGES
    ):
        return None
    message = (
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
        "metadata, storage class, website redirect location or encryption attributes."
    )
    answer: Answer = s3._error("InvalidRequest", message, 400)
    return answer


def _keys_to_delete(method: str, key: str, body: bytes, query: Record) -> Answer | None:
    if method != "POST" or key or "delete" not in query:
        return None
    try:
        count = sum(element.tag.rpartition("}")[2] == "Object" for element in fromstring(body))
    except ParseError:
        return None  # MiniStack's own refusal
    if 1 <= count <= _DELETED_KEYS:
        return None
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    answer: Answer = s3._error("MalformedXML", message, 400)
    return answer


def _refusals(
    method: str, bucket: str, key: str, headers: Record, body: bytes, query: Record
) -> Iterator[Answer | None]:
    yield _too_long(key)
    for number in _NUMBERS:
        yield _wrong_number(number, headers, query)
    yield _too_much_metadata(headers)
    yield _onto_itself(method, bucket, key, headers, query)
    yield _keys_to_delete(method, key, body, query)


def _looked_at(dispatch: Callable[..., Answer]) -> Callable[..., Answer]:
    def dispatch_request(
        method: str, bucket: str, key: str, headers: Record, body: bytes, query_params: Record
    ) -> Answer:
        refusals = _refusals(method, bucket, key, headers, body, query_params)
        refused = next((refusal for refusal in refusals if refusal is not None), None)
        return refused or dispatch(method, bucket, key, headers, body, query_params)

    return dispatch_request


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._dispatch", _looked_at)
