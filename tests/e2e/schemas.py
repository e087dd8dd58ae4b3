"""The application's public schemas (events/schemas), for checking what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

_FOLDER = Path(__file__).parents[2] / "events" / "schemas"


def check(document: Any, name: str) -> None:
    """Raises ValidationError where ``document`` is not what ``events/schemas/.../<name>.json`` says."""
    (path,) = _FOLDER.rglob(f"{name}.json")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
