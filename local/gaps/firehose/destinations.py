"""Firehose: a stream has one destination, with roles that Firehose may assume, and keeps its kind of partitions.

AWS: CreateDeliveryStream takes exactly one destination (API reference), and each role that it names, for the source,
the destination, its backup and its conversion, must be there and trust firehose.amazonaws.com: "Firehose is unable to
assume role ... Please check the role provided.", InvalidArgumentException; UpdateDestination asks the same.
Dynamic partitioning cannot be enabled on a stream that was made without it, nor disabled (developer guide, "Enable
dynamic partitioning").
MiniStack: takes none and several, roles that are not there, and each change of partitions.

Open: AWS's sentence about partitions; a bucket that is not there passes here; whether AWS looks for it is not written.
"""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region
from ministack.services import firehose as fh

from local.gaps import _authority, _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record
from local.gaps.iam.pass_role import roles

LEANS_ON = {
    **_authority.LEANS_ON,
    **_doors.LEANS_ON,
    "services.firehose._streams": "AccountRegionScopedDict",
    "services.firehose._create_delivery_stream": "(data)",
    "services.firehose._update_destination": "(data)",
    "services.firehose._HANDLERS": "dict",
}

SERVICE = "firehose.amazonaws.com"


def _assumed(data: Record) -> None:
    name = data.get("DeliveryStreamName")
    stream = f"arn:aws:firehose:{get_region()}:{get_account_id()}:deliverystream/{name}"
    for role in roles(data):
        if not _authority.trusts(role, SERVICE, stream):
            raise RefusedError(
                "InvalidArgumentException",
                f"Firehose is unable to assume role {role}. Please check the role provided.",
            )


def _creating(data: Record) -> None:
    given = [name for name in data if name.endswith("DestinationConfiguration")]
    if len(given) != 1:
        raise RefusedError(
            "InvalidArgumentException", f"Exactly one destination configuration is needed, there are {len(given)}."
        )
    _assumed(data)


def _partitions(config: Json) -> bool:
    section = (config or {}).get("DynamicPartitioningConfiguration") or {}
    return section.get("Enabled") in (True, "true")


def _kept(stream: Record | None, data: Record) -> None:
    """``data`` has a destination, as a whole or only what changes of it."""
    for name, given in data.items():
        named = name.startswith("ExtendedS3Destination") and "DynamicPartitioningConfiguration" in given
        whole = name == "ExtendedS3DestinationConfiguration"
        for dest in (stream or {}).get("destinations", []) if named or whole else []:
            if _partitions(given) != _partitions(dest["config"]):
                raise RefusedError(
                    "InvalidArgumentException",
                    "Dynamic partitioning cannot be enabled or disabled on a delivery stream that is there.",
                )


def _updating(data: Record) -> None:
    _assumed(data)
    _kept(fh._streams.get(data.get("DeliveryStreamName")), data)


def _in_templates(handlers: dict[str, Json]) -> dict[str, Json]:
    """CloudFormation writes the store itself; a stream that is replaced may have what it likes."""
    update = handlers[KIND]["update"]

    def checked(physical_id: str, old: Record, new: Record, *rest: Json, **named: Json) -> Json:
        if all(new.get(key) == old.get(key) for key in REPLACED):
            _doors.check_in_template(lambda props: _kept(fh._streams.get(physical_id), props), new)
        return update(physical_id, old, new, *rest, **named)

    handlers[KIND]["update"] = checked
    return handlers


KIND = "AWS::KinesisFirehose::DeliveryStream"
REPLACED = ("DeliveryStreamName", "DeliveryStreamType", "KinesisStreamSourceConfiguration", "MSKSourceConfiguration")


def _dispatched(handlers: Json) -> Json:
    """Requests are dispatched by this table, CloudFormation calls the module's names."""
    handlers.update(CreateDeliveryStream=fh._create_delivery_stream, UpdateDestination=fh._update_destination)
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.firehose._create_delivery_stream", _doors.at_call(_creating))
    _seams.replace("services.firehose._update_destination", _doors.at_call(_updating))
    _seams.replace(_doors.HANDLERS, _in_templates)
    _seams.replace("services.firehose._HANDLERS", _dispatched)
