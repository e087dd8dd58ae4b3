"""The modules that cost nothing: ingest and usage; and the price table."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from llm import model, modules
from llm.errors import UnknownModule
from llm.model import Sample, Skipped
from llm.modules.ingest import Ingest
from llm.modules.usage import STOPS, Usage
from llm.prices import Price, Prices, Rates
from llm.spending import Bill
from tests.unit.llm.builders import AT, MINUTE, pair, pairs

NOW = AT.timestamp() + 90


def totals(samples: list[Sample]) -> dict[str, float]:
    found: Counter[str] = Counter()
    for one in samples:
        found[one.metric] += one.value  # type: ignore[assignment]
    return dict(found)


# Ingest


def test_pairs_are_counted_by_group_and_minute():
    late = AT + timedelta(minutes=3)
    given = [*pairs(3), *pairs(2, timestamp=late), pair(app="shop")]
    samples = [one for one in Ingest(lambda: NOW).compute(given) if one.metric == "PairsEvaluated"]
    assert {(one.minute, one.app, one.value) for one in samples} == {
        (MINUTE, "", 3),
        (MINUTE + 3, "", 2),
        (MINUTE, "shop", 1),
    }
    assert totals(Ingest(lambda: NOW).compute(given))["RecordsRead"] == 6


def test_lag_is_from_the_call_to_now_and_never_negative():
    samples = Ingest(lambda: NOW).compute([pair(), pair(timestamp=AT + timedelta(hours=1))])
    assert [one.value for one in samples if one.metric == "IngestLagSeconds"] == [90, 0]
    assert {one.unit for one in samples if one.metric == "IngestLagSeconds"} == {"Seconds"}


def test_what_comes_and_how_late_is_told_at_once():
    """At the minute of the call, hours late, no alarm would see it."""
    late = AT - timedelta(hours=5)
    module = Ingest(lambda: NOW)
    samples = [*module.compute([pair(timestamp=late)] * 2), *module.left_out([Skipped(model.ERROR, late)])]
    told = {one.metric: one.minute for one in samples}
    assert told["IngestLagSeconds"] == int(NOW) // 60
    assert told["PairsEvaluated"] == told["SkippedError"] == MINUTE - 300
    assert (module.compute([]), module.left_out([])) == ([], [])


def test_cut_texts_are_counted():
    assert totals(Ingest(lambda: NOW).compute([pair(truncated=True), pair()]))["PairsTruncated"] == 1


def test_what_is_left_out_is_read_and_has_its_reason():
    skipped = [
        Skipped(model.ERROR, AT, "m", "Converse"),
        Skipped(model.ERROR, AT, "m", "Converse"),
        Skipped(model.MALFORMED),
    ]
    samples = Ingest(lambda: NOW).left_out(skipped)
    lags = 2 * (NOW - AT.timestamp())
    assert totals(samples) == {
        "SkippedError": 2,
        "SkippedMalformed": 1,
        "RecordsRead": 3,
        "IngestLagSeconds": lags,
    }
    assert {one.minute for one in samples if one.metric == "SkippedMalformed"} == {int(NOW) // 60}
    assert {(one.family, one.minute) for one in samples if one.metric == "SkippedError"} == {("m", MINUTE)}


def test_own_calls_are_nobodys_traffic():
    found = totals(Ingest(lambda: NOW).left_out([Skipped(model.SELF, AT)]))
    assert found == {"SkippedSelf": 1, "IngestLagSeconds": NOW - AT.timestamp()}


@pytest.mark.parametrize("reason", sorted(set(model.REASONS) - {model.SELF}))
def test_read_is_evaluated_and_all_reasons_together(reason):
    module = Ingest(lambda: NOW)
    found = totals([*module.compute(pairs(4)), *module.left_out([Skipped(reason, AT)] * 3)])
    assert found["RecordsRead"] == found["PairsEvaluated"] + found[reason] == 7


# Usage

RATES = Rates(3.0, 15.0, 0.3, 3.75)
PRICES = Prices({"anthropic.claude-3-5-sonnet": (Price(date(2026, 1, 1), RATES, date(2026, 11, 1)),)})


def usage(prices=PRICES):
    return Usage(prices, AT.timestamp)


def test_usage_is_what_the_record_tells():
    given = [pair(input_tokens=1000, output_tokens=200, cache_read_tokens=5000, cache_write_tokens=40)]
    found = totals(usage().compute(given))
    assert found == {
        "InputTokens": 1000,
        "OutputTokens": 200,
        "CacheReadTokens": 5000,
        "CacheWriteTokens": 40,
        "LatencyMs": 812,
        "PriceAgeDays": 19,
        "StopReasonEndTurn": 1,
        "EstimatedCostUSD": pytest.approx((1000 * 3 + 200 * 15 + 5000 * 0.3 + 40 * 3.75) / 1e6),
    }


def test_what_is_not_known_is_not_zero():
    given = pair(input_tokens=None, output_tokens=None, latency_ms=None, stop_reason="")
    assert usage().compute([given]) == []


def test_an_unknown_price_is_counted():
    given = pair(model_id="gpt-4o", model_family="gpt-4o")
    assert totals(usage().compute([given]))["PriceUnknown"] == 1
    before = pair(timestamp=datetime(2025, 12, 31, tzinfo=UTC))
    assert "PriceUnknown" in totals(usage().compute([before]))


def test_the_time_to_the_first_chunk_is_that_of_streams():
    assert totals(usage().compute([pair(first_byte_ms=140.0)]))["FirstByteMs"] == 140.0
    assert "FirstByteMs" not in totals(usage().compute([pair()]))


def test_the_age_of_prices_is_that_of_the_oldest_that_was_used():
    of = {name: (Price(date(2026, 1, 1), RATES, date(2026, month, 20)),) for name, month in (("a", 3), ("b", 10))}
    given = [pair(model_id="a", model_family="a"), pair(model_id="b", model_family="b")]
    ages = [one for one in usage(Prices(of)).compute(given) if one.metric == "PriceAgeDays"]
    assert [(one.value, one.family, one.operation, one.app) for one in ages] == [(245, "", "", "")]
    assert "PriceAgeDays" not in totals(usage().compute([pair(model_id="x", model_family="x")]))


def test_the_age_of_prices_is_told_now_however_old_the_call_is():
    old = pair(timestamp=datetime(2026, 11, 18, tzinfo=UTC))
    (age,) = [one for one in usage().compute([old]) if one.metric == "PriceAgeDays"]
    assert age.minute == int(AT.timestamp()) // 60


@pytest.mark.parametrize(("stop", "metric"), [*STOPS.items(), ("something_new", "StopReasonOther")])
def test_stop_reasons_are_a_short_list_of_metrics(stop, metric):
    assert totals(usage().compute([pair(stop_reason=stop)]))[metric] == 1


# The list


def test_modules_that_are_there_fit_the_list():
    for name in ("ingest", "usage"):
        module = modules.make(name)
        assert module.name == name
        assert module.compute([]) == []
    assert modules.FREE == ("ingest", "usage", "refusal")
    assert modules.PAID == ("similarity", "sentiment", "toxicity")


@pytest.mark.parametrize("name", [*modules.FREE, *modules.PAID])
def test_a_module_keeps_the_contract(name: str):
    module = modules.make(name)
    assert isinstance(module, model.Module)
    assert module.name == name
    assert module.needs in get_args(model.Needs)
    assert module.every_call == (name == "usage")
    assert module.left_out([]) == []


@pytest.mark.parametrize("name", modules.PAID)
def test_a_paid_module_is_made_with_an_empty_bill(name: str):
    module = modules.make_paid(name)
    assert module.bill == Bill()
    assert module.bill is not modules.make_paid(name).bill
    assert module.calls([]) == 0


@pytest.mark.parametrize("name", ["nonsense", "", "Usage", "__init__"])
def test_a_module_that_is_not_in_the_list_is_unknown(name: str):
    with pytest.raises(UnknownModule, match="may name ingest, usage"):
        modules.make(name)


@pytest.mark.parametrize("name", modules.FREE)
def test_a_free_module_is_none_of_the_paid(name: str):
    with pytest.raises(UnknownModule, match="may name similarity"):
        modules.make_paid(name)
