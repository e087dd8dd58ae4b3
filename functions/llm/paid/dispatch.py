"""Pairs for the modules that cost: a sample of them, in batches of 25, each as a pointer to one ``evaluate_pairs``.

The text lies in the bucket for a day and never in a state, an event or a log. The key is the batch's own hash: what is
handed over twice is the same object, and each module marks it as measured (``llm.paid.evaluation``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from common import aws, settings
from common.executions import digest
from common.objects import Bucket
from common.observability import count
from llm import modules, spending
from llm.emission import measuring
from llm.model import Pair
from llm.paid import pair_batches

PREFIX = "pairs/"


@dataclass(frozen=True, slots=True)
class Settings:
    """``pairs_bucket``: the stack's own, wherever Bedrock's logs are. ``evaluate_pairs_arn``: none switches the paid
    modules off."""

    pairs_bucket: str
    evaluate_pairs_arn: str = ""


def evaluate(pairs: Sequence[Pair]) -> None:
    """Starts one execution per batch of what any paid module measures; it names the modules that have a share.

    A failure is counted (ModuleErrors of evaluate_pairs, PairsNotEvaluated) and not raised: the free metrics are sent
    already, and would be sent once more if this came back.
    """
    options = settings.read(Settings)
    shares = {name: share for name in modules.PAID if (share := spending.rate(name))}
    if not (options.evaluate_pairs_arn and shares):
        return
    share = max(shares.values())
    sampled = [pair for pair in pairs if _has_text(pair) and spending.chosen(pair.request_id, share)]
    for batch in pair_batches.batches(sampled):
        try:
            _start(batch, list(shares), options)
        except Exception as error:  # noqa: BLE001 - see above
            measuring.failed("evaluate_pairs", error)
            count("PairsNotEvaluated", len(batch))


def _start(batch: Sequence[Pair], names: Sequence[str], options: Settings) -> None:
    body = pair_batches.dump(batch)
    key = f"{PREFIX}{batch[0].timestamp.astimezone(UTC):%Y/%m/%d}/{digest(body)}.json"
    bucket = Bucket(options.pairs_bucket)
    bucket.put(key, body)
    pointer = {"schema": 1, "bucket": bucket.name, "key": key, "pairs": len(batch), "modules": names}
    aws.client("stepfunctions").start_execution(stateMachineArn=options.evaluate_pairs_arn, input=json.dumps(pointer))


def _has_text(pair: Pair) -> bool:
    return bool(pair.prompt.strip() or pair.completion.strip())
