"""Model ids under few names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import model_families
from llm.model_families import bare, family

ARN = "arn:aws:bedrock:us-east-1:123456789012:"


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-5-sonnet"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"),
        (f"{ARN}inference-profile/global.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6"),
        ("anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
        ("anthropic.claude-v2:1", "anthropic.claude"),
        ("anthropic.claude-instant-v1", "anthropic.claude-instant"),
        ("apac.amazon.nova-lite-v1:0", "amazon.nova-lite"),
        ("amazon.nova-lite-v1:0:300k", "amazon.nova-lite"),
        ("us-gov.anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku"),
        ("mars.amazon.nova-pro-v1:0", "amazon.nova-pro"),
        ("amazon.titan-text-express-v1:0:8k", "amazon.titan-text-express"),
        ("arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-70b-instruct-v1:0", "meta.llama3-1-70b-instruct"),
        ("arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro"),
        ("mistral.mistral-large-2402-v1:0", "mistral.mistral-large"),
        ("mistral.mistral-7b-instruct-v0:2", "mistral.mistral-7b-instruct"),
        ("openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b"),
        ("cohere.command-text-v14:7:4k", "cohere.command-text"),
        ("deepseek.r1-v1:0", "deepseek.r1"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("My Model / 7", "my-model-7"),
        (f"{ARN}application-inference-profile/abc123", "profile"),
        (f"{ARN}provisioned-model/abc123", "provisioned"),
        (f"{ARN}imported-model/abc123", "imported"),
        (f"{ARN}custom-model/amazon.nova-lite-v1:0:300k/abc123", "amazon.nova-lite"),
        (f"{ARN}custom-model-deployment/abc123", "custom"),
        (f"{ARN}default-prompt-router/anthropic.claude:1", "router"),
        (f"{ARN}prompt/ABC:1", "prompt"),
        ("arn:aws:sagemaker:us-east-1:123456789012:endpoint/llama", "endpoint"),
        ("", "unknown"),
        ("...", "unknown"),
        ("arn:", "unknown"),
    ],
)
def test_a_family_is_the_model_without_region_and_version(model_id, expected):
    assert family(model_id) == expected


def test_a_date_that_names_the_model_stays_in_the_bare_id():
    assert bare("eu.mistral.mistral-large-2402-v1:0") == "mistral.mistral-large-2402"


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        (f"{ARN}inference-profile/global.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1"),
        ("anthropic.claude-v2:1", "anthropic.claude-v2:1"),
        ("amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0:300k"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        (f"{ARN}custom-model/amazon.nova-lite-v1:0:300k/abc123", "amazon.nova-lite-v1:0:300k"),
        ("anthropic.claude-sonnet-4-6", ""),
        ("gpt-4o", ""),
        (f"{ARN}application-inference-profile/abc123", ""),
        (f"{ARN}imported-model/abc123", ""),
        ("", ""),
        (":::", ""),
    ],
)
def test_a_version_is_what_the_family_leaves_out(model_id, expected):
    assert model_families.version(model_id) == expected


@given(st.text())
def test_any_version_is_a_dimension(model_id):
    found = model_families.version(model_id)
    assert len(found) <= model_families.MOST
    assert found == "" or (found.isascii() and not found.startswith(":") and found.strip())


def test_a_profile_may_be_named_by_the_whole_id_of_its_model():
    arn = f"{ARN}application-inference-profile/abc123"
    for name in ("eu.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"):
        assert family(arn, {"abc123": name}) == "anthropic.claude-sonnet-4"


def test_the_file_names_many_and_the_parameter_wins(tmp_path):
    file = tmp_path / "profiles.toml"
    file.write_text('[profiles]\nabc = "amazon.nova-pro"\ndef = "amazon.nova-lite"\n')
    assert model_families.profiles_of("def=team", file) == {"abc": "amazon.nova-pro", "def": "team"}


def test_the_file_that_ships_names_nobody():
    assert model_families.profiles_of("") == {}


def test_profiles_have_the_names_they_are_given():
    profiles = model_families.profiles_of("abc123 = anthropic.claude-sonnet-4, def456=Team A,, broken, =x, y=")
    assert profiles == {"abc123": "anthropic.claude-sonnet-4", "def456": "Team A"}
    assert family(f"{ARN}application-inference-profile/abc123", profiles) == "anthropic.claude-sonnet-4"
    assert family(f"{ARN}application-inference-profile/def456", profiles) == "team-a"
    assert family(f"{ARN}application-inference-profile/ghi789", profiles) == "profile"


@pytest.mark.parametrize(
    "model_id",
    ["amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "us.cohere.embed-v4:0", "cohere.rerank-v3-5:0"],
)
def test_models_that_answer_with_vectors_are_known(model_id):
    assert model_families.is_embedding(model_id)
    assert not model_families.is_embedding("amazon.titan-text-express-v1")


def test_a_profile_of_a_model_that_answers_with_vectors_is_known_by_its_name():
    profile = f"{ARN}application-inference-profile/abc123"
    named = family(profile, {"abc123": "amazon.titan-embed-text-v2:0"})
    assert model_families.is_embedding(profile, named)
    assert not model_families.is_embedding(profile, family(profile))


@given(st.text(max_size=300))
def test_any_id_gives_a_legal_dimension(model_id):
    found = family(model_id)
    assert 1 <= len(found) <= model_families.MOST
    assert found.isascii()
    assert found == family(model_id)
