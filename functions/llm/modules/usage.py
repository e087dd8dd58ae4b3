"""What a call used: tokens, time, why it stopped, and about what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime

from llm import model_families
from llm.model import Module, Needs, Pair, Sample
from llm.prices import Price, Prices, load

STOPS = {
    "end_turn": "StopReasonEndTurn",
    "max_tokens": "StopReasonMaxTokens",
    "stop_sequence": "StopReasonStopSequence",
    "tool_use": "StopReasonToolUse",
    "guardrail_intervened": "StopReasonGuardrail",
    "guardrail_blocked": "StopReasonGuardrail",
    "guardrail_masked": "StopReasonGuardrail",
    "content_filtered": "StopReasonContentFiltered",
    "refusal": "StopReasonRefusal",
    "model_context_window_exceeded": "StopReasonContextWindow",
    "malformed_model_output": "StopReasonMalformed",
    "malformed_tool_use": "StopReasonMalformed",
}
"""A list, since each name is a metric that is billed; what is not in it is StopReasonOther."""


class Usage(Module):
    """InputTokens, OutputTokens, CacheReadTokens, CacheWriteTokens (Count), LatencyMs and, of streams, FirstByteMs, the
    time to the first chunk (Milliseconds, where they are logged), StopReason... (Count), EstimatedCostUSD (None),
    PriceUnknown (Count). At the minute of now, of all calls together: PriceAgeDays (None), the days since somebody
    compared the oldest of their prices with its source."""

    name = "usage"
    needs: Needs = "nothing"
    every_call = True

    def __init__(self, prices: Prices | None = None, clock: Callable[[], float] = time.time) -> None:
        self._prices = prices
        self._clock = clock

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        prices = self._prices = self._prices or load()
        samples: list[Sample] = []
        checked: set[date] = set()
        for pair in pairs:
            price = _price(pair, prices)
            if price is not None:
                checked.add(price.checked)
            minute, version = int(pair.timestamp.timestamp()) // 60, model_families.version(pair.model_id)
            split = (pair.model_family, pair.operation, pair.app, minute, version)
            samples += [Sample(metric, value, unit, *split) for metric, value, unit in _values(pair, price)]
        if checked:
            samples.append(_age(min(checked), self._clock()))
        return samples


def _price(pair: Pair, prices: Prices) -> Price | None:
    if pair.input_tokens is None and pair.output_tokens is None:
        return None
    return prices.of(pair.model_id, pair.model_family, pair.timestamp.date())


def _age(checked: date, now: float) -> Sample:
    days = (datetime.fromtimestamp(now, UTC).date() - checked).days
    return Sample("PriceAgeDays", max(days, 0), "None", "", "", "", int(now) // 60)


def _values(pair: Pair, price: Price | None) -> Iterator[tuple[str, float, str]]:
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
    if pair.first_byte_ms is not None:
        yield "FirstByteMs", pair.first_byte_ms, "Milliseconds"
    if pair.stop_reason:
        yield STOPS.get(pair.stop_reason, "StopReasonOther"), 1, "Count"
    if pair.input_tokens is None and pair.output_tokens is None:
        return
    if price is None:
        yield "PriceUnknown", 1, "Count"
    else:
        yield "EstimatedCostUSD", price.cost(pair), "None"
