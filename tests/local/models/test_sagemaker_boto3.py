"""The local SageMaker endpoint as boto3 sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.http import Request
from local.services.sagemaker import service
from tests.local.engine_client import engine_client

TEXT = "<document-1>\nAnn Lee was admitted with chest pain. Ann Lee was discharged on March 4, 2024.\n</document-1>"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("sagemaker-runtime", service.handle) as made:
        yield made


@pytest.fixture(autouse=True)
def _calm() -> Iterator[None]:
    yield
    service.SWITCHES.faults.clear()


def invoke(client: Any, body: object, endpoint: str = "millrace-writer") -> Any:
    answer = client.invoke_endpoint(EndpointName=endpoint, ContentType="application/json", Body=json.dumps(body))
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    return json.loads(answer["Body"].read())


def refused(client: Any, body: object = None, endpoint: str = "millrace-writer") -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        invoke(client, body or {"inputs": TEXT}, endpoint)
    return caught.value.response


def test_both_forms(client: Any):
    said = "Ann Lee was admitted with chest pain. Ann Lee was discharged on March 4, 2024."
    assert invoke(client, {"inputs": TEXT, "parameters": {"return_full_text": False}}) == [{"generated_text": said}]
    assert invoke(client, {"text_inputs": TEXT, "max_length": 99}) == {"generated_texts": [said]}


def test_the_prompt_comes_first_unless_told_not_to_and_a_limit_cuts(client: Any):
    assert invoke(client, {"inputs": TEXT})[0]["generated_text"].startswith(TEXT)
    wish = {"max_new_tokens": 5, "return_full_text": False, "details": True}
    (answer,) = invoke(client, {"inputs": TEXT, "parameters": wish})
    assert answer["details"]["finish_reason"] == "length"
    assert len(answer["generated_text"]) <= 20


def test_an_unknown_endpoint_is_not_found_until_it_is_there(client: Any):
    answer = refused(client, endpoint="summaries")
    assert answer["Error"]["Code"] == "ValidationError"
    assert "Endpoint summaries of account 123456789012 not found" in answer["Error"]["Message"]
    made = Request("POST", "/_local/sagemaker/endpoints", {}, {}, b'{"name": "summaries"}', "us-east-1", "1")
    assert service.control(made).status == 200
    assert invoke(client, {"text_inputs": TEXT}, "summaries")
    gone = Request("DELETE", "/_local/sagemaker/endpoints", {}, {}, b"", "us-east-1", "1")
    assert service.control(gone).status == 200
    assert refused(client, endpoint="summaries")["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(("body", "status"), [({"prompt": TEXT}, 422), (["x"], 400), ({"inputs": "x" * 400_001}, 400)])
def test_a_model_that_refuses_its_input_is_a_model_error(client: Any, body: object, status: int):
    answer = refused(client, body)
    assert answer["Error"]["Code"] == "ModelError"
    assert answer["OriginalStatusCode"] == status
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424


@pytest.mark.parametrize("code", [code for code in service.ERRORS if code not in ("ModelRefusal",)])
def test_errors_on_request_have_the_statuses_of_the_service_model(client: Any, code: str):
    service.SWITCHES.set_fault(code)
    answer = refused(client)
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == service.ERRORS[code]
    if code in client.meta.service_model.shape_names:
        shape = client.meta.service_model.shape_for(code)
        assert shape.metadata["error"]["httpStatusCode"] == service.ERRORS[code]


def test_bad_answers_on_request(client: Any):
    for mode in ("empty", "looping", "cut"):
        service.SWITCHES.set_fault(mode)
    wish = {"text_inputs": TEXT}
    assert invoke(client, wish) == {"generated_texts": [""]}
    (looping,) = invoke(client, wish)["generated_texts"]
    assert looping.count("admitted") == 5
    assert not invoke(client, wish)["generated_texts"][0].endswith(".")
