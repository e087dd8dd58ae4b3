"""LlmEvaluate: a paid module's name and a pointer to at most 25 pairs -> their metrics, within the day's budget."""

from __future__ import annotations

from typing import Any

from common.observability import Context, observed
from llm.paid import evaluation


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{module, bucket, key}`` in, ``{module, outcome, evaluated}`` out; ``{module, failed}`` counts a failure."""
    return evaluation.run(event)
