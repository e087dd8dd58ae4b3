"""Knowledge bases of the local Bedrock as boto3 sees them, and who may ask them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.http import Request
from local.cloud.iam import Call, action_of, resources_of
from local.services.bedrock import bases, service
from services.knowledge_bases import Base, Retrieved
from tests.local.engine_client import engine_client

ID = "ABCDEFGHIJ"
PLACE = {"type": "S3", "s3Location": {"uri": "s3://handbooks/travel.pdf"}}
HOTEL = "The ceiling of a hotel is 140 euros per night."


def send(method: str, name: str, body: Any = None) -> int:
    sent = json.dumps(body).encode()
    path = f"/_local/bedrock/{name}"
    return service.control(Request(method, path, {}, {}, sent, "us-east-1", "123456789012")).status


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("bedrock-agent-runtime", service.handle) as made:
        yield made


@pytest.fixture(scope="module")
def bold() -> Iterator[Any]:
    """It sends what breaks the model's constraints, too."""
    with engine_client("bedrock-agent-runtime", service.handle, looks=False) as made:
        yield made


@pytest.fixture(autouse=True)
def base() -> Iterator[None]:
    passages = [{"text": "Trains are booked in the second class."}, {"text": HOTEL, "location": PLACE}]
    assert send("POST", "bases", {"id": ID, "passages": passages}) == 200
    yield
    assert (send("DELETE", "bases"), send("DELETE", "base-faults")) == (200, 200)


def ask(client: Any, text: str = "ceiling of a hotel", name: str = ID, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.retrieve(knowledgeBaseId=name, retrievalQuery={"text": text}, **more)
    return answer


def vectors(**search: Any) -> dict[str, Any]:
    return {"retrievalConfiguration": {"vectorSearchConfiguration": search}}


def test_what_was_put_is_found_nearest_first_with_its_place(client: Any):
    first, second = ask(client)["retrievalResults"]
    assert (first["content"], first["location"]) == ({"type": "TEXT", "text": HOTEL}, PLACE)
    assert 0 <= second["score"] < first["score"] <= 1
    assert "location" not in second
    assert len(ask(client, **vectors(numberOfResults=1))["retrievalResults"]) == 1


def test_the_client_of_the_functions_reads_it(client: Any):
    found, unread = Base(ID, client=client).retrieve("ceiling of a hotel", 1)
    assert (found, unread) == ([Retrieved(HOTEL, "S3", "s3://handbooks/travel.pdf", found[0].score)], 0)


def test_an_unknown_base_is_not_found_and_the_demos_is_there(client: Any):
    assert refused(client, name="NOSUCHBASE") == ("ResourceNotFoundException", 404)
    assert ask(client, name=bases.OWN)["retrievalResults"] == []


def test_hybrid_is_refused(client: Any):
    assert refused(client, **vectors(overrideSearchType="HYBRID")) == ("ValidationException", 400)


@pytest.mark.parametrize(
    "more",
    [
        {"userContext": {"userId": "ann"}},
        {"nextToken": "more"},
        {"guardrailConfiguration": {"guardrailId": "a", "guardrailVersion": "1"}},
        {"retrievalConfiguration": {"managedSearchConfiguration": {}}},
        vectors(filter={"startsWith": {"key": "a", "value": "b"}}),
        vectors(rerankingConfiguration={"type": "BEDROCK_RERANKING_MODEL"}),
    ],
)
def test_what_is_not_here_is_refused_by_name(client: Any, more: dict[str, Any]):
    assert refused(client, **more) == ("NotImplementedLocally", 501)


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("short", "a", {}),
        (ID, "a" * 20_001, {}),
        (ID, " ", {}),
        (ID, "a", vectors(numberOfResults=0)),
        (ID, "a", vectors(numberOfResults=101)),
    ],
)
def test_what_breaks_the_models_bounds_is_refused(bold: Any, name: str, text: str, more: dict[str, Any]):
    with pytest.raises(ClientError) as found:
        ask(bold, text, name, **more)
    assert found.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("error", "status"),
    [("ThrottlingException", 429), ("DependencyFailedException", 424), ("BadGatewayException", 502)],
)
def test_faults_on_request_are_errors_of_the_model(client: Any, error: str, status: int):
    assert send("POST", "base-faults", {"error": error}) == 200
    assert refused(client) == (error, status)
    assert ask(client)["retrievalResults"]
    assert send("POST", "base-faults", {"error": "NoSuchError"}) == 400


@pytest.mark.parametrize("wish", [{"id": "short", "passages": []}, {"id": ID, "passages": [{"text": ""}]}, {"id": ID}])
def test_no_base_is_made_that_cannot_be(wish: dict[str, Any]):
    assert send("POST", "bases", wish) == 400


def test_the_right_is_asked_for_the_base_itself():
    path = f"/knowledgebases/{ID}/retrieve"
    call = Call("bedrock", "POST", path, path, {}, {}, [], b"{}", "us-east-1", "key")
    assert action_of(call) == "bedrock:Retrieve"
    assert resources_of(call, "123456789012") == [(f"arn:aws:bedrock:us-east-1:123456789012:knowledge-base/{ID}", {})]


def refused(client: Any, **more: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as found:
        ask(client, **more)
    response = found.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
