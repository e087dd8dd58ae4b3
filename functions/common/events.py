"""Events out, by EventBridge. Each may come twice; none is ever lost without an error."""

from __future__ import annotations

from typing import Any

from common import aws
from common.errors import ServiceUnavailable
from common.objects import encode


def put(bus: str, source: str, kind: str, detail: dict[str, Any]) -> None:
    """Puts one event. ``source`` is ``millrace.<pipeline>``, ``kind`` the detail type.

    Raises ServiceUnavailable also where EventBridge takes the request but not its entry, which it calls a success.
    Errors of a single entry are EventBridge's own troubles (API reference, PutEventsResultEntry); what is wrong with an
    entry is refused with the request.
    """
    entry = {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": encode(detail).decode()}
    with aws.patient("EventBridge"):
        answer = aws.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise ServiceUnavailable(f"EventBridge did not take {kind} ({answer['Entries'][0].get('ErrorCode')}).")
