"""CloudFormation: vector buckets, their indexes and policies.

AWS: AWS::S3Vectors::VectorBucket, Index and VectorBucketPolicy are made by the calls of S3 Vectors; Ref is the ARN;
every property but tags, and a policy's document, replaces the resource. An index goes with its vectors, a bucket only
without indexes (CloudFormation Template Reference, resource schemas of these types; S3 user guide, "Deleting a vector
bucket").
MiniStack: does not know the types. The service behind them is ``local.services.s3vectors``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from local.gaps import _authority, _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    **_authority.LEANS_ON,
    **{
        f"services.cloudformation.provisioners.{name}": "dict"
        for name in (
            "_CUSTOM_NAME_REPLACEMENT",
            "_REPLACING_PROPERTIES",
            "_RESOURCE_HANDLERS",
            "_STACK_TAG_PROPERTY",
        )
    },
    "services.cloudformation.provisioners._physical_name": (
        "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)"
    ),
}

BUCKET: Final = "AWS::S3Vectors::VectorBucket"
INDEX: Final = "AWS::S3Vectors::Index"
POLICY: Final = "AWS::S3Vectors::VectorBucketPolicy"
_LONGEST_NAME: Final = 63
_SYSTEM: Final = "aws:cloudformation:"

_Made = tuple[str, Record]

REPLACING: Final[Mapping[str, tuple[str, ...]]] = {
    BUCKET: ("VectorBucketName", "EncryptionConfiguration"),
    INDEX: (
        "DataType",
        "Dimension",
        "DistanceMetric",
        "EncryptionConfiguration",
        "IndexName",
        "MetadataConfiguration",
        "VectorBucketArn",
        "VectorBucketName",
    ),
    POLICY: ("VectorBucketArn", "VectorBucketName"),
}
"""The createOnlyProperties of the schemas."""


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """What the service refuses fails the resource, in the service's words."""
    from local.services.errors import InvalidMembers, ServiceError
    from local.services.s3vectors.errors import invalid

    try:
        yield
    except ServiceError as error:
        said = invalid(error.problems) if isinstance(error, InvalidMembers) else error
        raise ValueError(
            f'{kind}: Resource handler returned message: "{said.message} '
            f'(Service: S3Vectors, Status Code: {said.status})"'
        ) from error


def _call(operation: str, members: Record) -> Record:
    """A call of the service, checked as its requests are."""
    from local.services.s3vectors.service import CALLS, MODEL

    return CALLS[operation](MODEL.members(operation, members), get_region(), get_account_id())


def _members(operation: str, props: Record) -> Record:
    """A template's properties as members of a request: ``IndexName`` is ``indexName``, "512" a number, tags a map."""
    from local.services.s3vectors.service import MODEL

    tags = {key: value for key, value in _tags(props).items() if not key.startswith(_SYSTEM)}
    lower = _lowered({name: value for name, value in props.items() if name != "Tags"})
    return {**MODEL.typed(operation, lower), **({"tags": tags} if tags else {})}


def _tags(props: Record) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in props.get("Tags") or []}


def _marked(arn: str, props: Record) -> None:
    """The tags that CloudFormation sets itself, which the service takes from nobody else."""
    from local.services.s3vectors.store import STORE

    STORE.tagged(arn).tags.update({key: value for key, value in _tags(props).items() if key.startswith(_SYSTEM)})


def _lowered(value: Json) -> Json:
    if isinstance(value, dict):
        return {f"{name[:1].lower()}{name[1:]}": _lowered(member) for name, member in value.items()}
    return value


def _ask_key(members: Record) -> None:
    """Raise where the key that a bucket or an index is to lie under cannot be used."""
    from local.gaps import _vector_keys
    from local.services.s3vectors import places

    named: Record = {name: members[name] for name in ("vectorBucketName", "vectorBucketArn") if name in members}
    place = replace(places.bucket(named, get_region(), get_account_id()), index=members.get("indexName", ""))
    _vector_keys.check_making(None, place, members.get("encryptionConfiguration"))


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _named(props: Record, key: str, stack_name: str, logical_id: str) -> Record:
    name = props.get(key) or provisioners._physical_name(stack_name, logical_id, lowercase=True, max_len=_LONGEST_NAME)
    return {**props, key: name}


def _bucket_create(logical_id: str, props: Record, stack_name: str) -> _Made:
    with _told(BUCKET):
        given = _named(props, "VectorBucketName", stack_name, logical_id)
        members = _members("CreateVectorBucket", given)
        _ask_key(members)
        _call("CreateVectorBucket", members)
        made = _call("GetVectorBucket", {"vectorBucketName": given["VectorBucketName"]})["vectorBucket"]
    arn = made["vectorBucketArn"]
    _marked(arn, props)
    return arn, {"VectorBucketArn": arn, "CreationTime": _time(made["creationTime"])}


