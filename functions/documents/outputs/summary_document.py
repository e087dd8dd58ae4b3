"""The summary document, as docs/events.md has it: what people read first stands first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from documents import keys
from documents.model import SCHEMA, Enrichment, Extraction, Inspection, Source, Summary

OUTPUTS = ("searchable", "redacted", "boxes", "text")


def build(
    source: Source,
    inspection: Inspection,
    extraction: Extraction,
    enrichment: Enrichment,
    summary: Summary,
    outputs: Mapping[str, str | None],
) -> dict[str, Any]:
    """``outputs``: keys of what lies beside the summary in its bucket, None for what was not made."""
    return {
        "summary": list(summary.sentences),
        "forms": [{"key": form.key, "value": form.value} for form in extraction.forms],
        "schema": SCHEMA,
        "document": about(source, inspection, extraction),
        "type": asdict(enrichment.type),
        "fields": [asdict(field) for field in enrichment.fields],
        "flags": [asdict(flag) for flag in (*enrichment.flags, *summary.flags)],
        "tables": [
            {
                "page": table.page,
                "rows": len(table.rows),
                "columns": len(table.rows[0]) if table.rows else 0,
                "csv": keys.table(source.key, number),
            }
            for number, table in enumerate(extraction.tables, 1)
        ],
        "queries": [asdict(query) for query in extraction.queries],
        "signatures": [asdict(signature) for signature in extraction.signatures],
        "entities": [asdict(entity) for entity in enrichment.entities],
        "parts": [{"type": part.type, "pages": [part.first, part.last], "key": part.key} for part in extraction.parts],
        "outputs": {name: outputs.get(name) for name in OUTPUTS},
        "model": asdict(summary.model),
    }


def event(bucket: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """DocumentSummarized: where everything is, and codes and counts, but nothing that the document says."""
    about = document["document"]
    codes = [flag["code"] for flag in document["flags"]]
    return {
        "schema": SCHEMA,
        "source": f"s3://{about['bucket']}/{about['key']}",
        "version_id": about["version_id"],
        "sequencer": about["sequencer"],
        "bucket": bucket,
        "summary": keys.summary(about["key"]),
        "pages": about["pages"],
        "media_type": about["media_type"],
        "route": about["route"],
        "type": document["type"]["name"],
        "flags": {code: codes.count(code) for code in sorted(set(codes))},
        "tables": len(document["tables"]),
        "parts": len(document["parts"]),
        "outputs": document["outputs"],
    }


def about(source: Source, inspection: Inspection, extraction: Extraction) -> dict[str, Any]:
    """Which version of which document was read, and by which way."""
    return {
        "bucket": source.bucket,
        "key": source.key,
        "etag": source.etag,
        "version_id": source.version_id,
        "sequencer": source.sequencer,
        "pages": extraction.pages,
        "media_type": inspection.media_type,
        "route": inspection.route,
    }
