"""What a sync keeps in the knowledge bucket.

``connectors/repository/manifest.jsonl.gz`` is the cursor: what was brought, written last. ``open.jsonl.gz`` beside it
names what a sync is about to touch, from before its first change until after the manifest: of a sync that died nobody
knows how far it came, so the next one takes nothing of that for certain. ``report.json``: of the last sync that ended.
Below ``steps/<id>/``, for a week: the listing, portions of entries by phase, and what became of each portion.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from common import executions
from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from knowledge.connectors.comparing import Phase
from knowledge.connectors.groups import Groups
from knowledge.connectors.listing import Entry
from knowledge.errors import WorkGone
from knowledge.model import SCHEMA

FOLDER: Final = "connectors/repository"
MANIFEST, OPEN, REPORT = f"{FOLDER}/manifest.jsonl.gz", f"{FOLDER}/open.jsonl.gz", f"{FOLDER}/report.json"
PORTION: Final = 500
"""Entries per call: with S3's own copies, a part of the five minutes of a function."""

Head = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """``etag``: ABSENT where there is none yet. ``run``: the sync that wrote it; ``grouped``: it had a groups.json."""

    entries: dict[str, Entry]
    etag: str = ABSENT
    run: str = ""
    grouped: bool = False


def run(execution: str) -> str:
    """The id of a sync's own folder."""
    return executions.digest(execution.encode())


def manifest(bucket: Bucket) -> Manifest:
    """What the last sync left. Raises WorkGone where it is another schema's."""
    found = _lines(bucket, MANIFEST)
    if found is None:
        return Manifest({})
    head, entries, etag = found
    return Manifest(entries, etag, head["run"], head["grouped"])


def opened(bucket: Bucket) -> dict[str, Entry]:
    """What syncs that did not end were about to touch."""
    found = _lines(bucket, OPEN)
    return {} if found is None else found[1]


def before(known: Manifest, touched: Mapping[str, Entry]) -> dict[str, Entry]:
    """What is in the inbox; without a mark where nobody knows."""
    uncertain = {key: replace(known.entries.get(key, entry), mark="") for key, entry in touched.items()}
    return {**known.entries, **uncertain}


def begin(bucket: Bucket, run: str, listed: Iterable[Entry], phases: list[Phase], groups: Groups, head: Head) -> None:
    """Keeps all that the portions need, and says at last what will be touched. A repeat overwrites its own."""
    folder = f"steps/{run}"
    bucket.put(f"{folder}/groups.json", encode(groups.plain()))
    _write(bucket, f"{folder}/listing.jsonl.gz", listed, head)
    for number, phase in enumerate(phases):
        for portion, entries in enumerate(_portions(phase.entries)):
            _write(bucket, f"{folder}/{number}/{portion}.jsonl.gz", entries, {"do": phase.do})
    touched = opened(bucket) | {entry.key: entry for phase in phases for entry in phase.entries}
    if touched:
        _write(bucket, OPEN, touched.values(), {"run": run})


def portions(phase: Phase) -> int:
    return -(-len(phase.entries) // PORTION)


def portion(bucket: Bucket, run: str, phase: int, number: int) -> tuple[str, list[Entry]]:
    """What to do, and with what. Raises WorkGone."""
    head, entries = _there(bucket, f"steps/{run}/{phase}/{number}.jsonl.gz")
    return head["do"], list(entries.values())


def groups(bucket: Bucket, run: str) -> Groups:
    """The groups as the listing found them. Raises WorkGone."""
    from knowledge.connectors import groups as form

    stored = bucket.get(f"steps/{run}/groups.json")
    if stored is None:
        raise _lost(f"steps/{run}/groups.json")
    return form.parse(stored.body)


def listing(bucket: Bucket, run: str) -> tuple[Head, dict[str, Entry]]:
    """Raises WorkGone."""
    return _there(bucket, f"steps/{run}/listing.jsonl.gz")


def keep_outcome(bucket: Bucket, run: str, phase: int, number: int, outcome: Mapping[str, Any]) -> None:
    bucket.put(f"steps/{run}/{phase}/{number}.json", encode({**outcome, "schema": SCHEMA}))


def outcomes(bucket: Bucket, run: str, phase: int, count: int) -> Iterator[dict[str, Any]]:
    """Of every portion of a phase. Raises WorkGone."""
    for number in range(count):
        stored = bucket.get(f"steps/{run}/{phase}/{number}.json")
        if stored is None:
            raise _lost(f"steps/{run}/{phase}/{number}.json")
        yield stored.json()


def keep_report(bucket: Bucket, run: str, report: Mapping[str, Any], *, committed: bool) -> None:
    """``committed``: the cursor has been moved; then it is the repository's last report, too."""
    body = encode({**report, "committed": committed})
    if committed:
        bucket.put(REPORT, body)
    bucket.put(f"steps/{run}/report.json", body)


def report(bucket: Bucket, run: str) -> dict[str, Any] | None:
    stored = bucket.get(f"steps/{run}/report.json")
    return None if stored is None else dict(stored.json())


def commit(bucket: Bucket, run: str, entries: Iterable[Entry], grouped: bool, over: str) -> None:
    """Moves the cursor from the manifest that the listing was compared with. Raises ConcurrentUpdate."""
    if not _write(bucket, MANIFEST, entries, {"run": run, "grouped": grouped}, if_match=over):
        raise ConcurrentUpdate(f"{MANIFEST} was moved by another sync.")


def close(bucket: Bucket, run: str) -> None:
    """Nothing is uncertain any more, unless another sync has begun."""
    found = _lines(bucket, OPEN)
    if found is not None and found[0]["run"] == run:
        bucket.delete(OPEN, if_match=found[2])


def _portions(entries: list[Entry]) -> Iterator[list[Entry]]:
    return (entries[at : at + PORTION] for at in range(0, len(entries), PORTION))


def _write(bucket: Bucket, key: str, entries: Iterable[Entry], head: Head, if_match: str | None = None) -> bool:
    lines = [{"schema": SCHEMA, **head}, *(asdict(entry) for entry in entries)]
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    body = gzip.compress(text.encode(), compresslevel=5, mtime=0)
    return bucket.put(key, body, content_type="application/gzip", if_match=if_match) is not None


def _lines(bucket: Bucket, key: str) -> tuple[Head, dict[str, Entry], str] | None:
    stored = bucket.get(key)
    if stored is None:
        return None
    first, *rest = gzip.decompress(stored.body).decode().splitlines()
    head = json.loads(first)
    if head["schema"] != SCHEMA:
        raise WorkGone(f"{key} was written by another version of the code; deploy that one, or mend the file.")
    entries = [Entry(**json.loads(line)) for line in rest]
    return head, {entry.key: entry for entry in entries}, stored.etag


def _there(bucket: Bucket, key: str) -> tuple[Head, dict[str, Entry]]:
    found = _lines(bucket, key)
    if found is None:
        raise _lost(key)
    return found[0], found[1]


def _lost(key: str) -> WorkGone:
    return WorkGone(f"{key} is gone (it is kept for a week); start the sync again.")
