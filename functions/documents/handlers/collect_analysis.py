"""CollectAnalysis: a job of Textract has ended -> all its result pages in S3, in order.

A long document has a thousand of them, and Textract lets few be read per second. So this goes as far as time and
Textract allow and says where to go on; the state machine calls it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context, logger, observed
from common.table import Table
from documents.errors import AnalysisThrottled, AnalysisUnavailable, WorkGone
from documents.textract import jobs, raw_answers, result_pages

RESERVE_MS = 60_000
"""Of the function's time in which nothing new is begun: one page of a result takes seconds at the worst."""


@dataclass(frozen=True)
class Settings:
    state_table: str
    use_output_config: str = "false"


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """The state after StartAnalysis in.

    The state with ``answer: {parts}`` out, or with ``collected: {parts, next}`` where it has to be called again.
    Raises AnalysisFailed and AnalysisIncomplete as the job ended, WorkGone where Textract has forgotten it, and what
    ``textract.calls.named`` raises.
    """
    options, work = settings.read(Settings), event["work"]
    table = Table(options.state_table)
    job = jobs.read(table, work)
    parts = raw_answers.kept(work, job.questions) if job else None
    if parts is not None:
        return _whole(event, parts)
    if job is None or not job.id:
        raise WorkGone(f"No job of Textract is known for {work}; redrive the execution to start one.")
    collected = event.get("collected", {"parts": 0, "next": ""})
    number, following = collected["parts"], collected["next"]
    itself = options.use_output_config == "true"
    pages = result_pages.written(table, job, number) if itself else result_pages.asked_for(table, job, following)
    try:
        for page, following in pages:
            raw_answers.keep(work, number, page)
            number += 1
            if following and context.get_remaining_time_in_millis() < RESERVE_MS:
                break
    except (AnalysisThrottled, AnalysisUnavailable):
        if number == collected["parts"]:
            raise
    logger().info("collected", extra={"work": work, "parts": number, "whole": not following})
    if following:
        return {**event, "collected": {"parts": number, "next": following}}
    raw_answers.finish(work, job.questions, number)
    return _whole(event, number)


def _whole(event: dict[str, Any], parts: int) -> dict[str, Any]:
    passed = {name: value for name, value in event.items() if name != "collected"}
    return {**passed, "answer": {"parts": parts}}
