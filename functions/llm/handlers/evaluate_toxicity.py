"""LlmEvaluateToxicity: a pointer to at most 25 pairs -> their metrics, within the day's budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.observability import observed
from llm.modules.toxicity import Toxicity
from llm.paid import evaluation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{bucket, key}`` in, ``{module, outcome, evaluated}`` out; ``failed`` in the event counts a failure."""
    return evaluation.run(Toxicity, Toxicity.name, event)
