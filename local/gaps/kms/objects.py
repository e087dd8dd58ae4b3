"""S3: an object under a KMS key is read and written by those who may use the key.

AWS: GetObject needs kms:Decrypt on the object's key, PutObject and CopyObject kms:GenerateDataKey on the key that the
request or the bucket names, an upload in parts both; HeadObject needs kms:Decrypt for checksums alone (API reference of
each; User Guide, "Protecting data with SSE-KMS"). CloudFront reads with its own principal (Developer Guide, "Restrict
access to an Amazon S3 origin", SSE-KMS). A key that is disabled or gone is KMS.DisabledException,
KMS.KMSInvalidStateException, KMS.NotFoundException.
MiniStack: keeps the key's name beside the object and asks nobody. It encrypts nothing, and neither does this.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from ministack.core.router import extract_access_key_id
from ministack.services import s3

from local.gaps import _authority, _keys, _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.s3._copy_object": "(bucket_name, dest_key, headers)",
    "services.s3._create_multipart_upload": "(bucket_name, key, headers)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
    "services.s3._get_object": "(bucket_name, key, headers, query_params=None)",
    "services.s3._head_object": "(bucket_name, key, headers=None, query_params=None)",
    "services.s3._multipart_uploads": "AccountScopedDict",
    "services.s3._put_object": "(bucket_name, key, body, headers)",
    "services.s3._resolve_sse_write_headers": "(headers, bucket_name)",
    "services.s3._upload_part": "(bucket_name, key, body, query_params, headers)",
    "services.s3._upload_part_copy": "(bucket_name, dest_key, query_params, headers)",
    "services.s3.serve_cloudfront_origin_fetch": ("(bucket_name, key, method, headers, source_arn='', oai_id='')"),
}

_CODES = {
    "denied": ("AccessDenied", 403),
    "disabled": ("KMS.DisabledException", 400),
    "state": ("KMS.KMSInvalidStateException", 400),
    "missing": ("KMS.NotFoundException", 400),
}
_WRITES = ("kms:GenerateDataKey",)
_PARTS = ("kms:GenerateDataKey", "kms:Decrypt")
_READS = ("kms:Decrypt",)


def _says(refusal: _keys.Refusal) -> Answer:
    code, status = _CODES[refusal.kind]
    answer: Answer = s3._error(code, refusal.message, status)
    return answer


def _refused(access_key: str, key: Json, actions: tuple[str, ...], bucket: str) -> Answer | None:
    """The refusal of ``access_key``; none for what this process does in nobody's name."""
    if not access_key:
        return None
    refusal = _authority.keys_refuse(access_key, _keys.under(key, "s3", actions, f"arn:aws:s3:::{bucket}"))
    return None if refusal is None else _says(refusal)


def _written(headers: Record, bucket: str, actions: tuple[str, ...]) -> Answer | None:
    sealed, wrong = s3._resolve_sse_write_headers(headers, bucket)
    if wrong is not None:
        return None  # MiniStack says what is wrong
    return _refused(extract_access_key_id(headers), sealed.get(_keys.HEADER), actions, bucket)


def _getting(get: Callable[..., Answer]) -> Callable[..., Answer]:
    def get_object(bucket_name: str, key: str, headers: Record, query_params: Json = None) -> Answer:
        answer = get(bucket_name, key, headers, query_params)
        if answer[0] >= 300:
            return answer
        access_key = extract_access_key_id(headers, query_params or {})
        return _refused(access_key, answer[1].get(_keys.HEADER), _READS, bucket_name) or answer

    return get_object


def _looking(head: Callable[..., Answer]) -> Callable[..., Answer]:
    def head_object(bucket_name: str, key: str, headers: Json = None, query_params: Json = None) -> Answer:
        answer = head(bucket_name, key, headers, query_params)
        if answer[0] >= 300 or str((headers or {}).get("x-amz-checksum-mode", "")).upper() != "ENABLED":
            return answer
        access_key = extract_access_key_id(headers or {}, query_params or {})
        return _refused(access_key, answer[1].get(_keys.HEADER), _READS, bucket_name) or answer

    return head_object


def _putting(put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_object(bucket_name: str, key: str, body: bytes, headers: Record) -> Answer:
        return _written(headers, bucket_name, _WRITES) or put(bucket_name, key, body, headers)

    return put_object


def _source(headers: Record) -> Answer | None:
    """The refusal of the key of an object that is copied."""
    path, _, version = str(headers.get("x-amz-copy-source", "")).lstrip("/").partition("?versionId=")
    bucket, _, key = unquote(path).partition("/")
    status, found, _ = s3._head_object(bucket, key, {}, {"versionId": [version]} if version else {})
    if status >= 300:
        return None
    return _refused(extract_access_key_id(headers), found.get(_keys.HEADER), _READS, bucket)


def _copying(copy: Callable[..., Answer]) -> Callable[..., Answer]:
    def copy_object(bucket_name: str, dest_key: str, headers: Record) -> Answer:
        refused = _source(headers) or _written(headers, bucket_name, _WRITES)
        return refused or copy(bucket_name, dest_key, headers)

    return copy_object


def _beginning(create: Callable[..., Answer]) -> Callable[..., Answer]:
    def create_multipart_upload(bucket_name: str, key: str, headers: Record) -> Answer:
        return _written(headers, bucket_name, _PARTS) or create(bucket_name, key, headers)

    return create_multipart_upload


def _part(query: Record, headers: Record, bucket: str) -> Answer | None:
    upload = s3._multipart_uploads.get((query.get("uploadId") or [""])[0]) or {}
    key = (upload.get("preserved_headers") or {}).get(_keys.HEADER)
    return _refused(extract_access_key_id(headers, query), key, _PARTS, bucket)


def _parting(upload: Callable[..., Answer]) -> Callable[..., Answer]:
    def upload_part(bucket_name: str, key: str, body: bytes, query_params: Record, headers: Record) -> Answer:
        return _part(query_params, headers, bucket_name) or upload(bucket_name, key, body, query_params, headers)

    return upload_part


def _part_copying(upload: Callable[..., Answer]) -> Callable[..., Answer]:
    def upload_part_copy(bucket_name: str, dest_key: str, query_params: Record, headers: Record) -> Answer:
        refused = _source(headers) or _part(query_params, headers, bucket_name)
        return refused or upload(bucket_name, dest_key, query_params, headers)

    return upload_part_copy


def _fetching(fetch: Callable[..., Answer]) -> Callable[..., Answer]:
    def serve_cloudfront_origin_fetch(
        bucket_name: str, key: str, method: str, headers: Record, source_arn: str = "", oai_id: str = ""
    ) -> Answer:
        answer = fetch(bucket_name, key, method, headers, source_arn, oai_id)
        if method == "HEAD" or answer[0] >= 300:
            return answer
        found = _keys.under(answer[1].get(_keys.HEADER), "s3", _READS, f"arn:aws:s3:::{bucket_name}")
        if _authority.keys_let_in("cloudfront.amazonaws.com", found, source_arn):
            return answer
        return _says(_keys.Refusal("denied", "Access Denied"))

    return serve_cloudfront_origin_fetch


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._get_object", _getting)
    _seams.replace("services.s3._head_object", _looking)
    _seams.replace("services.s3._put_object", _putting)
    _seams.replace("services.s3._copy_object", _copying)
    _seams.replace("services.s3._create_multipart_upload", _beginning)
    _seams.replace("services.s3._upload_part", _parting)
    _seams.replace("services.s3._upload_part_copy", _part_copying)
    _seams.replace("services.s3.serve_cloudfront_origin_fetch", _fetching)
