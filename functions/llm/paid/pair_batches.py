"""At most 25 pairs as one JSON document: what a pointer to S3 carries from the reader to ``evaluate_pairs``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime

from common.errors import PermanentError
from llm.model import Pair

SCHEMA = 1
MOST_PAIRS = 25
"""BatchDetectSentiment takes 25 documents."""


class NotABatch(PermanentError):
    """An object that should hold pairs holds something else."""


def dump(pairs: Sequence[Pair]) -> bytes:
    """Canonical JSON; the same pairs give the same bytes."""
    if len(pairs) > MOST_PAIRS:
        raise NotABatch(f"A batch holds at most {MOST_PAIRS} pairs, not {len(pairs)}; cut it with batches().")
    rows = [{**asdict(pair), "timestamp": pair.timestamp.astimezone(UTC).isoformat()} for pair in pairs]
    return json.dumps({"schema": SCHEMA, "pairs": rows}, sort_keys=True, separators=(",", ":")).encode()


def load(body: bytes) -> list[Pair]:
    """What ``dump`` wrote; members of a newer version are left out. Raises NotABatch for anything else."""
    try:
        document = json.loads(body)
        if document["schema"] != SCHEMA:
            raise NotABatch(f"The pairs have schema {document['schema']!r}; this version reads {SCHEMA}.")
        return [_pair(row) for row in document["pairs"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotABatch(f"This object holds no pairs ({type(error).__name__}); it should not lie there.") from None


_NAMES = frozenset(field.name for field in fields(Pair))


def _pair(row: dict[str, object]) -> Pair:
    values = {name: value for name, value in row.items() if name in _NAMES}
    values["timestamp"] = datetime.fromisoformat(str(row["timestamp"]))
    return Pair(**values)  # type: ignore[arg-type]


def batches(pairs: Sequence[Pair], size: int = MOST_PAIRS) -> Iterator[Sequence[Pair]]:
    """Pairs in groups of at most ``size``."""
    for at in range(0, len(pairs), size):
        yield pairs[at : at + size]