def _bucket_delete(arn: str, _props: Record) -> None:
    _delete(BUCKET, "DeleteVectorBucket", {"vectorBucketArn": arn})


def _index_create(logical_id: str, props: Record, stack_name: str) -> _Made:
    with _told(INDEX):
        given = _named(props, "IndexName", stack_name, logical_id)
        members = _members("CreateIndex", given)
        _ask_key(members)
        made = _call("CreateIndex", members)
        found = _call("GetIndex", {"indexArn": made["indexArn"]})["index"]
    _marked(found["indexArn"], props)
    return found["indexArn"], {"IndexArn": found["indexArn"], "CreationTime": _time(found["creationTime"])}


def _index_delete(arn: str, _props: Record) -> None:
    _delete(INDEX, "DeleteIndex", {"indexArn": arn})


def _policy_create(_logical_id: str, props: Record, _stack_name: str) -> _Made:
    named = {key: props[key] for key in ("VectorBucketName", "VectorBucketArn") if props.get(key)}
    document = props["Policy"]
    with _told(POLICY):
        members = _lowered(named)
        text = document if isinstance(document, str) else json.dumps(document)
        _call("PutVectorBucketPolicy", {**members, "policy": text})
        arn = _call("GetVectorBucket", members)["vectorBucket"]["vectorBucketArn"]
    return arn, {"VectorBucketArn": arn}


def _policy_update(_arn: str, _old: Record, new: Record, stack_name: str) -> _Made:
    return _policy_create("", new, stack_name)


def _policy_delete(arn: str, _props: Record) -> None:
    _delete(POLICY, "DeleteVectorBucketPolicy", {"vectorBucketArn": arn})


def _delete(kind: str, operation: str, members: Record) -> None:
    from local.services.s3vectors.errors import NotFound

    with _told(kind):
        try:
            _call(operation, members)
        except NotFound:
            return  # it is gone, as it was to be


def _retagged(kind: str) -> Callable[[str, Record, Record, str], _Made]:
    """In place there is nothing but tags to change."""

    def update(arn: str, _old: Record, new: Record, _stack_name: str) -> _Made:
        wanted = _members("TagResource", {"Tags": new.get("Tags")}).get("tags", {})
        with _told(kind):
            present = _call("ListTagsForResource", {"resourceArn": arn})["tags"]
            _call("UntagResource", {"resourceArn": arn, "tagKeys": [key for key in present if key not in wanted]})
            _call("TagResource", {"resourceArn": arn, "tags": wanted})
            _marked(arn, new)
            if kind == INDEX:
                found = _call("GetIndex", {"indexArn": arn})["index"]
                return arn, {"IndexArn": arn, "CreationTime": _time(found["creationTime"])}
            found = _call("GetVectorBucket", {"vectorBucketArn": arn})["vectorBucket"]
            return arn, {"VectorBucketArn": arn, "CreationTime": _time(found["creationTime"])}

    return update


TYPES: dict[str, dict[str, Json]] = {
    BUCKET: {"create": _bucket_create, "update": _retagged(BUCKET), "delete": _bucket_delete},
    INDEX: {"create": _index_create, "update": _retagged(INDEX), "delete": _index_delete},
    POLICY: {"create": _policy_create, "update": _policy_update, "delete": _policy_delete},
}
_TABLES: Mapping[str, Mapping[str, Any]] = {
    "_RESOURCE_HANDLERS": TYPES,
    "_REPLACING_PROPERTIES": REPLACING,
    "_CUSTOM_NAME_REPLACEMENT": {
        BUCKET: {"name": "VectorBucketName"},
        INDEX: {"name": ("IndexName", "VectorBucketName")},
    },
    "_STACK_TAG_PROPERTY": {BUCKET: ("Tags", "list"), INDEX: ("Tags", "list")},
}


def _extended(more: Mapping[str, Any]) -> Callable[[dict[str, Json]], dict[str, Json]]:
    def extend(table: dict[str, Json]) -> dict[str, Json]:
        for kind, entry in more.items():
            if kind in table:
                raise _seams.SeamMovedError(f"MiniStack now knows {kind}: take it out of {__name__}.")
            table[kind] = entry
        return table

    return extend


def install() -> None:
    """Close the gap in this process."""
    for name, more in _TABLES.items():
        _seams.replace(f"services.cloudformation.provisioners.{name}", _extended(more))
