"""Titan's request, answer and limits; and what its stand-in can tell apart."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.services.bedrock import titan
from tests.local.engine_client import engine_client

V2, V1 = "amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v1"


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with engine_client("bedrock-runtime", lambda request: titan.invoke(request, request.path.split("/")[2])) as made:
        yield made


def embed(client: Any, model: str = V2, **members: Any) -> Any:
    answer = client.invoke_model(modelId=model, body=json.dumps({"inputText": "a text", **members}))
    return json.loads(answer["body"].read())


def test_the_answer_of_version_2(client: Any):
    answer = client.invoke_model(modelId=V2, body=json.dumps({"inputText": "a text of six words, about"}))
    body = json.loads(answer["body"].read())
    assert set(body) == {"embedding", "embeddingsByType", "inputTextTokenCount"}
    assert len(body["embedding"]) == 1024
    assert body["embedding"] == body["embeddingsByType"]["float"]
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == str(body["inputTextTokenCount"])
    assert "n-grams" in headers["x-millrace-engine"]


def test_the_answer_of_version_1(client: Any):
    body = embed(client, V1)
    assert set(body) == {"embedding", "inputTextTokenCount"}
    assert len(body["embedding"]) == 1536


@pytest.mark.parametrize("dimensions", [1024, 512, 256])
def test_dimensions(client: Any, dimensions: int):
    vector = embed(client, dimensions=dimensions)["embedding"]
    assert len(vector) == dimensions
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-4)


def test_without_normalising_the_length_tells_of_the_text(client: Any):
    short = embed(client, normalize=False)["embedding"]
    long = embed(client, normalize=False, inputText="many other words that make a longer vector")["embedding"]
    assert math.hypot(*long) > math.hypot(*short) > 1


def test_binary_embeddings(client: Any):
    body = embed(client, embeddingTypes=["binary"])
    assert set(body["embeddingsByType"]) == {"binary"}
    assert set(body["embeddingsByType"]["binary"]) == {0, 1}
    assert "embedding" not in body


@pytest.mark.parametrize(
    "members",
    [
        {"inputText": ""},
        {"inputText": None},
        {"inputText": 1},
        {"inputText": "a" * 50_001},
        {"inputText": "a b " * 5_000},
        {"dimensions": 100},
        {"dimensions": True},
        {"normalize": "yes"},
        {"embeddingTypes": []},
        {"embeddingTypes": ["int8"]},
        {"texts": ["a"]},
    ],
)
def test_what_titan_refuses(client: Any, members: dict[str, Any]):
    with pytest.raises(client.exceptions.ValidationException) as caught:
        embed(client, **members)
    assert caught.value.response["Error"]["Message"]


def test_version_1_takes_no_dimensions(client: Any):
    with pytest.raises(ClientError, match=r"extraneous key \[dimensions\] is not permitted"):
        embed(client, V1, dimensions=256)


def test_a_body_that_is_no_json(client: Any):
    for body in (b"{", b"[]"):
        with pytest.raises(client.exceptions.ValidationException, match="Malformed input request"):
            client.invoke_model(modelId=V2, body=body)


def test_the_token_limit_says_how_many_there_were(client: Any):
    with pytest.raises(ClientError, match="Max input tokens: 8192, request input token count: 10000"):
        embed(client, inputText="a b " * 5_000)


def test_which_models_it_serves():
    assert titan.serves(V2)
    assert titan.serves(f"arn:aws:bedrock:us-east-1::foundation-model/{V1}")
    assert not titan.serves("amazon.titan-text-express-v1")


def cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(titan.embed(one, 256), titan.embed(other, 256), strict=True))


def test_what_shares_words_is_near_and_what_does_not_is_far():
    asked = "How do I reset my router password?"
    assert cosine(asked, "To reset the password of your router, hold its button.") > 0.4
    assert abs(cosine(asked, "Whisk two eggs with the sugar and fold in the flour.")) < 0.2
    assert cosine(asked, "how do i RESET my router password") > 0.95


def test_its_weakness_a_synonym_is_a_stranger():
    """Said in the docs; a real model would find these two near."""
    assert abs(cosine("My automobile broke down", "The car is defective")) < 0.2


def test_a_vector_is_the_same_on_every_machine():
    found = [place for place, value in enumerate(titan.embed("router", 256)) if value]
    assert found == [122, 154, 173, 182, 185, 250]


@given(st.text(min_size=1, max_size=200), st.sampled_from([256, 512, 1024]))
def test_every_text_has_a_direction(text: str, dimensions: int):
    text = text.encode("utf-8", "replace").decode()
    vector = titan.embed(text, dimensions)
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-4)
