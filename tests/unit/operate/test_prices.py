"""The price table beside the price list service: found by any of its names, told, and written with every comment."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime

import boto3
import pytest
from botocore.stub import Stubber

from llm import prices as table_of
from operate.clients import Target
from operate.errors import OperateError
from operate.models import price_list, prices

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
TODAY = date(2026, 11, 29)
SINCE = "2026-11-01T00:00:00Z"


def product(usage, dollars, unit="1K tokens", since=SINCE, **attributes):
    """As the service answers: attributes, and one term with one dimension."""
    return {
        "product": {
            "productFamily": "Amazon Bedrock",
            "attributes": {"regionCode": "us-east-1", "usagetype": usage, **attributes},
            "sku": "FY8T82UUN7VZR55K",
        },
        "serviceCode": "AmazonBedrock",
        "terms": {
            "OnDemand": {
                "FY8T82UUN7VZR55K.JRTCKXETXF": {
                    "priceDimensions": {
                        "FY8T82UUN7VZR55K.JRTCKXETXF.6YS6EN2CT7": {
                            "unit": unit,
                            "endRange": "Inf",
                            "beginRange": "0",
                            "pricePerUnit": {"USD": f"{dollars:.10f}"},
                            "appliesTo": [],
                        }
                    },
                    "effectiveDate": since,
                    "termAttributes": {},
                }
            }
        },
        "version": "20261101000000",
    }


def nova(kind, dollars, model="Nova Lite", usage="NovaLite", **more):
    given = {"inferenceType": kind.replace("-", " "), "feature": "On-demand Inference", "servicename": "Amazon Bedrock"}
    return product(f"USE1-{usage}-{kind}", dollars, model=model, **{**given, **more})


def claude(usage, dollars, name="Claude Haiku 4.5", **more):
    return product(usage, dollars, "Units", servicename=f"{name} (Amazon Bedrock Edition)", **more)


LITE = [
    nova("input-tokens", 0.00006),
    nova("output-tokens", 0.00024),
    nova("cache-read-input-token-count", 0.000015, inferenceType="", feature=""),
]
HAIKU = [
    claude("USE1-MP:USE1_InputTokenCount-Units", 1.1),
    claude("USE1-MP:USE1_OutputTokenCount-Units", 5.5),
    claude("USE1-MP:USE1_CacheReadInputTokenCount-Units", 0.11),
    claude("USE1-MP:USE1_CacheWriteInputTokenCount-Units", 1.375),
    claude("USE1-MP:USE1_CacheWrite1hInputTokenCount-Units", 2.2),
    claude("USE1-MP:USE1_InputTokenCount_Global-Units", 1.0),
    claude("USE1-MP:USE1_OutputTokenCount_Global-Units", 5.0),
    claude("USE1-MP:USE1_InputTokenCount_Batch-Units", 0.55),
    claude("USE1-MP:USE1_InputTokenCount_LatencyOptimized-Units", 2.0),
]


def listed(*products):
    found = {}
    for one in products:
        price_list.take(one, found)
    return found


# Reading the list


def test_the_two_services_say_the_same_in_two_ways():
    found = listed(*LITE, *HAIKU)
    assert found.keys() == {"novalite", "claudehaiku45"}
    assert found["novalite"].rates == {"input": 0.06, "output": 0.24, "cache_read": 0.015}
    haiku = found["claudehaiku45"]
    assert haiku.rates == {"input": 1.1, "output": 5.5, "cache_read": 0.11, "cache_write": 1.375}
    assert haiku.global_rates == {"input": 1.0, "output": 5.0}
    assert haiku.since == date(2026, 11, 1)
    assert not haiku.doubtful


@pytest.mark.parametrize(
    ("usage", "kind", "is_global"),
    [
        ("USE1_input_tokens_standard-Units", "input", False),
        ("USE1_output_tokens_global_standard-Units", "output", True),
        ("EU-MP:EU_cache_write_tokens_standard-Units", "cache_write", False),
        ("EU-MP:EU_cache_read_tokens_global_standard-Units", "cache_read", True),
        ("USE1-MP:USE1_InputTokenCount_Global-Units", "input", True),
    ],
)
def test_names_of_both_generations_of_the_marketplace(usage, kind, is_global):
    (one,) = listed(claude(usage, 3.0)).values()
    assert (one.global_rates if is_global else one.rates) == {kind: 3.0}


@pytest.mark.parametrize(
    "product",
    [
        claude("USE1-MP:USE1_InputTokenCount_Batch-Units", 1),
        claude("USE1-MP:USE1_cache_write_tokens_1h_standard-Units", 1),
        claude("USE1-MP:USE1_InputTokenCount_LCtx-Units", 1),
        claude("USE1-MP:USE1_InputTokenCount-Units", 1, name="Claude Instant (100K)"),
        claude("USE1-MP:USE1_created_image-Units", 1),
        nova("input-tokens-batch", 1),
        nova("input-tokens", 1, feature="Batch Inference"),
        nova("input-tokens-flex", 1),
        nova("input-tokens", 1, inferenceType="Input tokens priority"),
        nova("input-tokens", 1, service_tier="flex"),
        nova("input-tokens-custom-model", 1),
        nova("input-image-token-count", 1),
        nova("input-tokens", 1, model="Nova Pro Latency Optimized"),
        nova("Customization-Training", 1),
        nova("ProvisionedThroughput-NoCommit-ModelUnits", 1, unit="hour"),
        nova("input-tokens", 1, unit="image"),
        product("USE1-Guardrail-ContentPolicyUnitsConsumed", 1),
        {"product": {}},
    ],
)
def test_what_is_no_ordinary_token_is_left_out(product):
    assert [one.rates or one.global_rates for one in listed(product).values() if one.rates or one.global_rates] == []


def test_a_model_that_is_named_by_its_id_has_it():
    usage = "USE1-openai.gpt-oss-120b-mantle-{}-tokens-standard"
    found = listed(*(product(usage.format(kind), 0.00015, service_tier="standard") for kind in ("input", "output")))
    assert found["gptoss120b"].model_id == "openai.gpt-oss-120b"
    assert found["gptoss120b"].rates == {"input": 0.15, "output": 0.15}


def test_two_prices_of_one_thing_are_doubtful():
    assert listed(nova("input-tokens", 0.1), nova("input-tokens", 0.2))["novalite"].doubtful == {"input"}
    mantle = product("USE1-amazon.nova-lite-mantle-input-tokens-standard", 0.0002, model="Nova Lite")
    found = listed(nova("input-tokens", 0.0001), mantle)["novalite"]
    assert (found.doubtful, found.rates) == (set(), {"input": 0.1})


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("Claude 3.5 Haiku", "anthropic.claude-3-5-haiku"),
        ("Claude Opus 4.1", "anthropic.claude-opus-4-1"),
        ("Nova 2.0 Lite", "amazon.nova-2-lite"),
        ("Llama 3.3 70B", "meta.llama3-3-70b-instruct"),
        ("Llama 4 Scout 17B", "meta.llama4-scout-17b-instruct"),
        ("Mixtral 8x7B", "mistral.mixtral-8x7b-instruct"),
        ("Command R+", "cohere.command-r-plus"),
        ("DeepSeek R1", "deepseek.r1"),
        ("DeepSeek-R1", "deepseek.r1"),
        ("gpt-oss-20b", "openai.gpt-oss-20b"),
        ("Titan Text G1 - Lite", "amazon.titan-text-lite"),
        ("Gemma 3 4B IT", "google.gemma-3-4b-it"),
        ("MiniMax M2.1", "minimax.minimax-m2.1"),
        ("Qwen3 32B", "qwen.qwen3-32b"),
        ("Jamba 1.5 Large", "ai21.jamba-1-5-large"),
        ("Mistral Large 3 675B Instruct", "mistral.mistral-large-3-675b-instruct"),
    ],
)
def test_a_name_and_an_id_are_of_one_model(name, model):
    assert price_list.key(name) in set(price_list.keys(model))


# The command, against answers of the service


TABLE = """# A table of two.
region = "us-east-1"
checked = 2026-01-15

