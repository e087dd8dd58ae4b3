"""Compose: an ask from the two lanes -> an answer of the model, kept in S3 and paid for once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings
from common.observability import Context, count, observed
from knowledge.answers import composing
from knowledge.errors import ModelThrottled, ModelUnavailable

THROTTLED, UNAVAILABLE = (ModelThrottled,), (ModelUnavailable,)
"""What a worker waits for; neither ever reaches the state machine."""
METRICS = admission.Metrics("ModelWaitSeconds", "AsksHandedBack", "AsksSuperseded", "TokensGone")
LONGEST_SECONDS = 260.0
"""What one call of a model may take: it is read for 240 seconds (``services.bedrock``)."""


@dataclass(frozen=True)
class Settings:
    compose_first_queue: str
    compose_next_queue: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``), the failed messages' ids out.

    ``work`` of an ask is ``{id, work}``: nothing that anybody asked; the state gets ``{composed: true}``. The task
    fails under the names of ``answers.composing.compose``.
    """
    known = settings.read(Settings)
    step = admission.Step(
        queues={"first": known.compose_first_queue, "next": known.compose_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=_is_stale,
        run=_compose,
        metrics=METRICS,
        left_seconds=LONGEST_SECONDS,
    )
    return admission.serve(event, context, step)


def _is_stale(_work: admission.Work) -> bool:
    """An ask stays wanted until its execution ends, and then nobody waits for the token."""
    return False


def _compose(work: admission.Work, turn: admission.Turn) -> dict[str, Any]:
    made = composing.compose(work, turn)
    count("AnswersComposed")
    return made
