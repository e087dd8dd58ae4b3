"""``pointers/<name>.json``: which version of a model serves. Moved last, and only from where it was seen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final, get_args

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from training.errors import ModelUnusable
from training.model import SCHEMA, DeployKind, Json, Pointer

_KINDS: Final = get_args(DeployKind)


def key(name: str) -> str:
    return f"pointers/{name}.json"


def read(bucket: Bucket, name: str) -> Pointer | None:
    """The pointer as it is now; None where no version of the model was ever deployed.

    Raises ModelUnusable for what somebody else wrote there, StorageUnavailable.
    """
    stored = bucket.get(key(name))
    return None if stored is None else _read(stored.body, stored.etag, name)


def move(bucket: Bucket, before: Pointer | None, after: Pointer) -> Pointer:
    """Moves it from ``before``, as ``read`` gave it, to ``after``; with its new etag.

    Raises ConcurrentUpdate where it was moved meanwhile: look again before anything else, StorageUnavailable.
    """
    etag = bucket.put(key(after.name), encode(_json(after)), if_match=before.etag if before else ABSENT)
    if etag is None:
        raise ConcurrentUpdate(f"Another deployment moved the pointer of {after.name}.")
    return replace(after, etag=etag)


def _json(pointer: Pointer) -> Json:
    return {
        "schema": SCHEMA,
        "name": pointer.name,
        "version": pointer.version,
        "kind": pointer.kind,
        "endpoint": pointer.endpoint,
        "previous": pointer.previous,
        "moved_at": pointer.moved_at,
        "order": pointer.order,
    }


def _read(body: bytes, etag: str, name: str) -> Pointer:
    try:
        document = json.loads(body)
        found = {member: document[member] for member in ("name", "version", "kind", "endpoint", "previous", "moved_at")}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelUnusable(f"{key(name)} is no pointer; deploy a version of {name} again.") from error
    texts = [found["endpoint"], found["moved_at"]] + [found[each] for each in ("version", "previous") if found[each]]
    if found["name"] != name or found["kind"] not in _KINDS or not all(isinstance(text, str) for text in texts):
        raise ModelUnusable(f"{key(name)} is the pointer of another model, or none; deploy a version of {name} again.")
    return Pointer(**found, etag=etag, order=str(document.get("order", "")))
