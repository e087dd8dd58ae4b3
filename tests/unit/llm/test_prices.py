"""The price table: found by the ids that logs hold, of its day, of its profile, and dated."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from llm.model_families import family
from llm.prices import FILE, Price, Prices, Rates, load
from tests.unit.llm.builders import AT, pair

DAY = date(2026, 11, 20)
MILLION = 1_000_000
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"


def price(dollars, since=date(2026, 1, 1), **more):
    return Price(since, Rates(dollars, dollars, dollars, dollars), since, **more)


def test_a_price_holds_from_its_day_on():
    old, new = (price(1.0 * month, date(2026, month, 1)) for month in (1, 6))
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
        (f"{PROFILE}us.meta.llama3-3-70b-instruct-v1:0", 1.44),
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", 6.6),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", 6.0),
        (f"{PROFILE}global.anthropic.claude-haiku-4-5-20251001-v1:0", 6.0),
        ("apac.anthropic.claude-opus-4-6-v1", 33.0),
        ("us.amazon.nova-2-lite-v1:0", 0.33 + 2.75),
        ("global.amazon.nova-2-lite-v1:0", 0.30 + 2.50),
        ("openai.gpt-oss-20b-1:0", 0.37),
        ("minimax.minimax-m2.1", 1.5),
        ("qwen.qwen3-32b-v1:0", 0.75),
    ],
)
def test_the_table_is_found_by_real_ids(model_id, dollars):
    found = load().of(model_id, family(model_id), DAY)
    assert found is not None
    # Below what a long prompt is.
    call = pair(input_tokens=100_000, output_tokens=100_000, cache_read_tokens=None)
    assert found.cost(call) == pytest.approx(dollars / 10)


PRESENT = [
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-sonnet-4-6",
    "anthropic.claude-sonnet-5",
    "anthropic.claude-sonnet-5-5",
    "anthropic.claude-haiku-5-5",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "anthropic.claude-opus-4-5-20251101-v1:0",
    "anthropic.claude-opus-4-6-v1",
    "anthropic.claude-opus-4-7",
    "anthropic.claude-opus-4-8",
    "anthropic.claude-opus-5",
    "anthropic.claude-opus-5-5",
    "anthropic.claude-fable-5",
    "anthropic.claude-fable-5-1",
    "amazon.nova-micro-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.nova-pro-v1:0",
    "amazon.nova-2-lite-v1:0",
    "meta.llama3-3-70b-instruct-v1:0",
    "meta.llama4-scout-17b-instruct-v1:0",
    "meta.llama4-maverick-17b-instruct-v1:0",
    "mistral.mistral-large-3-675b-instruct",
    "deepseek.r1-v1:0",
    "openai.gpt-oss-20b-1:0",
    "openai.gpt-oss-120b-1:0",
    "openai.gpt-5.6-sol",
    "openai.gpt-5.6-terra",
    "openai.gpt-5.6-luna",
    "google.gemma-3-4b-it",
    "google.gemma-3-12b-it",
    "google.gemma-3-27b-it",
    "minimax.minimax-m2",
    "minimax.minimax-m2.5",
    "qwen.qwen3-32b-v1:0",
]


@pytest.mark.parametrize("prefix", ["", "us.", "eu.", "global.", PROFILE + "apac."])
def test_models_of_today_have_a_price_through_each_profile(prefix):
    ids = [prefix + model_id for model_id in PRESENT]
    assert [model_id for model_id in ids if load().of(model_id, family(model_id), DAY) is None] == []


def test_a_model_that_nobody_has_priced_is_unknown():
    for model_id in ("anthropic.claude-sonnet-9", "global.acme.large-v1:0", "gpt-4o", "deepseek.v3-v1:0"):
        assert load().of(model_id, family(model_id), DAY) is None


def test_a_global_profile_without_a_price_of_its_own_has_the_models():
    prices = Prices({"m": (price(3.0),), "global.n": (price(1.0),), "n": (price(2.0),)})
    assert prices.of("global.m", "m", DAY) == price(3.0)
    assert prices.of("global.n-v1:0", "n", DAY) == price(1.0)
    assert prices.of("us.n-v1:0", "n", DAY) == price(2.0)


def test_a_profile_that_was_named_is_priced_as_its_model():
    assert load().of("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "amazon.nova-pro", AT.date())


# What a call costs


def test_a_long_prompt_pays_more_for_all_of_it():
    of = price(1.0, long_above=1000, long=Rates(4.0, 4.0, 4.0, 4.0))
    call = pair(input_tokens=400, output_tokens=100, cache_read_tokens=400, cache_write_tokens=200)
    assert of.cost(call) == pytest.approx(1100 / MILLION)
    longer = pair(input_tokens=401, output_tokens=100, cache_read_tokens=400, cache_write_tokens=200)
    assert of.cost(longer) == pytest.approx(4 * 1101 / MILLION)


def test_batch_inference_costs_half():
    call = {"input_tokens": MILLION, "output_tokens": 0, "cache_read_tokens": None, "cache_write_tokens": None}
    assert price(3.0).cost(pair(**call)) == 3.0
    assert price(3.0).cost(pair(operation="Batch", **call)) == 1.5


# The file


def test_the_table_is_sound():
    table = tomllib.loads(FILE.read_text())
    assert table["region"] == "us-east-1"
    seen = [(model, entry["since"]) for entry in table["price"] for model in entry["models"]]
    assert len(seen) == len(set(seen))
    for entry in table["price"]:
        for rates in (entry, entry.get("long_prompt", entry)):
            assert 0 < rates["input"] <= rates["output"]
            assert rates.get("cache_read", 0) <= rates["input"] <= rates.get("cache_write", rates["input"])
        assert entry["since"] <= entry.get("checked", table["checked"])


def test_a_global_price_is_that_of_a_model_and_less():
    table = tomllib.loads(FILE.read_text())
    inputs = {(model, entry["since"]): entry["input"] for entry in table["price"] for model in entry["models"]}
    through = {key: value for key, value in inputs.items() if key[0].startswith("global.")}
    assert through
    for (model, since), value in through.items():
        assert value < inputs[model.removeprefix("global."), since]


def test_a_price_below_zero_is_refused(tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text('checked = 2026-01-01\n[[price]]\nmodels = ["m"]\nsince = 2026-01-01\ninput = 1\noutput = -1\n')
    with pytest.raises(ValueError, match="below zero"):
        load(file)
