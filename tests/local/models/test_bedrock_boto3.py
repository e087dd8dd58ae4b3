"""The local Bedrock as boto3 sees it: Converse, its errors, and bad answers on request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from documents.summary import prompts
from documents.summary.providers import bedrock as provider
from local.cloud.http import Request
from local.services import extractive
from local.services.bedrock import service
from tests.local.engine_client import engine_client

PROFILE = "us.amazon.nova-2-lite-v1:0"
LETTER = """Discharge Summary
Ann Lee was admitted to Mercy Hospital on March 1, 2024 with chest pain.
Her chest pain was treated with aspirin and she improved in the hospital.
The cafeteria has new opening hours.
Ann Lee was discharged on March 4, 2024 and should see her doctor in two weeks."""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("bedrock-runtime", service.handle) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    service.SWITCHES.usage.reset()  # another file of this process may have asked the engine
    yield
    service.SWITCHES.faults.clear()
    service.SWITCHES.usage.reset()


def request(model: str = PROFILE, text: str = LETTER, **members: Any) -> dict[str, Any]:
    return (
        provider._request(provider.Bedrock(model), prompts.whole(text), {"temperature": 0, "maxTokens": 1000}) | members
    )


def refused(client: Any, code: str, status: int = 400, **arguments: Any) -> str:
    with pytest.raises(client.exceptions.from_code(code)) as caught:
        client.converse(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    return str(caught.value.response["Error"]["Message"])


def test_a_forced_tool_gets_sentences_of_the_document_in_the_fence(client: Any):
    answer = client.converse(**request())
    found = provider._completion(answer, ())
    assert answer["stopReason"] == "tool_use"
    assert found.sentences
    assert all(sentence.rstrip(".") in LETTER for sentence in found.sentences)
    assert any("discharged on March 4" in sentence for sentence in found.sentences)
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] == found.tokens
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-millrace-engine"] == service.NAME
    assert service.SWITCHES.usage.counts()["answers"] == 1


@pytest.mark.parametrize(
    "model",
    [
        "amazon.nova-lite-v1:0",
        "us.amazon.nova-2-lite-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}",
    ],
)
def test_models_go_by_ids_and_arns_and_by_profiles(client: Any, model: str):
    assert client.converse(**request(model))["stopReason"] == "tool_use"


def test_without_a_tool_it_writes_prose_and_with_a_choice_it_classifies(client: Any):
    plain = request()
    del plain["toolConfig"]
    answer = client.converse(**plain)
    assert answer["stopReason"] == "end_turn"
    assert "Ann Lee" in answer["output"]["message"]["content"][0]["text"]
    properties = {"type": {"type": "string", "enum": ["bank_statement", "discharge_summary", "other"]}}
    spec = {"name": "say", "inputSchema": {"json": {"type": "object", "properties": properties}}}
    tools = {"tools": [{"toolSpec": spec}], "toolChoice": {"any": {}}}
    (block,) = client.converse(**request(toolConfig=tools))["output"]["message"]["content"]
    assert block["toolUse"]["input"] == {"type": "discharge_summary"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (request("amazon.nova-99"), "The provided model identifier is invalid."),
        (request("amazon.nova-2-lite-v1:0"), "on-demand throughput isn\u2019t supported"),
        (request("amazon.nova-micro-v1:0", text="x" * 600_000), "Input is too long for requested model."),
        (request("us.meta.llama3-1-8b-instruct-v1:0"), "toolChoice.tool"),
        (request("amazon.nova-lite-v1:0", inferenceConfig={"maxTokens": 20_000}), "model limit of 10000"),
        (request(inferenceConfig={"temperature": 1.5}), "temperature"),
        (request(messages=[]), "messages"),
        (request(messages=[{"role": "assistant", "content": [{"text": "a"}]}]), "start with a user message"),
        (request(messages=[{"role": "user", "content": [{"text": "a"}]}] * 2), "alternate"),
        (request(messages=[{"role": "user", "content": [{"text": " "}]}]), "blank"),
    ],
)
def test_what_bedrock_refuses_is_refused(client: Any, arguments: dict[str, Any], said: str):
    assert said in refused(client, "ValidationException", **arguments)


@pytest.mark.parametrize("code", [code for code in service.ERRORS if code != "ValidationException"])
def test_errors_on_request_have_the_statuses_of_the_service_model(client: Any, code: str):
    shape = client.meta.service_model.shape_for(code)
    assert shape.metadata["error"]["httpStatusCode"] == service.ERRORS[code]
    service.SWITCHES.set_fault(code)
    refused(client, code, service.ERRORS[code], **request())
    assert client.converse(**request())["stopReason"] == "tool_use", "once, as asked"


@pytest.mark.parametrize(
    ("mode", "sentences", "reason"),
    [("prose", None, "end_turn"), ("broken", None, "end_turn"), ("empty", (), "tool_use")],
)
def test_bad_answers_on_request(client: Any, mode: str, sentences: Any, reason: str):
    service.SWITCHES.set_fault(mode)
    found = provider._completion(client.converse(**request()), ())
    assert (found.sentences, found.stop_reason) == (sentences, reason)


def test_looping_and_cut_answers_on_request(client: Any):
    service.SWITCHES.set_fault("looping")
    service.SWITCHES.set_fault("cut")
    looping = provider._completion(client.converse(**request()), ())
    cut = provider._completion(client.converse(**request()), ())
    assert len(set(looping.sentences or ())) == 1
    assert len(looping.sentences or ()) == 5
    assert cut.cut
    assert not (cut.sentences or (".",))[-1].endswith(".")


def test_an_answer_over_its_token_limit_is_cut(client: Any):
    answer = client.converse(**request(inferenceConfig={"maxTokens": 10}))
    assert answer["stopReason"] == "max_tokens"
    assert answer["usage"]["outputTokens"] < 100


def test_other_operations_say_that_they_are_not_there(client: Any):
    for body in (b"{}", b'{"inputText": 3}'):
        with pytest.raises(ClientError) as caught:
            client.invoke_model(modelId="amazon.nova-lite-v1:0", body=body)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_embeddings_are_delegated(client: Any):
    answer = client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": "Ann"}))
    assert json.loads(answer["body"].read())["embedding"]


def control(method: str, name: str, body: object = None) -> tuple[int, Any]:
    sent = Request(method, f"/_local/bedrock/{name}", {}, {}, json.dumps(body).encode(), "us-east-1", "1")
    answer = service.control(sent)
    return answer.status, json.loads(answer.body)


def test_the_switchboard(client: Any):
    assert control("POST", "faults", {"mode": "prose", "times": 2}) == (200, {})
    assert client.converse(**request())["stopReason"] == "end_turn"
    assert control("DELETE", "faults") == (200, {})
    assert client.converse(**request())["stopReason"] == "tool_use"
    assert control("GET", "usage")[1]["answers"] == 2
    assert control("DELETE", "usage") == (200, {})
    assert control("GET", "usage")[1]["answers"] == 0
    assert control("POST", "faults", {"mode": "nonsense"})[0] == 400
    assert control("POST", "faults", {"mode": "prose", "times": 0})[0] == 400
    assert control("POST", "faults", [])[0] == 400
    assert control("GET", "nothing")[0] == 404


def test_a_long_text_is_summarised_by_its_own_sentences():
    text = "\n".join(f"The ward number {n} has {n} beds and the beds are full." for n in range(3000))
    found = extractive.summarise(text, 5)
    assert len(found) == 5
    assert all(sentence in text for sentence in found)
    assert extractive.summarise("", 5) == []
    assert extractive.source("no fence") == "no fence"


def test_headings_and_form_lines_come_after_sentences():
    lines = [f"Field {n}: the pain of the ward" for n in range(20)]
    said = "She was admitted with pain and sent to the ward."
    assert extractive.summarise("\n".join(["WARD OF PAIN", *lines, said]), 1) == [said]


def test_a_form_without_sentences_is_told_by_its_title_and_filled_lines():
    lines = ["Patient Form", "Date of Birth:", "07/09/1978", "Heart disease in the whole family", "- Phone: 555-0147"]
    assert extractive.summarise("\n".join(lines), 2) == ["Patient Form.", "Phone: 555-0147."]
    assert not any("Birth" in sentence for sentence in extractive.summarise("\n".join(lines), 5))


def test_there_is_no_batch_job_to_ask_for():
    """A reader of batch outputs asks for their job; here none has ever run."""
    with engine_client("bedrock", service.handle) as bedrock, pytest.raises(ClientError) as refused:
        bedrock.get_model_invocation_job(jobIdentifier="ab12cd34ef56")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
