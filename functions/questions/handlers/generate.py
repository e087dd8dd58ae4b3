"""Generate: a question from the two lanes -> one statement of the model, kept in S3 and paid for once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings
from common.observability import Context, count, observed
from questions.errors import ModelThrottled, ModelUnavailable
from questions.generation import statements

THROTTLED, UNAVAILABLE = (ModelThrottled,), (ModelUnavailable,)
"""What a worker waits for; neither ever reaches the state machine."""
METRICS = admission.Metrics("ModelWaitSeconds", "StatementsHandedBack", "StatementsSuperseded", "TokensGone")
LONGEST_SECONDS = 260.0
"""What one call of a model may take: it is read for 240 seconds (``services.bedrock``)."""


@dataclass(frozen=True)
class Settings:
    generate_first_queue: str
    generate_next_queue: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``), the failed messages' ids out.

    ``work`` of an ask is ``{id, work, attempt, question, database}``; the state gets ``{generated: <attempt>}``, and
    ``missing`` where the model says that the tables cannot answer. The task fails under the names of
    ``generation.statements.write``.
    """
    known = settings.read(Settings)
    step = admission.Step(
        queues={"first": known.generate_first_queue, "next": known.generate_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=_is_stale,
        run=_write,
        metrics=METRICS,
        left_seconds=LONGEST_SECONDS,
    )
    return admission.serve(event, context, step)


def _is_stale(_work: admission.Work) -> bool:
    """A question stays wanted until its execution ends, and then nobody waits for the token."""
    return False


def _write(work: admission.Work, turn: admission.Turn) -> dict[str, Any]:
    made = statements.write(work, turn)
    count("StatementsWritten")
    return made
