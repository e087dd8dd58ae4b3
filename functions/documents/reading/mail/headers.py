"""Header fields as a reader sees them: MIME words decoded, other bytes in the encoding that fits, on one line."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.policy import EmailPolicy
from typing import Any, Final

from documents.files import charsets

MOST_LETTERS: Final = 20_000
"""Of one field. The parser of addresses takes time by their square; what is longer is cut, and that is told."""

_HALVES = re.compile("[\udc80-\udcff]")


class Policy(EmailPolicy):
    """Reads fields within bounds; ``cut`` counts those that were longer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        object.__setattr__(self, "cut", [0])

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, Any]:
        name, value = super().header_source_parse(sourcelines)
        if len(value) > MOST_LETTERS:
            self.cut[0] += 1  # type: ignore[attr-defined]
            value = value[:MOST_LETTERS]
        return name, plain(value)


def plain(value: str) -> str:
    """Bytes that stand in a header as they are, which no standard allows and many senders write."""
    if not _HALVES.search(value):
        return value
    return charsets.decode(value.encode("utf-8", "surrogateescape")).text


def text(message: Any, name: str, most: int = 1_000) -> list[str]:
    """Each value of a field on one line; a field that cannot be parsed as it is written."""
    found = [value for field, value in message.raw_items() if field.lower() == name.lower()][:most]
    return [" ".join(charsets_free(_parsed(message, name, value)).split()) for value in found]


def _parsed(message: Any, name: str, value: Any) -> str:
    try:
        return str(message.policy.header_fetch_parse(name, value))
    except (MessageError, LookupError, ValueError, IndexError, AttributeError, TypeError, RecursionError):
        # The parser of structured fields fails in many ways on what no mail program would write.
        return str(value)


def charsets_free(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")
