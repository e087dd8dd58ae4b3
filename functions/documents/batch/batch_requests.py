"""What a batch is asked to do: a prefix of the inbox or a manifest in S3, ``skip_done`` and ``again``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from documents.errors import InvalidBatch

_MEMBERS = frozenset({"prefix", "manifest", "skip_done", "again"})
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", re.DOTALL)
_HOW = 'Start the machine with {"prefix": "folder/"} or {"manifest": "s3://bucket/key"}'


@dataclass(frozen=True, slots=True)
class Request:
    """Either ``prefix`` or ``manifest`` (bucket and key) is there.

    ``skip_done``: leave out documents whose summary is of what lies in the inbox now. ``again``: any text; the work is
    done once more for each new text (``documents.intake.claims``).
    """

    prefix: str | None = None
    manifest: tuple[str, str] | None = None
    skip_done: bool = False
    again: str = ""


def read(event: Any) -> Request:
    """Reads the machine's input. Raises InvalidBatch, also for members that are not known: they may be misspelt."""
    if not isinstance(event, Mapping):
        raise InvalidBatch(f"{_HOW}.")
    if unknown := sorted(set(event) - _MEMBERS):
        raise InvalidBatch(f"{_HOW}; nothing is known about {', '.join(unknown)}.")
    prefix, manifest = event.get("prefix"), event.get("manifest")
    skip_done, again = event.get("skip_done", False), event.get("again", "")
    if (prefix is None) == (manifest is None):
        raise InvalidBatch(f"{_HOW}, with one of the two and not both.")
    if not isinstance(skip_done, bool) or not isinstance(again, str):
        raise InvalidBatch(f"{_HOW}; skip_done is true or false, and again is a text.")
    if prefix is not None:
        if not isinstance(prefix, str):
            raise InvalidBatch(f'{_HOW}; a prefix is a text, and "" is the whole inbox.')
        return Request(prefix=prefix, skip_done=skip_done, again=again)
    place = _PLACE.fullmatch(manifest) if isinstance(manifest, str) else None
    if place is None:
        raise InvalidBatch(f"{_HOW}; a manifest is named by its bucket and key.")
    return Request(manifest=(place[1], place[2]), skip_done=skip_done, again=again)
