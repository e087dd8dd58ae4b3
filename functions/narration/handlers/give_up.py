"""GiveUp: ranges that killed their worker again and again -> their executions fail by name and wait for a redrive."""

from __future__ import annotations

from typing import Any

from common import admission
from common.observability import Context, observed
from narration.errors import SpeechAbandoned

ADVICE = (
    "Every worker that took this range of fragments died of it: look into the log of NarrationSynthesize for the "
    "range's edition, mend the cause, then redrive."
)


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch of dead letters of the speech lanes in, the failed messages' ids out."""
    return admission.give_up(event, SpeechAbandoned, ADVICE, abandoned="RangesAbandoned")
