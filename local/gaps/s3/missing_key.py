"""S3: a missing key is 403 for those who may not list the bucket.

AWS: GetObject, HeadObject and the source of a CopyObject answer 404 NoSuchKey only to a caller with
s3:ListBucket on the bucket; to all others it is 403 AccessDenied, so that keys cannot be guessed (API
reference, GetObject and HeadObject, "Permissions").
MiniStack: answers 404 to everybody, which hides a policy that lacks ListBucket until the code runs on AWS.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack import app
from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "app.AUTH": "bool",
    "core.iam_evaluator.enforce": (
        "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
    ),
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.s3._get_object": "(bucket_name, key, headers, query_params=None)",
    "services.s3._head_object": "(bucket_name, key, headers=None, query_params=None)",
    "services.s3._copy_object": "(bucket_name, dest_key, headers)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
}


def _hidden(answer: Answer, bucket: str, key: str, headers: Record, query: Record) -> Answer:
    """``answer``, or 403 in place of its 404 when the caller may not list ``bucket``."""
    access_key = extract_access_key_id(headers, query)
    missing = answer[0] == 404 and b"NoSuchKey" in answer[2]
    if not (app.AUTH and missing and access_key):
        return answer
    arn = f"arn:aws:s3:::{bucket}"
    context = {"s3:prefix": key}
    denied = iam.enforce(access_key, "s3:ListBucket", "s3", get_region(), resource_arn=arn, service_context=context)
    if denied is None:
        return answer
    who = getattr(denied, "principal_arn", "") or access_key
    message = (
        f'User: {who} is not authorized to perform: s3:ListBucket on resource: "{arn}" '
        "because no identity-based policy allows the s3:ListBucket action"
    )
    refusal: Answer = s3._error("AccessDenied", message, 403)
    return refusal


def _reading(read: Callable[..., Answer]) -> Callable[..., Answer]:
    def read_object(bucket_name: str, key: str, headers: Json = None, query_params: Json = None) -> Answer:
        headers, query_params = headers or {}, query_params or {}
        return _hidden(read(bucket_name, key, headers, query_params), bucket_name, key, headers, query_params)

    return read_object


def _copying(copy: Callable[..., Answer]) -> Callable[..., Answer]:
    def copy_object(bucket_name: str, dest_key: str, headers: Record) -> Answer:
        source, _, key = headers.get("x-amz-copy-source", "").lstrip("/").partition("/")
        return _hidden(copy(bucket_name, dest_key, headers), source, key, headers, {})

    return copy_object


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._get_object", _reading)
    _seams.replace("services.s3._head_object", _reading)
    _seams.replace("services.s3._copy_object", _copying)
