"""What a call used: tokens, time, why it stopped, and about what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llm.model import Module, Needs, Pair, Sample
from llm.prices import Prices, load

STOPS = {
    "end_turn": "StopReasonEndTurn",
    "max_tokens": "StopReasonMaxTokens",
    "stop_sequence": "StopReasonStopSequence",
    "tool_use": "StopReasonToolUse",
    "guardrail_intervened": "StopReasonGuardrail",
    "content_filtered": "StopReasonContentFiltered",
    "refusal": "StopReasonRefusal",
    "model_context_window_exceeded": "StopReasonContextWindow",
    "malformed_model_output": "StopReasonMalformed",
    "malformed_tool_use": "StopReasonMalformed",
}
"""A list, since each name is a metric that is billed; what is not in it is StopReasonOther."""


class Usage(Module):
    """InputTokens, OutputTokens, CacheReadTokens, CacheWriteTokens (Count), LatencyMs (Milliseconds, where Bedrock
    logs it), StopReason... (Count), EstimatedCostUSD (None), PriceUnknown (Count)."""

    name = "usage"
    needs: Needs = "nothing"
    every_call = True

    def __init__(self, prices: Prices | None = None) -> None:
        self._prices = prices

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        prices = self._prices = self._prices or load()
        samples: list[Sample] = []
        for pair in pairs:
            minute = int(pair.timestamp.timestamp()) // 60
            for metric, value, unit in _values(pair, prices):
                samples.append(Sample(metric, value, unit, pair.model_family, pair.operation, pair.app, minute))
        return samples


def _values(pair: Pair, prices: Prices) -> Iterator[tuple[str, float, str]]:
    """(metric, value, unit) of what the record tells."""
    if pair.input_tokens is not None:
        yield "InputTokens", pair.input_tokens, "Count"
    if pair.output_tokens is not None:
        yield "OutputTokens", pair.output_tokens, "Count"
    if pair.cache_read_tokens is not None:
        yield "CacheReadTokens", pair.cache_read_tokens, "Count"
    if pair.cache_write_tokens is not None:
        yield "CacheWriteTokens", pair.cache_write_tokens, "Count"
    if pair.latency_ms is not None:
        yield "LatencyMs", pair.latency_ms, "Milliseconds"
    if pair.stop_reason:
        yield STOPS.get(pair.stop_reason, "StopReasonOther"), 1, "Count"
    if pair.input_tokens is None and pair.output_tokens is None:
        return
    price = prices.of(pair.model_id, pair.model_family, pair.timestamp.date())
    if price is None:
        yield "PriceUnknown", 1, "Count"
    else:
        yield "EstimatedCostUSD", price.cost(pair), "None"