# Amazon.

[[price]]
models = ["amazon.nova-lite"]
since = 2024-12-03
input = 0.06
output = 0.24
cache_read = 0.015

# Anthropic: two ways.

[[price]]
models = ["anthropic.claude-haiku-4-5"]
since = 2025-10-15
checked = 2026-02-01
input = 1.00
output = 5.00
cache_write = 1.25

# The last word.
[[price]]
models = ["acme.large"]
since = 2025-01-01
input = 2
output = 3
"""


class Account:
    """AWS as it answers: pages of products by service, foundation models, or refusals."""

    def __init__(self):
        given = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        self.clients = {name: boto3.client(name, **given) for name in ("pricing", "bedrock")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def sells(self, *pages, service="AmazonBedrock", region="us-east-1"):
        token = None
        for number, page in enumerate(pages, 1):
            expected = {
                "ServiceCode": service,
                "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}],
            }
            if token:
                expected["NextToken"] = token
            token = f"page-{number}" if number < len(pages) else None
            answer = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(one) for one in page]}
            self.stubs["pricing"].add_response(
                "get_products", answer | ({"NextToken": token} if token else {}), expected
            )

    def has(self, **models):
        summaries = [
            {"modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{each}", "modelId": each, "modelName": name}
            for name, each in models.items()
        ]
        self.stubs["bedrock"].add_response("list_foundation_models", {"modelSummaries": summaries})


@pytest.fixture
def account(monkeypatch):
    made = Account()
    monkeypatch.setattr(Target, "client", lambda _, service: made.clients[service])
    return made


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(TABLE)
    return file


def run(path, *, write=False, target=Target()):  # noqa: B008 - frozen
    return list(prices.command(target, NOW, write=write, path=path))


def both(account, *bedrock, market=()):
    account.sells(bedrock)
    account.sells(market, service="AmazonBedrockFoundationModels")


def test_what_differs_is_missing_and_confirmed_is_told(account, path):
    account.sells(LITE[:2], [*LITE[2:], nova("input-tokens", 0.0008, "Nova Pro", "NovaPro")])
    account.sells(HAIKU, service="AmazonBedrockFoundationModels")
    account.has(**{"Claude Haiku 4.5": "anthropic.claude-haiku-4-5-20251001-v1:0"})
    lines = run(path)
    assert lines[0].startswith("prices.toml: 3 prices of us-east-1")
    assert "Compared with their source from 2026-01-15 to 2026-02-01" in lines
    assert "Not looked at for more than 180 days: acme.large (2026-01-15), amazon.nova-lite (2026-01-15)" in lines[2]
    assert "The price list confirms 1 of them" in lines
    differs = [line for line in lines if line.startswith("differs: ")]
    assert differs == [
        "differs: anthropic.claude-haiku-4-5: input 1 output 5 cache_read 1 cache_write 1.25 here, "
        "input 1.1 output 5.5 cache_read 0.11 cache_write 1.375 there since 2026-11-01"
    ]
    assert "missing: global.anthropic.claude-haiku-4-5: input 1 output 5 since 2026-11-01" in "\n".join(lines)
    assert any("not in the list" in line and "acme.large" in line for line in lines)
    assert lines[-1] == "Nothing was written; --write does it."
    assert path.read_text() == TABLE


def test_written_it_agrees_and_keeps_every_comment(account, path):
    both(account, *LITE, market=HAIKU)
    account.has()
    assert run(path, write=True)[-1].startswith("Written")
    text = path.read_text()
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in TABLE.splitlines() if line.startswith("#")
    ]
    table = tomllib.loads(text)
    entries = {(model, entry["since"]): entry for entry in table["price"] for model in entry["models"]}
    assert entries["amazon.nova-lite", date(2024, 12, 3)]["checked"] == TODAY
    assert entries["anthropic.claude-haiku-4-5", date(2025, 10, 15)]["input"] == 1.0, "what was true stays"
    now = entries["anthropic.claude-haiku-4-5", date(2026, 11, 1)]
    assert (now["input"], now["cache_write"], now["checked"]) == (1.1, 1.375, TODAY)
    assert "checked" not in entries["acme.large", date(2025, 1, 1)], "nobody confirmed it"
    both(account, *LITE, market=HAIKU)
    account.has()
    again = run(path, write=True)
    assert not [line for line in again if line.startswith(("differs", "missing:"))]
    assert path.read_text() == text


def test_a_missing_model_is_written_under_its_id_and_found_by_it(account, path):
    new = [claude(f"USE1_{kind}_tokens_standard-Units", 7.0, "Claude Opus 9") for kind in ("input", "output")]
    both(account, *LITE, market=new)
    account.has(**{"Claude Opus 9": "anthropic.claude-opus-9-20261101-v1:0"})
    run(path, write=True)
    table_of.load.cache_clear()
    found = table_of.load(path).of("eu.anthropic.claude-opus-9-20261101-v1:0", "anthropic.claude-opus-9", TODAY)
    assert found is not None
    assert (found.rates.input, found.since, found.checked) == (7.0, date(2026, 11, 1), TODAY)


def test_a_model_without_an_id_is_told_and_not_written(account, path):
    new = [claude(f"USE1_{kind}_tokens_standard-Units", 7.0, "Claude Opus 9") for kind in ("input", "output")]
    both(account, *LITE, market=new)
    account.stubs["bedrock"].add_client_error("list_foundation_models", "AccessDeniedException")
    lines = run(path, write=True)
    assert any("no id that is known: Claude Opus 9" in line for line in lines)
    assert "Opus" not in path.read_text()


def test_a_change_on_the_day_of_the_last_one_holds_from_today(account, path):
    path.write_text(TABLE.replace("2025-10-15", "2026-11-01").replace("checked = 2026-02-01", "checked = 2026-11-02"))
    both(account, *LITE, market=HAIKU)
    account.has()
    run(path, write=True)
    days = [e["since"] for e in tomllib.loads(path.read_text())["price"] if "anthropic.claude-haiku-4-5" in e["models"]]
    assert days == [date(2026, 11, 1), TODAY]


def test_prices_of_long_prompts_are_nobodys_to_guess(account, path):
    long = "long_prompt = {above = 100_000, input = 2, output = 9, cache_read = 1, cache_write = 3}\n"
    path.write_text(TABLE.replace("cache_write = 1.25\n", "cache_write = 1.25\n" + long))
    both(account, *LITE, market=HAIKU[:5])
    account.has()
    assert any("long prompts" in line and "haiku-4-5" in line for line in run(path, write=True))
    assert path.read_text().count("anthropic.claude-haiku-4-5") == 1


def test_a_name_of_the_list_may_be_given(account, path):
    path.write_text(TABLE.replace('models = ["acme.large"]', 'models = ["acme.large"]\nlisted = "Acme Huge v3"'))
    huge = [nova(f"{kind}-tokens", dollars, "Acme Huge v3") for kind, dollars in (("input", 0.002), ("output", 0.003))]
    both(account, *LITE, *huge)
    account.has()
    assert "The price list confirms 2 of them" in run(path)


def test_who_may_not_ask_learns_which_right_is_missing(account, path):
    account.stubs["pricing"].add_client_error("get_products", "AccessDeniedException", "not authorized to perform")
    with pytest.raises(OperateError, match="pricing:GetProducts"):
        run(path, write=True)
    assert path.read_text() == TABLE


def test_a_region_that_sells_nothing_is_named(account, path):
    both(account)
    with pytest.raises(OperateError, match="us-east-1"):
        run(path)


def test_the_local_cloud_has_no_price_list(path):
    with pytest.raises(OperateError, match="--local"):
        run(path, target=Target(port=4566))


def test_the_shipped_table_can_be_written(account, tmp_path):
    """Whatever stands in it: an entry of two models, prices of long prompts, two entries of one model."""
    file = tmp_path / "prices.toml"
    file.write_text(table_of.FILE.read_text())
    both(account, *LITE, market=HAIKU)
    account.has()
    run(file, write=True)
    before, after = (tomllib.loads(one.read_text())["price"] for one in (table_of.FILE, file))
    assert [entry for entry in after if entry not in before and entry["checked"] != TODAY] == []
    assert len(after) == len(before)
    table_of.load.cache_clear()
    assert table_of.load(file)
