"""S3: events about an object's tags.

AWS: PutObjectTagging is told as ``s3:ObjectTagging:Put`` and DeleteObjectTagging as ``s3:ObjectTagging:Delete`` (user
guide, "Supported event types"), on EventBridge as "Object Tags Added" and "Object Tags Deleted", whose ``detail`` has
the object's key, etag and version, and neither ``reason`` nor size nor ``sequencer`` (user guide, "Using EventBridge",
event message structure). Tags that come with an upload are no event of their own.
MiniStack: stores the tags and tells nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.s3._put_object_tagging": "(bucket_name, key, body, query_params=None)",
    "services.s3._delete_object_tagging": "(bucket_name, key, query_params=None)",
    "services.s3._s3_event_to_eventbridge": "(event_name)",
    "services.s3._fire_s3_event_async": (
        "(bucket_name, key, event_name, size=0, etag='', deletion_type=None, version_id=None, object_extra=None, "
        "record_extra=None)"
    ),
    "services.s3._ensure_bucket": "(name)",
    "services.s3._object_versions": "AccountScopedDict",
    "services.eventbridge._dispatch_event": "(event, view=None)",
}
KINDS = {"s3:ObjectTagging:Put": "Object Tags Added", "s3:ObjectTagging:Delete": "Object Tags Deleted"}


def _telling(name: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    def wrap(change: Callable[..., Answer]) -> Callable[..., Answer]:
        def change_tags(bucket_name: str, key: str, *rest: Any) -> Answer:
            answer = change(bucket_name, key, *rest)
            if answer[0] < 300:
                _tell(name, bucket_name, key, answer[1].get("x-amz-version-id"))
            return answer

        return change_tags

    return wrap


def _tell(name: str, bucket_name: str, key: str, version: str | None) -> None:
    kept = s3._object_versions.get((bucket_name, key), [])
    current = s3._ensure_bucket(bucket_name)["objects"][key]
    found = next((each for each in kept if each["version_id"] == version), current)
    s3._fire_s3_event_async(bucket_name, key, name, etag=found["etag"], version_id=version)


def _naming(name: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda event_name: (KINDS[event_name], None) if event_name in KINDS else name(event_name)


def _dispatching(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch_event(event: Record, view: Json = None) -> Any:
        if event.get("Source") != "aws.s3" or event.get("DetailType") not in KINDS.values():
            return dispatch(event, view)
        detail = json.loads(event["Detail"])
        about = {name: value for name, value in detail["object"].items() if name not in ("size", "sequencer")}
        return dispatch({**event, "Detail": json.dumps({**detail, "object": about})})

    return dispatch_event


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._put_object_tagging", _telling("s3:ObjectTagging:Put"))
    _seams.replace("services.s3._delete_object_tagging", _telling("s3:ObjectTagging:Delete"))
    _seams.replace("services.s3._s3_event_to_eventbridge", _naming)
    _seams.replace("services.eventbridge._dispatch_event", _dispatching)
