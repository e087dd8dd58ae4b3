"""Titan's limits, its errors, and the cosine."""

from __future__ import annotations

import math
import threading

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ServiceUnavailable
from llm import embeddings
from llm.embeddings import Embedder, Settings, cosine
from llm.spending import Bill
from tests.unit.llm.paid_builders import Titan, refusal

FINITE = st.floats(-1e6, 1e6)


def embedder(client: Titan, **options: object) -> Embedder:
    return Embedder(Settings(**options), client)  # type: ignore[arg-type]


def test_each_text_is_embedded_once_and_billed():
    client, bill = Titan(), Bill()
    found = embedder(client).embed(["one text", "another", "one text"], bill)
    assert len(client.asked) == bill.calls == 2
    assert all(one is not None and len(one.vector) == 256 and not one.truncated for one in found.values())
    assert bill.tokens > 2


def test_version_1_takes_no_dimensions():
    client = Titan()
    found = embedder(client, embedding_model="amazon.titan-embed-text-v1").embed(["a text"], Bill())["a text"]
    assert found is not None
    assert len(found.vector) == 1536
    assert client.asked == [{"inputText": "a text"}]


def test_a_text_that_is_too_long_is_cut_and_says_so():
    text = "palabra " * 9_000
    found = embedder(Titan()).embed([text], Bill())[text]
    assert found is not None
    assert found.truncated


def test_what_fits_is_not_cut():
    text = "word " * 6_000
    assert embeddings.fitting(text) == text
    assert len(embeddings.fitting("字" * 20_000)) == embeddings.MOST_TOKENS


def test_an_estimate_that_was_too_low_is_halved():
    """One letter a word: twice the tokens that four characters a token foretell."""
    text = "a b " * 8_000
    client, bill = Titan(), Bill()
    found = embedder(client).embed([text], bill)[text]
    assert found is not None
    assert found.truncated
    assert len(client.asked) == 2
    assert bill.calls == 1


def test_a_text_that_is_refused_whole_and_halved_is_left_out():
    def refuse(_: str) -> None:
        raise refusal("ValidationException")

    assert embedder(Titan(before=refuse)).embed(["text"], Bill()) == {"text": None}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 429),
        ("ModelTimeoutException", 408),
        ("ModelNotReadyException", 429),
        ("ModelErrorException", 424),
        ("InternalServerException", 500),
        ("ServiceUnavailableException", 503),
    ],
)
def test_what_may_pass_later_is_named_so(code: str, status: int):
    def refuse(_: str) -> None:
        raise refusal(code, status=status)

    with pytest.raises(ServiceUnavailable, match=code):
        embedder(Titan(before=refuse)).embed(["text"], Bill())


def test_no_access_stays_what_it_is():
    def refuse(_: str) -> None:
        raise refusal("AccessDeniedException", status=403)

    with pytest.raises(ClientError, match="AccessDeniedException"):
        embedder(Titan(before=refuse)).embed(["text"], Bill())


def test_few_calls_at_a_time():
    running, most, lock = [0], [0], threading.Lock()
    gate = threading.Barrier(embeddings.WORKERS)

    def count(_: str) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        gate.wait(timeout=10)
        with lock:
            running[0] -= 1
        gate.wait(timeout=10)

    embedder(Titan(before=count)).embed([f"text {number}" for number in range(2 * embeddings.WORKERS)], Bill())
    assert most[0] == embeddings.WORKERS


def test_what_was_answered_is_billed_although_a_later_one_fails():
    def refuse(text: str) -> None:
        if text == "bad":
            raise refusal("ThrottlingException")

    bill = Bill()
    with pytest.raises(ServiceUnavailable):
        embedder(Titan(before=refuse)).embed(["good", "bad"], bill)
    assert bill.calls == 1


def test_halves_of_characters_reach_nobody():
    client = Titan()
    embedder(client).embed(["a\ud83db"], Bill())
    assert client.asked[0]["inputText"] == "a?b"


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20))
def test_a_cosine_lies_between_minus_1_and_1(both: list[tuple[float, float]]):
    one, other = zip(*both, strict=True)
    value = cosine(one, other)
    assert value is None or -1 <= value <= 1
    assert value == cosine(other, one)


@given(st.lists(st.floats(0.1, 1e3), min_size=1, max_size=20), st.floats(0.1, 10))
def test_length_does_not_matter(vector: list[float], factor: float):
    assert cosine(vector, [factor * value for value in vector]) == pytest.approx(1)
    assert cosine(vector, [-value for value in vector]) == pytest.approx(-1)


@pytest.mark.parametrize("vector", [[0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0]])
def test_what_has_no_direction_has_no_cosine(vector: list[float]):
    assert cosine(vector, [1.0, 1.0]) is None


def test_vectors_of_two_models_have_no_cosine():
    with pytest.raises(ValueError, match="256 and 2 dimensions"):
        cosine([0.0] * 256, [1.0, 1.0])
