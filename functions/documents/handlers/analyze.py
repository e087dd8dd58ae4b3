"""Analyze: one page from the two lanes -> Textract's answer, which lies in S3 and never in the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings, spending
from common.observability import Context, count, logger, observed
from common.table import Table
from documents.errors import AnalysisThrottled, AnalysisUnavailable
from documents.intake import claims, originals
from documents.outputs import wanted
from documents.textract import calls, features, raw_answers

THROTTLED, UNAVAILABLE = (AnalysisThrottled,), (AnalysisUnavailable,)
"""What a worker waits for; neither ever reaches the state machine."""
METRICS = admission.Metrics("AnalysisWaitSeconds", "AnalysesHandedBack", "AnalysesSuperseded", "TokensGone")


@dataclass(frozen=True)
class Settings:
    state_table: str
    analysis_first_queue: str
    analysis_next_queue: str
    daily_pages: int


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """SQS batch of asks in (``common.admission.Ask``, ``work`` = ``{document, work, unlocked}``), the failed messages'
    ids out.

    The state gets ``{answer: {parts: 1}}``, or ``{superseded: true}`` where a newer version is known. An answer that is
    there already is not paid for again. The task fails under the names of ``textract.calls.named``.
    """
    known = settings.read(Settings)
    table = Table(known.state_table)
    step = admission.Step(
        queues={"first": known.analysis_first_queue, "next": known.analysis_next_queue},
        throttled=THROTTLED,
        unavailable=UNAVAILABLE,
        stale=lambda work: wanted.is_stale(table, originals.document(work)),
        run=lambda work, turn: _analyze(known, work, turn),
        metrics=METRICS,
        left_seconds=calls.LONGEST_SECONDS,
    )
    return admission.serve(event, context, step)


def _analyze(known: Settings, work: admission.Work, turn: admission.Turn) -> dict[str, Any]:
    source, name, asked = originals.document(work), work["work"], features.features()
    fingerprint = features.fingerprint(asked)
    parts = raw_answers.kept(name, fingerprint) or raw_answers.adopt(name, claims.work(source), fingerprint)
    if parts is None:
        readable = originals.for_textract(source, name, unlocked=work.get("unlocked", False))
        with spending.open_purse(known.state_table, "documents", "pages", known.daily_pages) as purse:
            answer = turn.patiently(lambda: purse.pay(1, lambda: calls.analyze(readable, asked)))
        raw_answers.keep(name, 0, answer)
        raw_answers.finish(name, fingerprint, 1)
        parts = 1
        count("PagesAnalyzed")
        count("PagesBought", features=features.priced(asked))
        logger().info("analyzed", extra={"work": name, "blocks": len(answer.get("Blocks") or [])})
    return {"answer": {"parts": parts}}
