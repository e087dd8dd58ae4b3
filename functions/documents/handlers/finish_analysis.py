"""FinishAnalysis: Textract tells that a job has ended, or has not told -> the execution that waits for it goes on.

A message that cannot be understood, or for which no execution waits, is given back to the queue, which keeps it as a
dead letter in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import batches, settings
from common.observability import Context, observed
from common.table import Table
from documents.textract import job_messages


@dataclass(frozen=True)
class Settings:
    state_table: str
    analysis_queue: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """SQS batch in (raw message delivery: a body is Textract's message itself), the failed messages' ids out."""
    known = settings.read(Settings)
    table = Table(known.state_table)
    return batches.each(event, lambda record: job_messages.hear(table, known.analysis_queue, record["body"]))
