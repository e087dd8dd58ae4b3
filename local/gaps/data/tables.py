"""DynamoDB: what a table may be.

AWS: the lengths, patterns and enums of the model (botocore: CreateTable); one HASH key, then perhaps a RANGE key;
every key is defined and every definition is a key; a stream says what it holds. ValidationException (API reference,
CreateTable).
MiniStack: asks all that but streams and encryption, through the API alone.
"""

from __future__ import annotations

import re

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.dynamodb.handle_request": "(method, path, headers, body, query_params)",
}

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_by_model = _doors.by_model("dynamodb", "CreateTable")


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationException", f"One or more parameter values were invalid: {message}")


def _stream(data: Record) -> None:
    stream = data.get("StreamSpecification")
    if isinstance(stream, dict) and stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        raise _invalid("StreamViewType must be specified when StreamEnabled is true")


def _keys(schema: list[Json]) -> list[str]:
    kinds = [key.get("KeyType") for key in schema]
    if kinds not in (["HASH"], ["HASH", "RANGE"]):
        raise _invalid("Invalid KeySchema: a HASH key, and after it at most one RANGE key")
    names = [str(key.get("AttributeName")) for key in schema]
    if len(set(names)) < len(names):
        raise _invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    return names


def _schema(properties: Record) -> None:
    """What the API asks itself, for a template."""
    used: set[str] = set(_keys(properties.get("KeySchema") or []))
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        indexes = properties.get(kind) or []
        names = [index.get("IndexName") for index in indexes]
        if len(set(names)) < len(names):
            raise _invalid(f"Duplicate index name in {kind}")
        for index in indexes:
            used |= set(_keys(index.get("KeySchema") or []))
    defined = [str(one.get("AttributeName")) for one in properties.get("AttributeDefinitions") or []]
    missing, spare = sorted(used - set(defined)), sorted(set(defined) - used)
    if missing:
        raise _invalid(
            f"Some index key attributes are not defined in AttributeDefinitions. Keys: [{', '.join(sorted(used))}], "
            f"AttributeDefinitions: [{', '.join(defined)}]"
        )
    if spare:
        raise _invalid(
            "Some AttributeDefinitions are not used. AttributeDefinitions: "
            f"[{', '.join(defined)}], keys used: [{', '.join(sorted(used))}]"
        )


def _name(properties: Record) -> None:
    """The model's pattern is that of a name or an ARN, so it lets shorter ones pass."""
    name = properties.get("TableName")
    if name is not None and not _NAME.fullmatch(str(name)):
        raise _invalid(
            "TableName must be at least 3 characters long and at most 255, out of a-z, A-Z, 0-9, '_', '-', '.'"
        )


def _throughput(properties: Record) -> None:
    demand = properties.get("BillingMode") == "PAY_PER_REQUEST"
    if demand and properties.get("ProvisionedThroughput"):
        raise _invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not demand and not properties.get("ProvisionedThroughput"):
        raise _invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )


_call = _doors.both(_by_model, _stream)
_template = _doors.both(_by_model, _name, _schema, _throughput)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.dynamodb.handle_request", _doors.at_json_service({"CreateTable": _call}))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::DynamoDB::Table": _template}))
