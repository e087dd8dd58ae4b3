"""S3: names of buckets that AWS keeps for itself, and tags.

AWS: ``xn--``, ``sthree-`` and ``amzn-s3-demo-`` begin no bucket's name, ``-s3alias``, ``--ol-s3``, ``.mrap``,
``--x-s3`` and ``--table-s3`` end none (User Guide, "General purpose bucket naming rules"). A tag's key has 1 to 128
characters out of letters, digits, spaces and ``+ - = . _ : / @``, its value up to 256, a key stands once and never
begins with ``aws:`` (User Guide, "Categorizing your objects using tags": InvalidTag).
MiniStack: makes such buckets, stores such tags of objects, and of two tags with one key the last one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Record

LEANS_ON = {
    "services.s3._validate_bucket_name": "(name)",
    "services.s3._put_object": "(bucket_name, key, body, headers)",
    "services.s3._copy_object": "(bucket_name, dest_key, headers)",
    "services.s3._create_multipart_upload": "(bucket_name, key, headers)",
    "services.s3._put_object_tagging": "(bucket_name, key, body, query_params=None)",
    "services.s3._put_bucket_tagging": "(name, body)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
}

_RESERVED = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)")
_TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")
_KEY_LENGTH, _VALUE_LENGTH = 128, 256


def _not_reserved(valid: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda name: valid(name) and not _RESERVED.fullmatch(name)


def _wrong_tag(tags: Iterable[tuple[str, str]]) -> Answer | None:
    keys: set[str] = set()
    message = None
    for key, value in tags:
        if key in keys:
            message = "Cannot provide multiple Tags with the same key"
        elif key.startswith("aws:"):
            message = "System tags cannot be added/updated by requester"
        elif not 1 <= len(key) <= _KEY_LENGTH or not _TAG_TEXT.fullmatch(key):
            message = "The TagKey you have provided is invalid"
        elif len(value) > _VALUE_LENGTH or not _TAG_TEXT.fullmatch(value):
            message = "The TagValue you have provided is invalid"
        if message:
            answer: Answer = s3._error("InvalidTag", message, 400)
            return answer
        keys.add(key)
    return None


def _tags_in(body: bytes) -> list[tuple[str, str]]:
    try:
        root = fromstring(body)
    except ParseError:
        return []  # MiniStack refuses what is no XML
    rows = [
        {child.tag.rpartition("}")[2]: child.text or "" for child in tag}
        for tag in root.iter()
        if tag.tag.rpartition("}")[2] == "Tag"
    ]
    return [(row.get("Key", ""), row.get("Value", "")) for row in rows]


def _tagged_by_header(write: Callable[..., Answer]) -> Callable[..., Answer]:
    def write_object(*arguments: Any) -> Answer:
        headers: Record = arguments[-1]
        tags = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True)
        return _wrong_tag(tags) or write(*arguments)

    return write_object


def _tagged_by_body(put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_tagging(name: str, *rest: Any) -> Answer:
        body = next(value for value in rest if isinstance(value, bytes))
        return _wrong_tag(_tags_in(body)) or put(name, *rest)

    return put_tagging


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._validate_bucket_name", _not_reserved)
    for name in ("_put_object", "_copy_object", "_create_multipart_upload"):
        _seams.replace(f"services.s3.{name}", _tagged_by_header)
    for name in ("_put_object_tagging", "_put_bucket_tagging"):
        _seams.replace(f"services.s3.{name}", _tagged_by_body)
