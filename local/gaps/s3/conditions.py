"""S3: conditions on writes, copies included.

AWS: CopyObject checks If-Match and If-None-Match against the destination as PutObject does, and If-None-Match
knows no value but ``*``: any other is 501 NotImplemented (botocore: CopyObjectRequest and PutObjectRequest,
IfMatch and IfNoneMatch; User Guide, "How to prevent object overwrites with conditional writes"). If-Match
compares with an object that the caller must be allowed to read: besides s3:PutObject it needs s3:GetObject
(same page).
MiniStack: ignores both headers on a copy and overwrites, compares other values of If-None-Match with the
ETag, and checks If-Match without s3:GetObject. It answers 412 where AWS can also say 409
ConditionalRequestConflict when two writers race; handle both.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack import app
from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {
    "app.AUTH": "bool",
    "core.iam_evaluator.enforce": (
        "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)"
    ),
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.s3._check_put_preconditions": "(headers, existing_obj)",
    "services.s3._copy_object": "(bucket_name, dest_key, headers)",
    "services.s3._put_object": "(bucket_name, key, body, headers)",
    "services.s3._ensure_bucket": "(name)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
}


def _not_implemented(headers: Record) -> Answer | None:
    if headers.get("if-none-match", "*").strip() == "*":
        return None
    answer: Answer = s3._error(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        extra={"Header": "If-None-Match"},
    )
    return answer


def _unreadable(headers: Record, bucket: str, key: str) -> Answer | None:
    """403 for If-Match by a caller that may not read the object."""
    access_key = extract_access_key_id(headers)
    if not (app.AUTH and access_key and headers.get("if-match")):
        return None
    arn = f"arn:aws:s3:::{bucket}/{key}"
    denied = iam.enforce(access_key, "s3:GetObject", "s3", get_region(), resource_arn=arn)
    if denied is None:
        return None
    who = getattr(denied, "principal_arn", "") or access_key
    message = f'User: {who} is not authorized to perform: s3:GetObject on resource: "{arn}", which If-Match needs'
    answer: Answer = s3._error("AccessDenied", message, 403)
    return answer


def _star_only(check: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
    return lambda headers, existing_obj: _not_implemented(headers) or check(headers, existing_obj)


def _readable(put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_object(bucket_name: str, key: str, body: bytes, headers: Record) -> Answer:
        return _unreadable(headers, bucket_name, key) or put(bucket_name, key, body, headers)

    return put_object


def _checked_destination(copy: Callable[..., Answer]) -> Callable[..., Answer]:
    def copy_object(bucket_name: str, dest_key: str, headers: Record) -> Answer:
        bucket = s3._ensure_bucket(bucket_name)
        refused = _unreadable(headers, bucket_name, dest_key)
        if refused is None and bucket is not None:
            refused = s3._check_put_preconditions(headers, bucket["objects"].get(dest_key))
        return refused or copy(bucket_name, dest_key, headers)

    return copy_object


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._check_put_preconditions", _star_only)
    _seams.replace("services.s3._put_object", _readable)
    _seams.replace("services.s3._copy_object", _checked_destination)
