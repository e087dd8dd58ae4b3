"""Pairs for the modules that cost: a sample of them, in batches of 25, each as a pointer to one ``evaluate_pairs``.

The text lies in the bucket for a day and never in a state, an event or a log. The key is the batch's own hash: what is
handed over twice is the same object, and each module marks it as measured (``llm.paid.evaluation``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from common import aws
from common.executions import digest
from common.objects import Bucket
from common.observability import count
from common.settings import read
from llm import spending
from llm.emission import measuring
from llm.model import Pair
from llm.modules import PAID
from llm.paid import pair_batches

PREFIX = "pairs/"


@dataclass(frozen=True, slots=True)
class Settings:
    """``evaluate_pairs_arn``: none switches the paid modules off."""

    model_logs_bucket: str
    evaluate_pairs_arn: str = ""


def evaluate(pairs: Sequence[Pair]) -> None:
    """Starts one execution per batch of what any paid module measures.

    A failure is counted (ModuleErrors of evaluate_pairs, PairsNotEvaluated) and not raised: the free metrics are sent
    already, and would be sent once more if this came back.
    """
    settings = read(Settings)
    if not settings.evaluate_pairs_arn:
        return
    share = max(spending.rate(module) for module in PAID)
    sampled = [pair for pair in pairs if _has_text(pair) and spending.chosen(pair.request_id, share)]
    for batch in pair_batches.batches(sampled):
        try:
            _start(batch, settings)
        except Exception as error:  # noqa: BLE001 - see above
            measuring.failed("evaluate_pairs", error)
            count("PairsNotEvaluated", len(batch))


def _start(batch: Sequence[Pair], settings: Settings) -> None:
    body = pair_batches.dump(batch)
    key = f"{PREFIX}{batch[0].timestamp.astimezone(UTC):%Y/%m/%d}/{digest(body)}.json"
    Bucket(settings.model_logs_bucket).put(key, body)
    aws.client("stepfunctions").start_execution(
        stateMachineArn=settings.evaluate_pairs_arn,
        input=json.dumps({"schema": 1, "bucket": settings.model_logs_bucket, "key": key, "pairs": len(batch)}),
    )


def _has_text(pair: Pair) -> bool:
    return bool(pair.prompt.strip() or pair.completion.strip())
