"""All that is made of a version, in the order that makes the summary its commit: what it names is there before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from common.objects import Bucket
from common.observability import measure
from documents import keys, steps
from documents.model import Inspection, Source
from documents.outputs import copies, csv_tables, deletions, kept, rejections, summary_document, versioned_writes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Copies that are made beside the summary."""

    searchable: bool
    redacted: bool


def write(bucket: Bucket, source: Source, state: Mapping[str, Any], wanted: Wanted) -> dict[str, Any] | None:
    """The summary that was committed, or None where a newer version is there or this one was deleted.

    ``state`` is that of the machine: ``work``, ``inspection``, ``answer``. Raises DocumentGone, WorkGone,
    ConcurrentUpdate (try again).
    """
    if versioned_writes.is_older(source, bucket.head(keys.summary(source.key))) or deletions.covers(bucket, source):
        return None
    work, inspection = state["work"], Inspection(**state["inspection"])
    extraction = steps.extraction(work)
    if not csv_tables.put(bucket, source, extraction.tables):
        return None
    parts = state.get("answer", {}).get("parts", 0)
    with TemporaryDirectory() as folder:
        read = copies.ReadDocument(source, work, parts, inspection, extraction, Path(folder))
        outputs = _beside(bucket, read, wanted)
    if outputs is None:
        return None
    document = summary_document.build(
        source, inspection, extraction, steps.enrichment(work), steps.summary(work), outputs
    )
    if not versioned_writes.put(bucket, keys.summary(source.key), versioned_writes.encode(document), source):
        return None
    versioned_writes.forget(bucket, rejections.key(source), source)
    return document


def _beside(bucket: Bucket, read: copies.ReadDocument, wanted: Wanted) -> dict[str, str | None] | None:
    """Copies, places and text; their keys, or None where a newer version's are there."""
    copied = copies.put(bucket, read, searchable=wanted.searchable, redacted=wanted.redacted)
    if copied is None:
        return None
    made = kept.put(bucket, read.source, read.inspection, read.extraction, read.layout, read.folder)
    for name, number in kept.unplaced(read.extraction, read.layout).items():
        measure(f"Unplaced{name.capitalize()}", "Count", number)
    return None if made is None else {**made, **copied}
