"""States, events and kept steps for tests of the pipeline's handlers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from documents import steps
from documents.model import (
    DocumentType,
    Enrichment,
    Entity,
    Extraction,
    Field,
    Flag,
    Form,
    Line,
    ModelUse,
    Query,
    Signature,
    Source,
    Summary,
    Table,
)
from tests.unit.documents.pipeline_aws import INBOX

RUN = "arn:aws:states:us-east-1:123456789012:execution:summarize:"
AT = "2026-11-20T10:00:00.000Z"
TEXT = {"media_type": "text/plain", "pages": 1, "route": "text", "reason": "its own text"}


class Context:
    """Lambda's, as far as handlers and Powertools ask."""

    function_name = "f"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    aws_request_id = "r"

    def __init__(self, *left: int) -> None:
        self.left = list(left)

    def get_remaining_time_in_millis(self) -> int:
        return self.left.pop(0) if self.left else 300_000


def created(key: str, sequencer: str, etag: str = "e", version: str | None = "v", size: int = 10) -> dict[str, Any]:
    """EventBridge's event about an object."""
    versions = {"version-id": version} if version else {}
    return {
        "id": f"event-{sequencer}",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": AT,
        "detail": {
            "bucket": {"name": INBOX},
            "object": {"key": key, "size": size, "etag": etag, "sequencer": sequencer, **versions},
        },
    }


def by_hand(key: str, again: str = "", **found: Any) -> dict[str, Any]:
    """The least that somebody has to write."""
    more = {"again": again} if again else {}
    return {"detail": {"bucket": {"name": INBOX}, "object": {"key": key, **found}, **more}}


def source(key: str = "a.txt", sequencer: str = "05", etag: str = "e", version: str | None = None) -> Source:
    return Source(INBOX, key, etag, sequencer, version, 10)


def state(of: Source, work: str = "w" * 40, **more: Any) -> dict[str, Any]:
    """What Write gets, for a document with text of its own."""
    return {"document": asdict(of), "work": work, "received_at": AT, "inspection": TEXT, **more}


def extraction(tables: int = 0) -> Extraction:
    return Extraction(
        pages=1,
        lines=(Line(1, "Name: Ada"), Line(1, "Secret 42")),
        forms=(Form(1, "Name", "Ada", 99.0), Form(1, "Name", "", None, "text")),
        tables=tuple(Table(1, (("a", f"t{number}"), ("=1+1", "c"))) for number in range(1, tables + 1)),
        queries=(Query(1, "Who?", "WHO", "Ada", 90.0),),
        signatures=(Signature(1, 80.0),),
    )


def enrichment() -> Enrichment:
    return Enrichment(
        DocumentType("letter", 0.5),
        fields=(Field(0, "text", "Ada", "Ada", 1, 99.0, "textract"),),
        flags=(Flag("LOW_CONFIDENCE", "Look at it.", 1, 0),),
        entities=(Entity("PERSON", "Ada", 1, 0.9),),
    )


def summary(text: str = "It is a letter.") -> Summary:
    return Summary((text,), ModelUse("m", "tool_use", 12), (Flag("SUMMARY_CUT", "Cut."),))


def keep_steps(work: str = "w" * 40, tables: int = 0, text: str = "It is a letter.") -> None:
    """What Transform, Enrich and Summarize leave."""
    steps.keep(work, "extraction", extraction(tables).to_json())
    steps.keep(work, "enrichment", enrichment().to_json())
    steps.keep(work, "summary", summary(text).to_json())
