"""Firehose: a stream has one destination, with roles that Firehose may assume.

AWS: CreateDeliveryStream takes exactly one destination (API reference), and each role that it names, for the source,
the destination, its backup and its conversion, must be there and trust firehose.amazonaws.com: "Firehose is unable to
assume role ... Please check the role provided.", InvalidArgumentException; UpdateDestination asks the same.
MiniStack: takes none and several, and roles that are not there.

Open: a bucket that is not there passes here; whether AWS looks for it is not written.
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


def _dispatched(handlers: Json) -> Json:
    """Requests are dispatched by this table, CloudFormation calls the module's names."""
    handlers.update(CreateDeliveryStream=fh._create_delivery_stream, UpdateDestination=fh._update_destination)
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.firehose._create_delivery_stream", _doors.at_call(_creating))
    _seams.replace("services.firehose._update_destination", _doors.at_call(_assumed))
    _seams.replace("services.firehose._HANDLERS", _dispatched)
