"""Guardrails where the provider itself is blind: tools' inputs, and endpoints of SageMaker."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import get_session
from botocore.validate import ParamValidator

from common import aws
from documents.errors import ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable
from documents.summary import chosen_model
from documents.summary.providers.base import Completion, Prompt
from tests.unit.documents.meaning import FakeBedrock, FakeSageMaker, refusal, said, wrote
from tests.unit.purses import Endless

PROMPT = Prompt("Summarise.", "<document-1>\nAnn\n</document-1>")
BEDROCK = chosen_model.Settings(model_id="us.amazon.nova-2-lite-v1:0", guardrail="abcd1234efgh:3")
SAGEMAKER = chosen_model.Settings("sagemaker", sagemaker_endpoint="writer", guardrail="abcd1234efgh:DRAFT")


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> FakeBedrock:
    fake, endpoint = (
        FakeBedrock([said("Ann is well.", "She left.")]),
        FakeSageMaker([[{"summary_text": "Ann is well."}]]),
    )
    services = {"bedrock-runtime": fake, "sagemaker-runtime": endpoint}
    monkeypatch.setattr(aws, "client", lambda name, **_: services[name])
    return fake


def ask(settings: chosen_model.Settings, **generation: Any) -> Completion:
    return chosen_model.provider(settings, Endless()).complete(PROMPT, generation)


def test_converse_is_given_the_guardrail_and_what_a_tool_was_given_is_checked_apart(bedrock: FakeBedrock):
    assert ask(BEDROCK).sentences == ("Ann is well.", "She left.")
    named = {"guardrailIdentifier": "abcd1234efgh", "guardrailVersion": "3"}
    assert bedrock.asked[0]["guardrailConfig"] == {**named, "trace": "enabled"}
    (check,) = bedrock.guarded
    assert (check["source"], check["content"][0]["text"]["text"]) == ("OUTPUT", "Ann is well.\nShe left.")


def test_requests_are_such_as_botocore_takes(bedrock: FakeBedrock):
    ask(BEDROCK)
    model = get_session().get_service_model("bedrock-runtime")
    for operation, request in (("Converse", bedrock.asked[0]), ("ApplyGuardrail", bedrock.guarded[0])):
        report = ParamValidator().validate(request, model.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()


def test_what_converse_checks_itself_is_not_checked_twice(bedrock: FakeBedrock):
    bedrock.answers = [wrote('{"sentences": ["Ann is well."]}')]
    assert ask(BEDROCK, toolChoice="none").sentences == ("Ann is well.",)
    assert bedrock.guarded == []


@pytest.mark.parametrize(
    ("actions", "filtered"), [(["ANONYMIZED"], False), (["ANONYMIZED", "BLOCKED"], True), ([], True)]
)
def test_what_converse_masked_itself_is_shown_and_what_it_blocked_is_not(
    bedrock: FakeBedrock, actions: list[str], filtered: bool
):
    entities = [{"match": "Ann", "type": "NAME", "action": action} for action in actions]
    assessed = {"abcd1234efgh": [{"sensitiveInformationPolicy": {"piiEntities": entities}}]}
    answer = wrote('{"sentences": ["{NAME} is well."]}', reason="guardrail_intervened")
    bedrock.answers = [answer | {"trace": {"guardrail": {"outputAssessments": assessed}}}]
    found = ask(BEDROCK, toolChoice="none")
    assert (found.filtered, found.sentences) == (filtered, None if filtered else ("{NAME} is well.",))


@pytest.mark.parametrize("settings", [BEDROCK, SAGEMAKER])
def test_an_answer_that_is_blocked_is_filtered(bedrock: FakeBedrock, settings: chosen_model.Settings):
    bedrock.blocked = "well"
    found = ask(settings)
    assert (found.sentences, found.stop_reason, found.filtered) == (None, "guardrail_intervened", True)


def test_what_is_masked_is_masked(bedrock: FakeBedrock):
    bedrock.masked = "Ann"
    assert ask(BEDROCK).sentences == ("{NAME} is well.", "She left.")


def test_an_endpoint_is_not_shown_what_is_blocked(bedrock: FakeBedrock):
    bedrock.blocked = "Ann"
    found = ask(SAGEMAKER)
    assert found.filtered
    assert [check["source"] for check in bedrock.guarded] == ["INPUT"]
    assert aws.client("sagemaker-runtime").asked == []


def test_an_endpoint_sees_what_the_guardrail_left(bedrock: FakeBedrock):
    bedrock.masked = "Ann"
    ask(SAGEMAKER)
    (request,) = aws.client("sagemaker-runtime").asked
    assert "Ann" not in request["Body"]["inputs"]
    assert [check["source"] for check in bedrock.guarded] == ["INPUT", "OUTPUT"]


def test_a_long_prompt_is_checked_in_pieces_that_bedrock_takes(bedrock: FakeBedrock):
    text = "Ann is well. " * 5_000
    chosen_model.provider(SAGEMAKER, Endless()).complete(Prompt("Summarise.", text), {})
    shown = [check["content"][0]["text"]["text"] for check in bedrock.guarded if check["source"] == "INPUT"]
    assert "".join(shown) == text
    assert max(map(len, shown)) <= 20_000


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refusal("ThrottlingException", 429, "ApplyGuardrail"), ModelThrottled),
        (refusal("ServiceQuotaExceededException", 400, "ApplyGuardrail"), ModelThrottled),
        (refusal("InternalServerException", 500, "ApplyGuardrail"), ModelUnavailable),
        (ReadTimeoutError(endpoint_url="x"), ModelUnavailable),
        (refusal("AccessDeniedException", 403, "ApplyGuardrail"), ModelRefused),
        (refusal("ResourceNotFoundException", 404, "ApplyGuardrail"), ModelRefused),
    ],
)
def test_its_errors_have_names_that_machines_know(
    bedrock: FakeBedrock, monkeypatch: pytest.MonkeyPatch, error: Exception, name: type[Exception]
):
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(bedrock, "apply_guardrail", fail)
    with pytest.raises(name) as caught:
        ask(BEDROCK)
    assert type(caught.value) is name


def test_a_refused_right_of_converse_names_the_guardrail_too(bedrock: FakeBedrock):
    bedrock.answers = [refusal("AccessDeniedException", 403)]
    with pytest.raises(ModelRefused, match="ApplyGuardrail"):
        ask(BEDROCK)


@pytest.mark.parametrize("guardrail", ["abcd", "abcd:", ":1", "abcd:0", "abcd:draft"])
def test_a_guardrail_without_a_version_is_no_setting(guardrail: str):
    with pytest.raises(ModelSettingsInvalid, match=r"^Set Guardrail"):
        chosen_model.provider(chosen_model.Settings(model_id="m", guardrail=guardrail), Endless())
