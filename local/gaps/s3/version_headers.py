"""S3: the headers that GetObject is asked to answer with, and the range that it is asked for, for a version too.

AWS: ``response-content-type`` and its like replace the answer's headers, whichever version is read (S3 API reference,
"GetObject", "Overriding response header values through the request"), and ``Range`` cuts it.
MiniStack: does so for the newest version alone; of one that is named it sends what its uploader said, so that a browser
would show here what it keeps as a file there, and all of it, so that a viewer of PDF reads it anew for every part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.gaps import _seams

LEANS_ON = {
    "services.s3._get_object": "(bucket_name, key, headers, query_params=None)",
    "services.s3._apply_response_overrides": "(resp_headers, query_params)",
    "services.s3._parse_range": "(range_header, total)",
    "services.s3._range_error_xml": "(bucket_name, key)",
}
_OK = 200


def _overridden(get: Callable[..., Any]) -> Callable[..., Any]:
    def get_object(bucket_name: str, key: str, headers: Any, query_params: Any = None) -> Any:
        from ministack.services import s3

        status, told, body = get(bucket_name, key, headers, query_params)
        if status != _OK or not query_params or "versionId" not in query_params:
            return status, told, body
        s3._apply_response_overrides(told, query_params)
        asked = headers.get("range", "")
        return _cut(bucket_name, key, asked, told, body) if asked else (status, told, body)

    return get_object


def _cut(bucket_name: str, key: str, asked: str, told: dict[str, str], body: bytes) -> Any:
    """The range that is asked for, as MiniStack answers for the newest version: without checksums, which are of all."""
    from ministack.services import s3

    found = s3._parse_range(asked, len(body))
    if found is None:
        headers = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
        return 416, headers, s3._xml_body(s3._range_error_xml(bucket_name, key))
    first, last = found
    kept = {name: value for name, value in told.items() if not name.lower().startswith("x-amz-checksum-")}
    kept |= {"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
    return 206, kept, body[first : last + 1]


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._get_object", _overridden)
