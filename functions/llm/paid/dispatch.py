"""Pairs for the modules that cost: a sample of them, in batches of 25, each as a pointer to one ``evaluate_pairs``.

The text lies in the bucket for a day and never in a state, an event or a log. The key is the batch's own hash: what is
handed over twice is the same object, and each module marks it as measured (``llm.paid.evaluation``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from common import aws, settings
from common.executions import digest
from common.objects import Bucket
from common.observability import count
from llm import modules, spending
from llm.emission import measuring
from llm.model import Pair
from llm.paid import pair_batches

PREFIX = "pairs/"
AT_ONCE = 8
"""Batches that are written and started at the same time: a reader's chunk has twenty, each of two calls that only wait.
"""
TRIES = 2
"""Of a batch, beside what botocore tries by itself; the second one when the others are done."""


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
    if not sampled:
        return
    # Made here: threads that all want a first client would each make one.
    bucket, states = Bucket(options.pairs_bucket, aws.client("s3")), aws.client("stepfunctions")

    def start(batch: Sequence[Pair]) -> None:
        pointer = _put(bucket, batch) | {"modules": list(shares)}
        states.start_execution(stateMachineArn=options.evaluate_pairs_arn, input=json.dumps(pointer))

    for batch, error in _side_by_side(list(pair_batches.batches(sampled)), start):
        measuring.failed("evaluate_pairs", error)
        count("PairsNotEvaluated", len(batch))


def _side_by_side(
    batches: Sequence[Sequence[Pair]], start: Callable[[Sequence[Pair]], None]
) -> list[tuple[Sequence[Pair], Exception]]:
    """The batches that did not start after all tries, with their last errors. One that fails holds up no other; tried
    again it is the same object and the same input, so a try that came through unseen is measured once all the same."""
    from concurrent.futures import ThreadPoolExecutor

    def tried(batch: Sequence[Pair]) -> Exception | None:
        try:
            start(batch)
        except Exception as error:  # noqa: BLE001 - counted by the caller
            return error
        return None

    failures: list[tuple[Sequence[Pair], Exception]] = []
    left = batches
    for _ in range(TRIES):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            errors = list(pool.map(tried, left))
        failures = [(batch, error) for batch, error in zip(left, errors, strict=True) if error is not None]
        left = [batch for batch, _ in failures]
        if not left:
            break
    return failures


def _put(bucket: Bucket, batch: Sequence[Pair]) -> dict[str, Any]:
    """Writes a batch; the pointer to it."""
    body = pair_batches.dump(batch)
    key = f"{PREFIX}{batch[0].timestamp.astimezone(UTC):%Y/%m/%d}/{digest(body)}.json"
    bucket.put(key, body)
    return {"schema": 1, "bucket": bucket.name, "key": key, "pairs": len(batch)}


def _has_text(pair: Pair) -> bool:
    return bool(pair.prompt.strip() or pair.completion.strip())
