"""Tags of everything that has an ARN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from local.services.sagemaker import store
from local.services.sagemaker.errors import Invalid
from local.services.sagemaker.store import LOCK, Place, Record, Thing

MOST: Final = 50


def _found(members: Mapping[str, Any]) -> Thing:
    thing = store.by_arn(members["ResourceArn"])
    if thing is None:
        raise Invalid(f"Could not find resource {members['ResourceArn']}")
    return thing


def _told(thing: Thing) -> Record:
    return {"Tags": [{"Key": key, "Value": value} for key, value in thing.tags.items()]}


def add(members: Mapping[str, Any], _place: Place) -> Record:
    """AddTags."""
    thing = _found(members)
    with LOCK:
        merged = {**thing.tags, **store.tags_of(members)}
        if len(merged) > MOST:
            raise Invalid(f"A resource has at most {MOST} tags")
        thing.tags.update(merged)
    return _told(thing)


def listed(members: Mapping[str, Any], _place: Place) -> Record:
    """ListTags; 50 tags are one page."""
    return _told(_found(members))


def delete(members: Mapping[str, Any], _place: Place) -> Record:
    """DeleteTags; a key that is not there is no fault."""
    thing = _found(members)
    with LOCK:
        for key in members["TagKeys"]:
            thing.tags.pop(key, None)
    return {}
