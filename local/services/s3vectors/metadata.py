"""What may be written beside a vector.

S3 user guide, "Limitations and restrictions" and "Metadata filtering": texts, numbers, booleans and lists of them; 50
keys; 40 KB altogether, of which 2 KB may be filtered by. The words of the two limits are AWS's (reports of
ValidationException by users of langchain-aws and llama_index); sizes are bytes of compact JSON in UTF-8, which is not
documented.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from local.services.s3vectors.errors import Invalid

MOST_KEYS: Final = 50
MOST_BYTES: Final = 40_960
MOST_FILTERABLE: Final = 2_048
LONGEST_KEY: Final = 63
"""Of a metadata key: the model has it for those that are not filterable."""


def check(key: str, found: Any, hidden: frozenset[str]) -> None:
    """``found``: the metadata of the vector ``key``; ``hidden``: the index's keys that are not filterable.

    Raises Invalid.
    """
    if not isinstance(found, dict):
        raise refused(key, "Metadata must be a JSON object")
    if len(found) > MOST_KEYS:
        raise refused(key, f"Metadata object must have at most {MOST_KEYS} keys")
    for name, value in found.items():
        _check_name(key, name)
        _check_value(key, name, value)
    if size(found) > MOST_BYTES:
        raise refused(key, f"Metadata must have at most {MOST_BYTES} bytes")
    if size({name: value for name, value in found.items() if name not in hidden}) > MOST_FILTERABLE:
        raise refused(key, f"Filterable metadata must have at most {MOST_FILTERABLE} bytes")


def size(found: Mapping[str, Any]) -> int:
    """Bytes of metadata; nothing is nothing."""
    return len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()) if found else 0


def refused(key: str, why: str) -> Invalid:
    """A vector that is not taken; with it none of its request is."""
    message = f"Invalid record for key '{key}': {why}"
    return Invalid(message, [("/vectors", message)])


def is_single(value: Any) -> bool:
    """Whether it is a text, a boolean or a finite number."""
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _check_name(key: str, name: str) -> None:
    if not 1 <= len(name) <= LONGEST_KEY:
        raise refused(key, f"Metadata key must have 1 to {LONGEST_KEY} characters")
    if name.startswith("$"):
        raise refused(key, f"Metadata key '{name}' must not start with $")


def _check_value(key: str, name: str, value: Any) -> None:
    members: Iterable[Any] = value if isinstance(value, list) else [value]
    if value == [] or not all(is_single(one) for one in members):
        raise refused(key, f"Metadata value of '{name}' must be a string, number, boolean or non-empty list of them")
