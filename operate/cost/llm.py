"""What measuring models has cost, beside the way of the source article: every pair is measured, in calls of its own."""

from __future__ import annotations

from collections.abc import Iterator

from operate import amounts
from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way
from operate.cost.stack import Stack

UNITS = {"SampleSentiment": 13, "SampleToxicity": 21}
"""Of Comprehend for a pair of the size that docs/cost.md assumes, by the module whose share the parameter is."""
MODULES = 3


def bill(stack: Stack) -> Bill:
    counted = stack.counted("llm", "PairsEvaluated", "ComprehendUnits", "EmbeddingTokens")
    pairs, units, tokens = counted.values()
    beside = (around.compute(stack, "Llm").line(), *around.express(stack, "EvaluatePairs"))
    return Bill(
        "llm",
        pairs,
        "pairs",
        1_000_000,
        Way("what was paid", (*_paid(units, tokens), *beside)),
        (Way("the article's own way: every pair, in calls of its own", tuple(_article(stack, pairs, units, tokens))),),
        (
            "Free metrics, such as refusals, cost what Lambda and CloudWatch's metrics cost (docs/cost.md).",
            "The calls of the canary's model, S3, DynamoDB and CloudWatch are not in it.",
            "Of the article's functions the requests alone are reckoned, not their time.",
        ),
        ("monitoring_usd", "lambda_usd", "step_functions_usd"),
    )


def whole_units(stack: Stack, pairs: float, units: float) -> float:
    """Units of every pair: what was measured, made larger by what the shares of sentiment and toxicity left out. Where
    nothing was, those of pairs as docs/cost.md assumes them."""
    share = sum(number * float(stack.parameters.get(name) or 1) for name, number in UNITS.items())
    every = sum(UNITS.values())
    return units * every / share if units and share else pairs * every


def _paid(units: float, tokens: float) -> Iterator[Line]:
    rates = prices.table("monitoring_usd")
    yield Line("Comprehend", f"{amounts.of(units, 'unit')} of 100 characters", units * rates["comprehend_unit"])
    yield Line("embeddings", amounts.of(tokens, "token"), tokens / 1e6 * rates["titan_v2_million_tokens"])


def _article(stack: Stack, pairs: float, units: float, tokens: float) -> Iterator[Line]:
    share = float(stack.parameters.get("SampleSimilarity") or 1)
    yield from _paid(whole_units(stack, pairs, units), tokens / share if share else tokens)
    calls = pairs * MODULES
    yield Line(
        "Lambda, requests", amounts.of(calls, "call"), calls / 1e6 * prices.table("lambda_usd")["million_requests"]
    )
    usd = pairs / 1e6 * prices.table("step_functions_usd")["million_express_requests"]
    yield Line("Step Functions Express, requests", amounts.of(pairs, "execution"), usd)
