"""The modules that cost nothing: ingest and usage; and the price table."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from llm import model, modules
from llm.errors import UnknownModule
from llm.model import Sample, Skipped
from llm.modules.ingest import Ingest
from llm.modules.usage import STOPS, Usage
from llm.prices import FILE, Price, Prices, load
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


def test_cut_texts_are_counted():
    assert totals(Ingest(lambda: NOW).compute([pair(truncated=True), pair()]))["PairsTruncated"] == 1


def test_what_is_left_out_is_read_and_has_its_reason():
    skipped = [
        Skipped(model.ERROR, AT, "m", "Converse"),
        Skipped(model.ERROR, AT, "m", "Converse"),
        Skipped(model.MALFORMED),
    ]
    samples = Ingest(lambda: NOW).left_out(skipped)
    assert totals(samples) == {"SkippedError": 2, "SkippedMalformed": 1, "RecordsRead": 3}
    assert {one.minute for one in samples if one.metric == "SkippedMalformed"} == {int(NOW) // 60}
    assert {(one.family, one.minute) for one in samples if one.metric == "SkippedError"} == {("m", MINUTE)}


def test_own_calls_are_nobodys_traffic():
    assert totals(Ingest(lambda: NOW).left_out([Skipped(model.SELF, AT)])) == {"SkippedSelf": 1}


@pytest.mark.parametrize("reason", sorted(set(model.REASONS) - {model.SELF}))
def test_read_is_evaluated_and_all_reasons_together(reason):
    module = Ingest(lambda: NOW)
    found = totals([*module.compute(pairs(4)), *module.left_out([Skipped(reason, AT)] * 3)])
    assert found["RecordsRead"] == found["PairsEvaluated"] + found[reason] == 7


# Usage

PRICES = Prices({"anthropic.claude-3-5-sonnet": (Price(date(2026, 1, 1), 3.0, 15.0, 0.3, 3.75),)})


def test_usage_is_what_the_record_tells():
    given = [pair(input_tokens=1000, output_tokens=200, cache_read_tokens=5000, cache_write_tokens=40)]
    found = totals(Usage(PRICES).compute(given))
    assert found == {
        "InputTokens": 1000,
        "OutputTokens": 200,
        "CacheReadTokens": 5000,
        "CacheWriteTokens": 40,
        "LatencyMs": 812,
        "StopReasonEndTurn": 1,
        "EstimatedCostUSD": pytest.approx((1000 * 3 + 200 * 15 + 5000 * 0.3 + 40 * 3.75) / 1e6),
    }


def test_what_is_not_known_is_not_zero():
    given = pair(input_tokens=None, output_tokens=None, latency_ms=None, stop_reason="")
    assert Usage(PRICES).compute([given]) == []


def test_an_unknown_price_is_counted():
    given = pair(model_id="gpt-4o", model_family="gpt-4o")
    assert totals(Usage(PRICES).compute([given]))["PriceUnknown"] == 1
    before = pair(timestamp=datetime(2025, 12, 31, tzinfo=UTC))
    assert "PriceUnknown" in totals(Usage(PRICES).compute([before]))


@pytest.mark.parametrize(("stop", "metric"), [*STOPS.items(), ("something_new", "StopReasonOther")])
def test_stop_reasons_are_a_short_list_of_metrics(stop, metric):
    assert totals(Usage(PRICES).compute([pair(stop_reason=stop)]))[metric] == 1


# Prices


def test_a_price_holds_from_its_day_on():
    old, new = (Price(date(2026, month, 1), 1.0 * month, 1.0, 1.0, 1.0) for month in (1, 6))
    prices = Prices({"m": (new, old)})
    assert prices.of("m-v1:0", "m", date(2026, 5, 31)) == old
    assert prices.of("m-v1:0", "m", date(2026, 6, 1)) == new
    assert prices.of("m-v1:0", "m", date(2025, 6, 1)) is None


@pytest.mark.parametrize(
    ("model_id", "dollars"),
    [
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 3.0 + 15.0),
        ("amazon.nova-lite-v1:0", 0.06 + 0.24),
        ("mistral.mistral-large-2402-v1:0", 16.0),
        ("mistral.mistral-large-2407-v1:0", 8.0),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/us.meta.llama3-3-70b-instruct-v1:0", 1.44),
    ],
)
def test_the_table_is_found_by_real_ids(model_id, dollars):
    from llm.model_families import family

    price = load().of(model_id, family(model_id), AT.date())
    assert price is not None
    million = pair(input_tokens=1_000_000, output_tokens=1_000_000, cache_read_tokens=None)
    assert price.cost(million) == pytest.approx(dollars)


def test_a_profile_that_was_named_is_priced_as_its_model():
    assert load().of("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "amazon.nova-pro", AT.date())


def test_the_table_is_sound():
    table = tomllib.loads(FILE.read_text())
    assert isinstance(table["as_of"], date)
    seen = [(model, entry["since"]) for entry in table["price"] for model in entry["models"]]
    assert len(seen) == len(set(seen))
    for entry in table["price"]:
        assert 0 < entry["input"] <= entry["output"]
        assert entry.get("cache_read", 0) <= entry["input"]
        assert entry["since"] <= table["as_of"]


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
