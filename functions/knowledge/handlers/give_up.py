"""GiveUp: asks that killed their worker again and again -> their executions fail by name, for a redrive."""

from __future__ import annotations

from typing import Any

from common import admission
from common.observability import Context, observed
from knowledge.errors import GivenUp

ADVICE = (
    "Every worker that asked the model for this answer died of it: look into the pipeline's log for the work that "
    "KnowledgeGiveUp names, mend the cause, then redrive."
)


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of dead letters of both lanes in, the failed messages' ids out."""
    return admission.give_up(event, GivenUp, ADVICE, abandoned="AsksAbandoned")
