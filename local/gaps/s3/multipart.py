"""S3: parts of a multipart upload.

AWS: every part but the last has at least 5 MB, parts are named in ascending order, at least one is named, each with
its ETag (API reference, CompleteMultipartUpload: EntityTooSmall, InvalidPartOrder, InvalidPart).
MiniStack: joins parts of any size, puts them in order by itself, and makes an empty object of none.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.s3._complete_multipart_upload": "(bucket_name, key, body, query_params, headers=None)",
    "services.s3._multipart_uploads": "AccountScopedDict",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
    "services.s3._qp": "(params, key, default='')",
}

_LEAST_PART = 5 * 1024 * 1024
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def _named_parts(body: bytes) -> list[tuple[int, str]]:
    """Number and ETag of each part, as the request names them. Raises ValueError where the XML names none."""
    try:
        root = fromstring(body)
    except ParseError as error:
        raise ValueError(str(error)) from error
    rows = [
        {child.tag.rpartition("}")[2]: child.text or "" for child in part}
        for part in root
        if part.tag.rpartition("}")[2] == "Part"
    ]
    if not rows or any("ETag" not in row for row in rows):
        raise ValueError("no part, or one without its ETag")
    return [(int(row.get("PartNumber", "")), row["ETag"]) for row in rows]


def _refused(upload: Record, body: bytes) -> Answer | None:
    try:
        named = _named_parts(body)
    except ValueError:
        malformed: Answer = s3._error("MalformedXML", _MALFORMED, 400)
        return malformed
    if any(later <= earlier for (earlier, _), (later, _) in pairwise(named)):
        message = "The list of parts was not in ascending order. Parts must be ordered by part number."
        disorder: Answer = s3._error("InvalidPartOrder", message, 400)
        return disorder
    for number, etag in named[:-1]:
        stored: Json = upload["parts"].get(number)
        if stored is not None and stored["size"] < _LEAST_PART:
            sizes = {
                "ProposedSize": str(stored["size"]),
                "MinSizeAllowed": str(_LEAST_PART),
                "PartNumber": str(number),
                "ETag": etag.strip('"'),
            }
            message = "Your proposed upload is smaller than the minimum allowed size"
            small: Answer = s3._error("EntityTooSmall", message, 400, extra=sizes)
            return small
    return None


def _looked_at(complete: Callable[..., Answer]) -> Callable[..., Answer]:
    def complete_multipart_upload(
        bucket_name: str, key: str, body: bytes, query_params: Record, headers: Json = None
    ) -> Answer:
        upload = s3._multipart_uploads.get(s3._qp(query_params, "uploadId"))
        refused = _refused(upload, body) if upload is not None else None
        return refused or complete(bucket_name, key, body, query_params, headers)

    return complete_multipart_upload


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._complete_multipart_upload", _looked_at)
