"""Guardrails of the local Bedrock as boto3 sees them: what ApplyGuardrail and Converse answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.services.bedrock import guarding, guardrails, service
from tests.local.engine_client import engine_client

ID, MODEL = "localwatch", "us.amazon.nova-2-lite-v1:0"
WORD, NUMBER, MAIL = "Operation Nightingale", "078-05-1120", "ada@example.com"
PLAIN = "The patient went home in good condition."
ZERO = {"topicPolicyUnits": 0, "contentPolicyUnits": 0, "contextualGroundingPolicyUnits": 0}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("bedrock-runtime", service.handle) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    service.SWITCHES.usage.reset()  # another file of this process may have asked the engine
    yield
    service.SWITCHES.usage.reset()


def applied(client: Any, *texts: str, source: str = "INPUT", version: str = "1", name: str = ID) -> dict[str, Any]:
    content = [{"text": {"text": text}} for text in texts]
    answer: dict[str, Any] = client.apply_guardrail(
        guardrailIdentifier=name, guardrailVersion=version, source=source, content=content
    )
    return answer


def conversed(client: Any, text: str, trace: str = "disabled", **members: Any) -> dict[str, Any]:
    config = {"guardrailIdentifier": ID, "guardrailVersion": "1", "trace": trace}
    answer: dict[str, Any] = client.converse(
        modelId=MODEL, messages=[{"role": "user", "content": [{"text": text}]}], guardrailConfig=config, **members
    )
    return answer


@pytest.mark.parametrize("version", ["1", "DRAFT"])
def test_what_nothing_is_wrong_with_passes(client: Any, version: str):
    answer = applied(client, PLAIN, version=version)
    units = {"wordPolicyUnits": 1, "sensitiveInformationPolicyUnits": 1, "sensitiveInformationPolicyFreeUnits": 1}
    assert (answer["action"], answer["outputs"]) == ("NONE", [])
    assert answer["usage"] == {**ZERO, **units}
    assert list(answer["assessments"][0]) == ["invocationMetrics"]
    assert answer["guardrailCoverage"] == {"textCharacters": {"guarded": len(PLAIN), "total": len(PLAIN)}}


@pytest.mark.parametrize(
    ("source", "said"),
    [("INPUT", "This document may not be read by the model."), ("OUTPUT", "This answer may not be shown.")],
)
def test_a_denied_word_is_blocked_with_the_guardrail_s_own_sentence(client: Any, source: str, said: str):
    answer = applied(client, PLAIN, "About OPERATION\n nightingale.", source=source)
    assert (answer["action"], answer["actionReason"]) == ("GUARDRAIL_INTERVENED", "Guardrail blocked.")
    assert answer["outputs"] == [{"text": said}]
    found = {"match": "OPERATION\n nightingale", "action": "BLOCKED", "detected": True}
    assert answer["assessments"][0]["wordPolicy"] == {"customWords": [found], "managedWordLists": []}
    assert "sensitiveInformationPolicy" not in answer["assessments"][0]


def test_personal_data_is_blocked_or_masked_as_its_kind_is_set(client: Any):
    masked = applied(client, f"Write to {MAIL} about CASE-204187.", PLAIN)
    assert masked["action"] == "GUARDRAIL_INTERVENED"
    assert masked["outputs"] == [{"text": "Write to {EMAIL} about {case}."}, {"text": PLAIN}]
    policy = masked["assessments"][0]["sensitiveInformationPolicy"]
    assert policy["piiEntities"] == [{"match": MAIL, "type": "EMAIL", "action": "ANONYMIZED", "detected": True}]
    assert [(each["name"], each["match"]) for each in policy["regexes"]] == [("case", "CASE-204187")]
    blocked = applied(client, f"SSN: {NUMBER}, {MAIL}")
    assert blocked["outputs"] == [{"text": "This document may not be read by the model."}]
    kinds = blocked["assessments"][0]["sensitiveInformationPolicy"]["piiEntities"]
    assert {(each["type"], each["action"]) for each in kinds} == {
        ("US_SOCIAL_SECURITY_NUMBER", "BLOCKED"), ("EMAIL", "ANONYMIZED"),
    }  # fmt: skip


def test_converse_does_not_ask_the_model_about_a_blocked_prompt(client: Any):
    answer = conversed(client, f"Tell me of {WORD}.", trace="enabled")
    assert answer["stopReason"] == "guardrail_intervened"
    assert answer["output"]["message"]["content"] == [{"text": "This document may not be read by the model."}]
    assert answer["usage"]["totalTokens"] == 0
    trace = answer["trace"]["guardrail"]
    assert trace["inputAssessment"][ID]["wordPolicy"]["customWords"][0]["match"] == WORD
    assert "outputAssessments" not in trace


def test_converse_masks_and_says_so(client: Any):
    """The prompt is masked too, so the answer, which is made of it, has nothing left to mask."""
    answer = conversed(client, f"The patient writes from {MAIL} and is well again since Monday.")
    said = answer["output"]["message"]["content"][0]["text"]
    assert "{EMAIL}" in said
    assert MAIL not in said
    assert (answer["stopReason"], "trace" in answer) == ("end_turn", False)


def test_only_what_is_marked_is_looked_at_where_anything_is(client: Any):
    """In the prompt; the local model repeats what it was told, and its answer is looked at whole."""
    config = {"guardrailIdentifier": ID, "guardrailVersion": "1", "trace": "enabled"}
    content = [{"text": f"Tell me of {WORD}."}, {"guardContent": {"text": {"text": PLAIN}}}]
    answer = client.converse(modelId=MODEL, messages=[{"role": "user", "content": content}], guardrailConfig=config)
    trace = answer["trace"]["guardrail"]
    assert "wordPolicy" not in trace["inputAssessment"][ID]
    assert trace["outputAssessments"][ID][0]["wordPolicy"]["customWords"][0]["match"] == WORD
    assert answer["stopReason"] == "guardrail_intervened"


def test_the_input_of_a_tool_is_not_looked_at(client: Any):
    """As in Bedrock: so the pipeline asks ApplyGuardrail about it itself."""
    guarded = guarding.Guarded(guardrails.guardrails()[ID], trace=False)
    content = [{"toolUse": {"name": "record", "input": {"sentences": [WORD]}}}]
    assert guarded.shown(content, "tool_use") == (content, "tool_use")
    assert guarded.shown([{"text": WORD}], "end_turn")[1] == "guardrail_intervened"


@pytest.mark.parametrize(
    ("name", "version"),
    [("nobody", "1"), (ID, "2"), (f"arn:aws:bedrock:eu-west-1:123456789012:guardrail/{ID}", "1")],
)
def test_a_guardrail_that_is_not_there(client: Any, name: str, version: str):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        applied(client, PLAIN, name=name, version=version)
    config = {"guardrailIdentifier": name, "guardrailVersion": version}
    message = [{"role": "user", "content": [{"text": PLAIN}]}]
    with pytest.raises(ClientError, match="guardrail identifier or version provided in the request does not exist"):
        client.converse(modelId=MODEL, messages=message, guardrailConfig=config)


def test_a_call_takes_25_text_units(client: Any):
    assert applied(client, "a" * 25_000)["usage"]["wordPolicyUnits"] == 25
    with pytest.raises(ClientError, match="25 text units"):
        applied(client, "a" * 25_001)


def test_the_full_name_of_a_guardrail_is_one_too(client: Any):
    name = f"arn:aws:bedrock:us-east-1:123456789012:guardrail/{ID}"
    assert applied(client, PLAIN, name=name)["action"] == "NONE"


TOPICS = '[topicPolicyConfig]\ntopicsConfig = [{name = "a", definition = "b", type = "DENY"}]'.replace("[t", "[a.t")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[a]\nname = "a"\nblockedInputMessaging = "b"\nblockedOutputsMessaging = "c"\n{TOPICS}', "topicPolicyConfig"),
        ('[a]\nname = "a"', "blockedInputMessaging"),
        ("[A-B]", "no id"),
        ("[a", "no TOML"),
    ],
)
def test_a_guardrail_that_cannot_be_checked_is_refused(text: str, said: str):
    with pytest.raises(guardrails.UnusableSettings, match=said):
        guardrails.read(text)


def test_each_direction_can_have_its_own_action():
    settings = """
    [a]
    name = "a"
    blockedInputMessaging = "in"
    blockedOutputsMessaging = "out"
    [a.wordPolicyConfig]
    wordsConfig = [{ text = "red", inputAction = "NONE" }, { text = "blue", outputEnabled = false }]
    """
    found = guardrails.read(settings)["a"]
    assert [guardrails.check(found, source, "red").blocked for source in ("INPUT", "OUTPUT")] == [False, True]
    assert [guardrails.check(found, source, "blue").blocked for source in ("INPUT", "OUTPUT")] == [True, False]
    assert not guardrails.check(found, "OUTPUT", "bored, bluest").matches


@given(st.lists(st.sampled_from([MAIL, "CASE-123456", " ", "\n", "x", PLAIN])).map("".join))
def test_a_mask_hides_all_that_was_found_and_nothing_else(text: str):
    guardrail = guardrails.guardrails()[ID]
    verdict = guardrails.check(guardrail, "INPUT", text)
    hidden = {place for match in verdict.matches for place in range(match.begin, match.end)}
    rest = "".join(sign for place, sign in enumerate(text) if place not in hidden)
    assert re.sub(r"\{\w+\}", "", verdict.text) == rest
    assert verdict.intervened == (verdict.text != text)
