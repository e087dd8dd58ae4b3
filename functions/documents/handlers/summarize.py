"""Summarize: what was read, from the two lanes -> sentences by a language model, each answer paid for once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings
from common.observability import Context, count, observed
from common.table import Table
from documents.errors import ModelThrottled, ModelUnavailable
from documents.intake import originals
from documents.outputs import wanted
from documents.summary import kept_summary

THROTTLED, UNAVAILABLE = (ModelThrottled,), (ModelUnavailable,)
"""What a worker waits for; neither ever reaches the state machine."""
METRICS = admission.Metrics("SummaryWaitSeconds", "SummariesHandedBack", "SummariesSuperseded", "TokensGone")
LONGEST_SECONDS = 260.0
"""What one call of a model may take: it is read for 240 seconds (``services.bedrock``)."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    summaries_first_queue: str
    summaries_next_queue: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``, ``work`` = ``{document, work}``), the failed messages' ids out.

    The state gets ``{summary: {sentences, stop_reason, tokens}}`` (the number of sentences), or ``{superseded: true}``
    where a newer version is known. The task fails under the names of ``summary.kept_summary.make``.
    """
    known = settings.read(Settings)
    table = Table(known.state_table)
    step = admission.Step(
        queues={"first": known.summaries_first_queue, "next": known.summaries_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=lambda work: wanted.is_stale(table, originals.document(work)),
        run=_summarize,
        metrics=METRICS,
        left_seconds=LONGEST_SECONDS,
    )
    return admission.serve(event, context, step)


def _summarize(work: admission.Work, turn: admission.Turn) -> dict[str, Any]:
    made = kept_summary.make(work["work"], turn)
    count("SummariesMade")
    return {"summary": made}
