"""What a message of the index's queues asks for: that a document, or what an access file rules over, be looked at.

Events of ``documents`` and of S3 come as EventBridge delivers them; our own messages are ``{schema, document, ...}`` or
``{schema, access, ...}``. A message says where to look, never what is there: that is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from common.errors import PermanentError
from knowledge.model import SCHEMA

DOCUMENT_EVENTS: Final = frozenset({"DocumentSummarized", "DocumentRejected", "DocumentDeleted"})
OBJECT_EVENTS: Final = frozenset({"Object Created", "Object Deleted"})


class NotAMessage(PermanentError):
    """A message on a queue of the index is of no form that is known."""


@dataclass(frozen=True, slots=True)
class Message:
    """``document`` or ``access``: a key of the inbox; the other one is empty. ``since``: when what it tells of
    happened, in seconds of the epoch; 0 where it tells of nothing new. ``handed``: how often it was sent again.
    ``after``: of an access file, the last pointer for which a message was sent. ``check``: the vectors themselves are
    looked at, too. ``unpaid``: how often in a row it was sent again because nothing could be bought."""

    document: str = ""
    access: str = ""
    since: float = 0.0
    handed: int = 0
    after: str = ""
    check: bool = False
    unpaid: int = 0

    def body(self) -> str:
        return json.dumps({"schema": SCHEMA, **asdict(self)}, ensure_ascii=False)


def read(body: str) -> Message:
    """Raises NotAMessage."""
    try:
        found = json.loads(body)
        return _event(found) if "detail-type" in found else _ours(found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAMessage(
            f"A message of the index is neither an event nor {{schema, document}} or {{schema, access}} "
            f"({type(error).__name__}): send what operate index sends."
        ) from error


def _event(found: Mapping[str, Any]) -> Message:
    kind, detail = found["detail-type"], found["detail"]
    since = datetime.fromisoformat(found["time"].replace("Z", "+00:00")).timestamp()
    if kind in DOCUMENT_EVENTS:
        _, _, key = detail["source"].removeprefix("s3://").partition("/")
        return _checked(Message(document=key, since=since))
    if kind in OBJECT_EVENTS:
        return _checked(Message(access=detail["object"]["key"], since=since))
    raise ValueError(kind)


def _ours(found: Mapping[str, Any]) -> Message:
    if found["schema"] != SCHEMA:
        raise ValueError(found["schema"])
    said = {name: value for name, value in found.items() if name != "schema"}
    message = Message(**said)
    kinds = {name: type(getattr(Message(), name)) for name in said}
    for name, kind in kinds.items():
        if not isinstance(said[name], (int, float) if kind is float else kind):
            raise TypeError(name)
    return _checked(message)


def _checked(message: Message) -> Message:
    if bool(message.document) == bool(message.access):
        raise ValueError("a document or an access file")
    return message
