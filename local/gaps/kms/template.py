"""CloudFormation: the key of a table, a stream and a topic.

AWS: applies SSESpecification of AWS::DynamoDB::Table, StreamEncryption of AWS::Kinesis::Stream and KmsMasterKeyId of
AWS::SNS::Topic, also when they change (template reference of each).
MiniStack: drops them, so a test that reads them back sees none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ministack.services import dynamodb, kinesis, sns

from local.gaps import _doors, _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.dynamodb._sse_description_from_spec": "(spec)",
    "services.dynamodb._tables": "AccountRegionScopedDict",
    "services.kinesis._streams": "AccountRegionScopedDict",
    "services.sns._topic_by_arn_any_scope": "(topic_arn)",
}


def _table(name: str, properties: Record) -> None:
    specification = properties.get("SSESpecification") or {}
    # A template says SSEEnabled where the call says Enabled.
    request = {**specification, "Enabled": str(specification.get("SSEEnabled", False)).lower() == "true"}
    table = dynamodb._tables.get(name)
    if table is not None:
        table["SSEDescription"] = dynamodb._sse_description_from_spec(request) if request["Enabled"] else None


def _stream(name: str, properties: Record) -> None:
    encryption = properties.get("StreamEncryption")
    stream = kinesis._streams.get(name)
    if stream is None:
        return
    stream["EncryptionType"] = encryption["EncryptionType"] if encryption else "NONE"
    if encryption:
        stream["KeyId"] = encryption["KeyId"]
    else:
        stream.pop("KeyId", None)


def _topic(arn: str, properties: Record) -> None:
    topic = sns._topic_by_arn_any_scope(arn)
    if topic is not None:
        topic["attributes"]["KmsMasterKeyId"] = str(properties.get("KmsMasterKeyId") or "")


_KINDS: dict[str, Callable[[str, Record], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Kinesis::Stream": _stream,
    "AWS::SNS::Topic": _topic,
}


def _creating(create: Callable[..., Json], apply: Callable[[str, Record], None]) -> Callable[..., Json]:
    @wraps(create)
    def applied(logical_id: str, properties: Record, *rest: Json) -> Json:
        made = create(logical_id, properties, *rest)
        apply(made[0], properties)
        return made

    return applied


def _updating(update: Callable[..., Json], apply: Callable[[str, Record], None]) -> Callable[..., Json]:
    @wraps(update)
    def applied(physical_id: str, old: Record, new: Record, *rest: Json, **named: Json) -> Json:
        made = update(physical_id, old, new, *rest, **named)
        apply(made[0], new)
        return made

    return applied


def _applying(handlers: dict[str, Json]) -> dict[str, Json]:
    for kind, apply in _KINDS.items():
        handler = handlers[kind]
        handler["create"] = _creating(handler["create"], apply)
        handler["update"] = _updating(handler["update"], apply)
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace(_doors.HANDLERS, _applying)
