"""Bedrock and SageMaker as they answer, well and badly."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from common import aws
from documents.errors import ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable
from documents.summary.providers import answers
from documents.summary.providers.base import Completion, Prompt, PromptRefused
from documents.summary.providers.bedrock import Bedrock
from documents.summary.providers.sagemaker import Format, SageMaker
from tests.unit.documents.meaning import FakeBedrock, FakeSageMaker, refusal, said, wrote

PROMPT = Prompt("Summarise.", "<document-1>\nAnn\n</document-1>")


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> FakeBedrock:
    fake = FakeBedrock()
    monkeypatch.setattr(aws, "client", lambda name, **_: {"bedrock-runtime": fake}[name])
    return fake


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> FakeSageMaker:
    fake = FakeSageMaker()
    monkeypatch.setattr(aws, "client", lambda name, **_: {"sagemaker-runtime": fake}[name])
    return fake


def ask(fake: FakeBedrock, answer: Any, **generation: Any) -> Completion:
    fake.answers = [answer]
    return Bedrock("us.amazon.nova-2-lite-v1:0").complete(PROMPT, generation)


def test_the_model_is_made_to_call_the_tool(bedrock: FakeBedrock):
    found = ask(bedrock, said("Ann is well."), temperature=0, maxTokens=100)
    assert found == Completion(("Ann is well.",), "tool_use", False, 100)
    (request,) = bedrock.asked
    assert request["modelId"] == "us.amazon.nova-2-lite-v1:0"
    assert request["inferenceConfig"] == {"temperature": 0, "maxTokens": 100}
    assert request["toolConfig"]["toolChoice"] == {"tool": {"name": "record_summary"}}
    assert "additionalModelRequestFields" not in request


@pytest.mark.parametrize(("choice", "sent"), [("any", {"any": {}}), ("auto", {"auto": {}}), ("none", None)])
def test_models_that_cannot_be_made_to_are_asked_otherwise(bedrock: FakeBedrock, choice: str, sent: Any):
    found = ask(bedrock, wrote('```json\n{"sentences": ["Ann is well."]}\n```'), toolChoice=choice, top_k=5)
    assert found.sentences == ("Ann is well.",)
    assert bedrock.asked[0].get("toolConfig", {}).get("toolChoice") == sent
    assert bedrock.asked[0]["additionalModelRequestFields"] == {"top_k": 5}


def test_a_request_is_one_that_botocore_takes(bedrock: FakeBedrock):
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    ask(bedrock, said("Ann."), temperature=0.5, topP=0.9, maxTokens=10, stopSequences=["x"], toolChoice="any")
    shape = get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    report = ParamValidator().validate(bedrock.asked[0], shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("answer", "sentences", "cut"),
    [
        (said("Ann is", reason="max_tokens"), ("Ann is",), True),
        (said(input={}), None, False),
        (said(input='{"sentences": "Ann is well."}'), ("Ann is well.",), False),
        (wrote("Ann is well."), None, False),
        (wrote("", "malformed_tool_use"), None, False),
        ({"output": {}, "stopReason": "guardrail_intervened"}, None, False),
    ],
)
def test_an_answer_is_taken_as_far_as_it_goes(bedrock: FakeBedrock, answer: Any, sentences: Any, cut: bool):
    found = ask(bedrock, answer)
    assert (found.sentences, found.cut) == (sentences, cut)


@pytest.mark.parametrize("reason", ["guardrail_intervened", "content_filtered"])
def test_what_a_filter_left_is_no_answer(bedrock: FakeBedrock, reason: str):
    found = ask(bedrock, said("Sorry, this is blocked.", reason=reason))
    assert found == Completion(None, reason, tokens=100, filtered=True)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refusal("ThrottlingException", 429), ModelThrottled),
        (refusal("ServiceQuotaExceededException", 400), ModelThrottled),
        (refusal("ModelNotReadyException", 429), ModelUnavailable),
        (refusal("ServiceUnavailableException", 503), ModelUnavailable),
        (refusal("ModelTimeoutException", 408), ModelUnavailable),
        (refusal("ModelErrorException", 424), ModelUnavailable),
        (refusal("InternalServerException", 500), ModelUnavailable),
        (ReadTimeoutError(endpoint_url="x"), ModelUnavailable),
        (refusal("ValidationException", 400), PromptRefused),
        (refusal("AccessDeniedException", 403), ModelRefused),
        (refusal("ResourceNotFoundException", 404), ModelRefused),
    ],
)
def test_bedrocks_errors_have_names_that_machines_know(bedrock: FakeBedrock, error: Exception, name: type[Exception]):
    with pytest.raises(name) as caught:
        ask(bedrock, error)
    assert type(caught.value) is name


@pytest.mark.parametrize("generation", [{"temperature": "hot"}, {"maxTokens": 1.5}, {"toolChoice": "perhaps"}])
def test_settings_that_converse_does_not_take_are_not_tried_for_half_an_hour(
    generation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """botocore refuses them itself, which is no trouble of the network."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(ModelSettingsInvalid, match="ParametersList") as caught:
        Bedrock("us.amazon.nova-2-lite-v1:0").complete(PROMPT, generation)
    assert caught.value.__cause__ is None, "botocore's sentence may hold what was sent"


