"""S3: events on EventBridge name the object's version.

AWS: ``detail.object`` of "Object Created" has a ``version-id`` where the bucket keeps versions (S3 user guide, "Using
EventBridge", event message structure).
MiniStack: knows the version and leaves it out of what it sends to EventBridge, so that its receiver could not ask for
that version.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.s3._fire_s3_event": (
        "(bucket_name, key, event_name, size=0, etag='', deletion_type=None, restore_event_data=None, "
        "version_id=None, sequencer=None, object_extra=None, record_extra=None)"
    ),
    "services.eventbridge._dispatch_event": "(event, view=None)",
}

_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("s3_event_version", default=None)


def _firing(fire: Callable[..., None]) -> Callable[..., None]:
    def fire_s3_event(*arguments: Any, **named: Any) -> None:
        token = _version.set(named.get("version_id"))
        try:
            fire(*arguments, **named)
        finally:
            _version.reset(token)

    return fire_s3_event


def with_version(event: Record, version: str) -> Record:
    """The event with its object's version, where an object stands in it."""
    detail = json.loads(event["Detail"])
    if "object" not in detail:
        return event
    detail["object"] = {**detail["object"], "version-id": version}
    return {**event, "Detail": json.dumps(detail)}


def _dispatching(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch_event(event: Record, view: Json = None) -> Any:
        version = _version.get()
        if version and event.get("Source") == "aws.s3":
            # MiniStack makes the view that patterns are matched against from the event, where it is not given.
            return dispatch(with_version(event, version))
        return dispatch(event, view)

    return dispatch_event


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._fire_s3_event", _firing)
    _seams.replace("services.eventbridge._dispatch_event", _dispatching)
