"""S3: the headers that GetObject is asked to answer with, for a version too.

AWS: ``response-content-type`` and its like replace the answer's headers, whichever version is read (S3 API reference,
"GetObject", "Overriding response header values through the request").
MiniStack: does so for the newest version alone; of one that is named it sends what its uploader said, so that a browser
would show here what it keeps as a file there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.gaps import _seams

LEANS_ON = {
    "services.s3._get_object": "(bucket_name, key, headers, query_params=None)",
    "services.s3._apply_response_overrides": "(resp_headers, query_params)",
}
_OK = 200


def _overridden(get: Callable[..., Any]) -> Callable[..., Any]:
    def get_object(bucket_name: str, key: str, headers: Any, query_params: Any = None) -> Any:
        from ministack.services import s3

        status, told, body = get(bucket_name, key, headers, query_params)
        if status == _OK and query_params and "versionId" in query_params:
            s3._apply_response_overrides(told, query_params)
        return status, told, body

    return get_object


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._get_object", _overridden)
