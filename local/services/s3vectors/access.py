"""What a request must be allowed to do, and on what.

Resources: ``arn:aws:s3vectors:<region>:<account>:bucket/<name>`` and ``.../index/<name>`` (service authorization
reference, "Amazon S3 Vectors"). QueryVectors with a filter or with metadata, and ListVectors with data or metadata,
need s3vectors:GetVectors too; what is made with tags needs s3vectors:TagResource (API reference of each call).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

from local.services.s3vectors import places
from local.services.s3vectors.errors import VectorsError
from local.services.s3vectors.places import Place

_TAGS: Final = "/tags/"
_ASKING_MORE: Final = frozenset({"QueryVectors", "ListVectors", "CreateIndex", "CreateVectorBucket"})
_MAKING: Final = frozenset({"CreateIndex", "CreateVectorBucket"})
_USING_KEYS: Final = _MAKING | {"PutVectors", "GetVectors", "DeleteVectors", "ListVectors", "QueryVectors"}
_OF_BUCKETS: Final = frozenset(
    {
        "CreateVectorBucket",
        "DeleteVectorBucket",
        "GetVectorBucket",
        "ListIndexes",
        "PutVectorBucketPolicy",
        "GetVectorBucketPolicy",
        "DeleteVectorBucketPolicy",
        "PutVectorBucketDefaultIndexMode",
    }
)


def resources(path: str, body: bytes, region: str, account: str) -> list[tuple[str, dict[str, str]]]:
    """The one resource of a request, with condition keys of the service; ``*`` where it names none."""
    if path.startswith(_TAGS):
        return [(unquote(path.removeprefix(_TAGS)), {})]
    members = _members(body)
    return [(_resource(path.strip("/"), members, region, account), _keys(members))]


def also(path: str, body: bytes, region: str, account: str) -> list[tuple[str, str, dict[str, str]]]:
    """Actions beside the one that the call is named after."""
    operation = path.strip("/")
    if operation not in _ASKING_MORE:
        return []
    members = _members(body)
    actions = []
    if operation == "QueryVectors" and (members.get("filter") is not None or members.get("returnMetadata") is True):
        actions.append("GetVectors")
    if operation == "ListVectors" and True in (members.get("returnData"), members.get("returnMetadata")):
        actions.append("GetVectors")
    if operation in _MAKING and members.get("tags"):
        actions.append("TagResource")
    resource = _resource(operation, members, region, account)
    return [(f"s3vectors:{action}", resource, {}) for action in actions]


def sealed(path: str, body: bytes, region: str, account: str) -> Iterator[tuple[bool, Place, Mapping[str, str] | None]]:
    """The bucket or index whose key a request uses, whether it is to be made, and the encryption that it asks for;
    nothing where it names none, which the engine refuses.
    """
    operation = path.strip("/")
    if operation not in _USING_KEYS:
        return
    members = _members(body)
    place = places.parse(_resource(operation, members, region, account))
    given = members.get("encryptionConfiguration")
    if place is not None:
        yield operation in _MAKING, place, given if isinstance(given, dict) else None


@lru_cache(maxsize=2)
def _members(body: bytes) -> dict[str, Any]:
    """Of a request, without its vectors; none of what is no JSON object, which the engine refuses. One request is
    looked at more than once, and may have 20 MB.
    """
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in found.items() if name != "vectors"} if isinstance(found, dict) else {}


def _resource(operation: str, members: Mapping[str, Any], region: str, account: str) -> str:
    try:
        if operation == "CreateIndex":
            within = {key: members[key] for key in ("vectorBucketName", "vectorBucketArn") if key in members}
            return f"{places.bucket(within, region, account).arn}/index/{members.get('indexName', '')}"
        if operation in _OF_BUCKETS:
            return places.bucket(members, region, account).arn
        return "*" if operation == "ListVectorBuckets" else places.index(members, region, account).arn
    except VectorsError:
        return "*"  # the engine says what is wrong with it


def _keys(members: Mapping[str, Any]) -> dict[str, str]:
    given = members.get("encryptionConfiguration")
    if not isinstance(given, dict):
        return {}
    named = {"s3vectors:sseType": given.get("sseType"), "s3vectors:kmsKeyArn": given.get("kmsKeyArn")}
    return {key: value for key, value in named.items() if isinstance(value, str)}
