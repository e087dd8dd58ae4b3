"""``pointers/<name>.json``: which version of a model serves. Moved last, and only from where it was seen."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Final, get_args

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from training.errors import ModelUnusable
from training.model import SCHEMA, DeployKind, Json, Pointer

_KINDS: Final = get_args(DeployKind)
_MEMBERS: Final = tuple(field.name for field in fields(Pointer) if field.name != "etag")


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
    return {"schema": SCHEMA, **{name: getattr(pointer, name) for name in _MEMBERS}}


def _read(body: bytes, etag: str, name: str) -> Pointer:
    try:
        document = json.loads(body)
        pointer = Pointer(**{member: document[member] for member in _MEMBERS if member in document}, etag=etag)
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelUnusable(f"{key(name)} is no pointer; deploy a version of {name} again.") from error
    texts = [pointer.endpoint, pointer.moved_at, pointer.order, pointer.version or "", pointer.previous or ""]
    if pointer.name != name or pointer.kind not in _KINDS or not all(isinstance(text, str) for text in texts):
        raise ModelUnusable(f"{key(name)} is the pointer of another model, or none; deploy a version of {name} again.")
    return pointer