def test_a_refused_right_says_what_to_give(bedrock: FakeBedrock):
    with pytest.raises(ModelRefused, match=r"access to the model.*bedrock:InvokeModel.*foundation models"):
        ask(bedrock, refusal("AccessDeniedException", 403))


def test_a_full_context_is_a_prompt_that_is_too_long(bedrock: FakeBedrock):
    with pytest.raises(PromptRefused):
        ask(bedrock, wrote("", "model_context_window_exceeded"))


def chat(content: Any, reason: str) -> dict[str, Any]:
    """As servers answer that speak the form of chats."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": reason}
    return {"choices": [choice], "usage": {"total_tokens": 7}}


def invoke(fake: FakeSageMaker, answer: Any, form: Format = "hugging-face", **generation: Any) -> Completion:
    fake.answers = [answer]
    return SageMaker("millrace-writer", form).complete(PROMPT, generation)


def test_both_forms_are_spoken(sagemaker: FakeSageMaker):
    first = invoke(sagemaker, [{"generated_text": "Ann is well. She left."}], max_new_tokens=9)
    second = invoke(sagemaker, {"generated_texts": ["Ann is well. She left."]}, "jumpstart", max_length=9)
    assert first.sentences == second.sentences == ("Ann is well.", "She left.")
    hugging, jumpstart = (request["Body"] for request in sagemaker.asked)
    assert hugging["parameters"] == {"max_new_tokens": 9}
    assert set(jumpstart) == {"text_inputs", "max_length"}
    assert hugging["inputs"] == jumpstart["text_inputs"]
    assert PROMPT.user in hugging["inputs"]


def test_a_prompt_that_is_said_again_is_left_out(sagemaker: FakeSageMaker):
    invoke(sagemaker, [{"generated_text": "x."}])
    prompt = sagemaker.asked[0]["Body"]["inputs"]
    assert invoke(sagemaker, [{"generated_text": f"{prompt} Ann is well."}]).sentences == ("Ann is well.",)


@pytest.mark.parametrize(
    ("answer", "sentences", "cut"),
    [
        ([{"generated_text": "Ann is well. She lef"}], ("Ann is well.", "She lef"), True),
        ([{"generated_text": "Ann.", "details": {"finish_reason": "length", "generated_tokens": 2}}], ("Ann.",), True),
        ([{"generated_text": "Ann", "details": {"finish_reason": "eos_token"}}], ("Ann",), False),
        ({"generation": "Ann.", "stop_reason": "length"}, ("Ann.",), True),
        ({"completion": "Ann.", "stop_reason": "max_tokens"}, ("Ann.",), True),
        ({"output_text": "Ann.", "finishReason": "MAX_TOKENS"}, ("Ann.",), True),
        ([{"generated_text": "Ann.", "finish_reason": "length"}], ("Ann.",), True),
        ({"outputs": [{"text": "Ann.", "stop_reason": "length"}]}, ("Ann.",), True),
        ({"results": [{"outputText": "Ann.", "text": "Ann.", "completionReason": "LENGTH"}]}, ("Ann.",), True),
        ({"generation": "Ann", "stop_reason": "stop"}, ("Ann",), False),
        ({"generation": "Ann.", "stop_reason": None}, ("Ann.",), False),
        ({"generated_text": '{"sentences": ["Ann is well."]}'}, ("Ann is well.",), False),
        ([{"generated_text": ""}], (), False),
        ([], None, False),
        ({}, None, False),
        ({"generated_texts": []}, None, False),
        ({"generated_texts": [3]}, None, False),
        ([{"summary_text": "Ann is well."}], ("Ann is well.",), False),
        ({"summary": ["Ann is well.", "She left."]}, ("Ann is well.", "She left."), False),
        ([{"generated_text": "<think>Is she? Yes.</think>\n\nAnn is well."}], ("Ann is well.",), False),
        ([{"generated_text": "Is she? Yes.\n</think>\nAnn is well."}], ("Ann is well.",), False),
        (["Ann is well. She left."], ("Ann is well.", "She left."), False),
        ([["Ann is well."], ["Bob is not."]], ("Ann is well.",), False),
        (["Ann is well.", "Ann is fine."], ("Ann is well.",), False),
        ({"outputs": ["Ann is well."]}, ("Ann is well.",), False),
        ({"predictions": [{"summary": "Ann is well."}]}, ("Ann is well.",), False),
        ({"sentences": ["Ann is well.", "She left."]}, ("Ann is well.", "She left."), False),
        ({"my_own_name": "Ann is well."}, ("Ann is well.",), False),
        ("Ann is well.", ("Ann is well.",), False),
        (chat("Ann is well.", "stop"), ("Ann is well.",), False),
        (chat("Ann is", "length"), ("Ann is",), True),
        (chat([{"type": "text", "text": "Ann is well."}], "stop"), ("Ann is well.",), False),
        (chat(None, "content_filter"), None, False),
        ({"error": "Out of memory."}, None, False),
        ({"code": 400, "message": "No such parameter."}, None, False),
        ({"message": "No such parameter."}, None, False),
        ([[3], {"a": "x", "b": "y"}], None, False),
        (b"not json", None, False),
        (b"\xff", None, False),
    ],
)
def test_an_endpoints_answer_is_taken_as_far_as_it_goes(
    sagemaker: FakeSageMaker, answer: Any, sentences: Any, cut: bool
):
    found = invoke(sagemaker, answer)
    assert (found.sentences, found.cut) == (sentences, cut)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refusal("ThrottlingException", 400, "InvokeEndpoint"), ModelThrottled),
        (refusal("ModelError", 424, "InvokeEndpoint", OriginalStatusCode=400), PromptRefused),
        (refusal("ModelError", 424, "InvokeEndpoint", OriginalStatusCode=422), PromptRefused),
        (refusal("ModelError", 424, "InvokeEndpoint", OriginalStatusCode=429), ModelUnavailable),
        (refusal("ModelError", 424, "InvokeEndpoint", OriginalStatusCode=500), ModelUnavailable),
        (refusal("ModelError", 424, "InvokeEndpoint"), ModelUnavailable),
        (refusal("ModelNotReadyException", 429, "InvokeEndpoint"), ModelUnavailable),
        (refusal("ServiceUnavailable", 503, "InvokeEndpoint"), ModelUnavailable),
        (refusal("InternalDependencyException", 530, "InvokeEndpoint"), ModelUnavailable),
        (refusal("ValidationError", 400, "InvokeEndpoint"), ModelRefused),
        (refusal("AccessDeniedException", 400, "InvokeEndpoint"), ModelRefused),
        (ReadTimeoutError(endpoint_url="x"), ModelUnavailable),
    ],
)
def test_sagemakers_errors_have_names_that_machines_know(
    sagemaker: FakeSageMaker, error: Exception, name: type[Exception]
):
    with pytest.raises(name) as caught:
        invoke(sagemaker, error)
    assert type(caught.value) is name


def test_a_body_over_the_limit_is_not_sent(sagemaker: FakeSageMaker):
    with pytest.raises(PromptRefused):
        SageMaker("e", "hugging-face").complete(Prompt("", "x" * 6_291_456), {})
    assert sagemaker.asked == []


@pytest.mark.parametrize("form", ["hugging-face", "jumpstart"])
def test_shapes_are_told_whichever_form_was_asked(sagemaker: FakeSageMaker, form: Format):
    for answer in ([{"summary_text": "Ann."}], {"generated_texts": ["Ann."]}, [{"generated_text": "Ann."}], [["Ann."]]):
        assert invoke(sagemaker, answer, form).sentences == ("Ann.",)


def test_a_container_that_filters_is_a_filter(sagemaker: FakeSageMaker):
    found = invoke(sagemaker, chat("I will not.", "content_filter"))
    assert found == Completion(None, "content_filter", tokens=7, filtered=True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(answers._NAMES) | st.text(), inner),
    )
)
def test_any_answer_is_read_without_an_error(value: Any):
    assert isinstance(answers.written(value), str | None)
    reason, tokens = answers.details(value)
    assert isinstance(reason, str)
    assert isinstance(tokens, int | None)
