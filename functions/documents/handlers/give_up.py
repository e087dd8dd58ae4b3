"""GiveUp: steps that killed their worker again and again -> their executions fail by name and wait for a redrive."""

from __future__ import annotations

from typing import Any

from common import admission
from common.observability import Context, observed
from documents.errors import DocumentAbandoned

ADVICE = (
    "Every worker that took this step of the document died of it: look into the pipeline's log for the work that "
    "DocumentsGiveUp names, mend the cause, then redrive."
)


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of dead letters of all lanes in, the failed messages' ids out."""
    return admission.give_up(event, DocumentAbandoned, ADVICE, abandoned="StepsAbandoned")
