"""The type of a document asked of a model: one question, the configured types, a confidence, ``other`` allowed."""

from __future__ import annotations

from typing import Any

import pytest

from common import aws
from documents.errors import ModelRefused, ModelThrottled
from documents.meaning.vocabulary import document_types
from documents.model import DocumentType
from documents.summary import chosen_model, type_question
from documents.summary.providers import completions
from tests.unit.documents.meaning import FakeBedrock, FakeSageMaker, refusal, said, wrote
from tests.unit.purses import Endless

NAMES = ("invoice", "lab_report", "other")
BEDROCK = chosen_model.Settings(model_id="us.amazon.nova-2-lite-v1:0")
SAGEMAKER = chosen_model.Settings("sagemaker", sagemaker_endpoint="writer")


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeBedrock, FakeSageMaker]:
    bedrock, endpoint = FakeBedrock(), FakeSageMaker()
    monkeypatch.setattr(
        aws, "client", lambda name, **_: {"bedrock-runtime": bedrock, "sagemaker-runtime": endpoint}[name]
    )
    return bedrock, endpoint


def ask(settings: chosen_model.Settings = BEDROCK, text: str = "Results of the laboratory") -> type_question.Told:
    generations = type_question.GENERATIONS[chosen_model.spoken(settings)]
    return type_question.ask([text], chosen_model.provider(settings, Endless()), generations, document_types.shipped())


def named(name: Any, confidence: Any = 0.8) -> dict[str, Any]:
    return said(input={"type": name, "confidence": confidence})


def test_one_question_with_the_types_and_their_descriptions(services):
    bedrock, _ = services
    bedrock.answers = [named("lab_report")]
    assert ask() == type_question.Told(DocumentType("lab_report", 0.8, "model"), 100)
    (request,) = bedrock.asked
    (tool,) = request["toolConfig"]["tools"]
    assert tool["toolSpec"]["inputSchema"]["json"]["properties"]["type"]["enum"] == [*document_types.shipped(), "other"]
    assert "- bank_statement: An account's movements over a time" in request["system"][0]["text"]
    assert "- other: " in request["system"][0]["text"]


def test_a_request_is_one_that_botocore_takes(services):
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    bedrock, _ = services
    bedrock.answers = [wrote("nothing")]
    ask()
    shape = get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape
    for request in bedrock.asked:
        assert not ParamValidator().validate(request, shape).has_errors()


def test_other_is_an_answer(services):
    services[0].answers = [named("other", 0.4)]
    assert ask().type == DocumentType("other", 0.4, "model")


def test_a_model_that_cannot_be_made_to_call_a_tool_is_asked_without(services):
    bedrock, _ = services
    bedrock.answers = [refusal("ValidationException", 400), wrote("?"), wrote('{"type": "invoice", "confidence": 1}')]
    assert ask().type == DocumentType("invoice", 1.0, "model")
    assert len(bedrock.asked) == 3
    assert "toolConfig" not in bedrock.asked[2]


def test_no_answer_is_none_and_a_filter_is_asked_once(services):
    bedrock, _ = services
    bedrock.answers = [named("poem")]
    assert ask() == type_question.Told(None, 300)
    bedrock.asked.clear()
    bedrock.answers = [said(reason="content_filtered")]
    assert ask() == type_question.Told(None, 100)
    assert len(bedrock.asked) == 1


def test_what_may_not_be_asked_fails_and_what_may_pass_is_waited_for(services):
    bedrock, _ = services
    for error, name in (
        (refusal("ValidationException", 400), ModelRefused),
        (refusal("AccessDeniedException", 403), ModelRefused),
        (refusal("ThrottlingException", 429), ModelThrottled),
    ):
        bedrock.answers = [error]
        with pytest.raises(name) as caught:
            ask()
        assert type(caught.value) is name


def test_a_document_without_text_asks_nobody(services):
    assert ask(text=" \n") == type_question.Told(None)
    assert services[0].asked == []


@pytest.mark.parametrize("text", ['{"type": "Lab report", "confidence": "0.7"}', "lab_report"])
def test_an_endpoint_is_asked_in_words(services, text: str):
    _, endpoint = services
    endpoint.answers = [[{"generated_text": text}]]
    told = ask(SAGEMAKER)
    assert told.type is not None
    assert (told.type.name, told.type.by) == ("lab_report", "model")
    assert '{"type": "...", "confidence": 0.9}' in endpoint.asked[0]["Body"]["inputs"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"type": "invoice", "confidence": 0.5}, ("invoice", 0.5)),
        ({"type": "INVOICE", "confidence": 85}, ("invoice", 0.85)),
        ({"type": "lab report"}, ("lab_report", 0.0)),
        ({"type": "invoice", "confidence": "high"}, ("invoice", 0.0)),
        ({"type": "invoice", "confidence": -1}, ("invoice", 0.0)),
        ({"type": "invoice", "confidence": float("nan")}, ("invoice", 0.0)),
        ('Sure: ```{"type": "other", "confidence": 0.2}```', ("other", 0.2)),
        ("Invoice.", ("invoice", 0.0)),
        ({"type": "invoice", "confidence": "85 %"}, ("invoice", 0.85)),
        ({"type": "invoice", "confidence": "0,5"}, ("invoice", 0.5)),
        ('[{"type": "invoice", "confidence": 0.5}]', ("invoice", 0.5)),
        ("It is an invoice", None),
        ({"type": "poem", "confidence": 1}, None),
        ({"type": None}, None),
        ({"confidence": 1}, None),
        (["invoice"], None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_and_a_confidence_in_the_shapes_they_come_in(value: Any, found: Any):
    assert completions.choice(value, NAMES) == found
