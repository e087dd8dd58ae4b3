"""What the pipeline documents leaves of a document, for tests of the index."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any

KEY = "cases/7/letter.pdf"


def about(key: str = KEY, etag: str = "e1", sequencer: str = "01", **more: Any) -> dict[str, Any]:
    return {
        "bucket": "inbox",
        "key": key,
        "etag": etag,
        "version_id": None,
        "sequencer": sequencer,
        "pages": 1,
        "media_type": "text/plain",
        "route": "text",
        **more,
    }


def summary(document: dict[str, Any], **more: Any) -> bytes:
    outputs = {"searchable": None, "redacted": None, "boxes": "boxes/x", "text": f"text/{document['key']}.json.gz"}
    said = {
        "schema": 1,
        "document": document,
        "type": {"name": "letter", "confidence": 1, "by": "rules"},
        "fields": [],
        "parts": [],
        "outputs": outputs,
    }
    return json.dumps({**said, **more}).encode()


def text(document: dict[str, Any], *pages: Sequence[str]) -> bytes:
    """``pages``: their lines."""
    found, first = [], 0
    for page, lines in enumerate(pages, 1):
        found.append({"page": page, "first": first, "lines": list(lines)})
        first += len(lines)
    return gzip.compress(json.dumps({"schema": 1, "document": document, "pages": found}).encode(), mtime=0)


def access(*groups: str, **more: Any) -> bytes:
    return json.dumps({"schema": 1, "users": [], "groups": list(groups), "everyone": False, **more}).encode()
