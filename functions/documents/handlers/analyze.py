"""Analyze: one page -> Textract's answer, which lies in S3 and never in the state."""

from __future__ import annotations

from typing import Any

from common.observability import Context, logger, observed
from documents.intake import originals
from documents.textract import calls, features, raw_answers


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The state after Inspect in; the state with ``answer: {parts: 1}`` out.

    Textract reads the document from S3 itself. An answer that is there already is not paid for again.
    Raises what ``textract.calls.named`` raises.
    """
    source, work, wanted_features = originals.document(event), event["work"], features.features()
    fingerprint = features.fingerprint(wanted_features)
    parts = raw_answers.kept(work, fingerprint)
    if parts is None:
        source = originals.for_textract(source, work)
        with calls.named(source):
            answer = calls.client().analyze_document(Document=calls.location(source), **wanted_features)
        raw_answers.keep(work, 0, answer)
        raw_answers.finish(work, fingerprint, 1)
        parts = 1
        logger().info("analyzed", extra={"work": work, "blocks": len(answer.get("Blocks") or [])})
    return {**event, "answer": {"parts": parts}}
