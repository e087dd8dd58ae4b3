"""SCHEMA stands for the members of everything that is written: a change of the one needs a thought about the other."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from typing import Any

from documents import model
from documents.model import SCHEMA, Inspection
from documents.outputs import rejections, summary_document
from tests.unit.documents.pipeline_builders import enrichment, extraction, source, summary

PINNED = {1: "acdc3d9e5bc95325"}


def shape(value: Any) -> Any:
    """Members and types of JSON, without its values."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def test_other_members_have_another_schema():
    nouns = {
        name: [(field.name, str(field.type)) for field in fields(kind)]
        for name, kind in sorted(vars(model).items())
        if is_dataclass(kind)
    }
    document = summary_document.build(
        source(), Inspection("text/plain", 1, "text"), extraction(1), enrichment(), summary(), {}
    )
    refusal = rejections.document(source(), "EmptyDocument", "No bytes.", "2026-11-20T10:00:00Z")
    written = [nouns, shape(document), shape(summary_document.event("summaries", document)), shape(refusal)]
    digest = hashlib.sha256(json.dumps(written).encode()).hexdigest()[:16]
    assert PINNED.get(SCHEMA) == digest, (
        "What is written to S3 or sent as an event has other members than before. Where a reader of the old ones would"
        " misread the new ones, raise SCHEMA (documents/model.py) and events/schemas/, and pin the digest beside the"
        f" new number; where members were only added, pin it beside the old number: {digest}"
    )
