"""Kinesis and Firehose: what a stream may be.

AWS: the lengths, patterns and ranges of the model (botocore: CreateStream, CreateDeliveryStream), as
ValidationException; a stream on demand has no number of shards, another has one; records are kept for 24 to 8,760
hours (API reference, CreateStream, IncreaseStreamRetentionPeriod).
A record's hash key is a number; so is a sequence number, without zeros before it (GetShardIterator).
MiniStack: breaks down over a hash key that is none, takes any name and mode, and through a template any number; its
sequence numbers begin with zeros, so that no client can ask for a record by the number that it has.
"""

from __future__ import annotations

from collections.abc import Callable

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.kinesis._next_sequence_number": "()",
    "services.kinesis.handle_request": "(method, path, headers, body, query_params)",
    "services.firehose.handle_request": "(method, path, headers, body, query_params)",
}

HOURS = (24, 8760)

_create = _doors.by_model("kinesis", "CreateStream")
_record = _doors.by_model("kinesis", "PutRecord")
_deliver = _doors.by_model("firehose", "CreateDeliveryStream")


def _mode(data: Record) -> None:
    demand = (data.get("StreamModeDetails") or {}).get("StreamMode") == "ON_DEMAND"
    if demand and data.get("ShardCount") is not None:
        raise RefusedError("ValidationException", "ShardCount must not be specified for a stream in ON_DEMAND mode.")
    if not demand and data.get("ShardCount") is None:
        raise RefusedError("ValidationException", "ShardCount must be specified for a stream in PROVISIONED mode.")


def _template(properties: Record) -> None:
    _create({**properties, "StreamName": properties.get("Name")})
    hours = properties.get("RetentionPeriodHours")
    if hours is not None and not HOURS[0] <= int(hours) <= HOURS[1]:
        raise RefusedError("InvalidArgumentException", f"RetentionPeriodHours must be from {HOURS[0]} to {HOURS[1]}.")
    _mode(properties)


def _keys(record: Record) -> None:
    """The keys of a record. Its data is long and has no form."""
    _record({name: record.get(name) for name in ("PartitionKey", "ExplicitHashKey")})


def _numbers(following: Callable[[], str]) -> Callable[[], str]:
    """All of one length, since MiniStack compares them as texts; they begin as AWS's do."""
    return lambda: f"49{following()}"


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.kinesis._next_sequence_number", _numbers)
    checks = {"CreateStream": _doors.both(_create, _mode), "PutRecord": _keys}
    _seams.replace("services.kinesis.handle_request", _doors.at_json_service(checks))
    _seams.replace("services.firehose.handle_request", _doors.at_json_service({"CreateDeliveryStream": _deliver}))
    templates = {"AWS::Kinesis::Stream": _template, "AWS::KinesisFirehose::DeliveryStream": _deliver}
    _seams.replace(_doors.HANDLERS, _doors.in_templates(templates))
