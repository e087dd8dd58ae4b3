"""Titan's limits, and Bedrock's names for what may pass later."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from common import aws
from common.errors import ServiceUnavailable, TransientError
from services import bedrock
from services.bedrock import Embedder
from tests.unit.llm.paid_builders import Titan, refusal


def embedder(client: Titan, model: str = "amazon.titan-embed-text-v2:0") -> Embedder:
    return Embedder(model, 256, client)


def test_each_text_is_embedded_once_and_billed():
    client, bill = Titan(), list[int]()
    found = embedder(client).embed(["one text", "another", "one text"], bill.append)
    assert len(client.asked) == len(bill) == 2
    assert all(one is not None and len(one.vector) == 256 and not one.truncated for one in found.values())
    assert sum(bill) > 2


def test_version_1_takes_no_dimensions():
    client = Titan()
    found = embedder(client, "amazon.titan-embed-text-v1").embed(["a text"], [].append)["a text"]
    assert found is not None
    assert len(found.vector) == 1536
    assert client.asked == [{"inputText": "a text"}]


@pytest.mark.parametrize(
    ("arn", "dimensions"),
    [
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v1", 1536),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0", 256),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl", 256),
        ("arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abcdefghijkl", 256),
    ],
)
def test_an_arn_that_does_not_name_version_1_is_taken_for_version_2(arn, dimensions):
    client = Titan()
    found = embedder(client, arn).embed(["a text"], [].append)["a text"]
    assert found is not None
    assert len(found.vector) == dimensions


def test_a_text_that_is_too_long_is_cut_and_says_so():
    text = "palabra " * 9_000
    found = embedder(Titan()).embed([text], [].append)[text]
    assert found is not None
    assert found.truncated


def test_what_fits_is_not_cut():
    text = "word " * 6_000
    assert bedrock.fitting(text) == text
    assert len(bedrock.fitting("字" * 20_000)) == bedrock.MOST_TOKENS


def test_an_estimate_that_was_too_low_is_halved():
    """One letter a word: twice the tokens that four characters a token foretell."""
    text = "a b " * 8_000
    client, bill = Titan(), list[int]()
    found = embedder(client).embed([text], bill.append)[text]
    assert found is not None
    assert found.truncated
    assert len(client.asked) == 2
    assert len(bill) == 1


def test_a_text_that_is_refused_whole_and_halved_is_left_out():
    def refuse(_: str) -> None:
        raise refusal("ValidationException")

    assert embedder(Titan(before=refuse)).embed(["text"], [].append) == {"text": None}


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
        embedder(Titan(before=refuse)).embed(["text"], [].append)


def test_no_access_stays_what_it_is():
    def refuse(_: str) -> None:
        raise refusal("AccessDeniedException", status=403)

    with pytest.raises(ClientError, match="AccessDeniedException"):
        embedder(Titan(before=refuse)).embed(["text"], [].append)


def test_few_calls_at_a_time():
    running, most, lock = [0], [0], threading.Lock()
    gate = threading.Barrier(bedrock.WORKERS)

    def count(_: str) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        gate.wait(timeout=10)
        with lock:
            running[0] -= 1
        gate.wait(timeout=10)

    embedder(Titan(before=count)).embed([f"text {number}" for number in range(2 * bedrock.WORKERS)], [].append)
    assert most[0] == bedrock.WORKERS


def test_what_was_answered_is_billed_although_a_later_one_fails():
    def refuse(text: str) -> None:
        if text == "bad":
            raise refusal("ThrottlingException")

    bill: list[int] = []
    with pytest.raises(ServiceUnavailable):
        embedder(Titan(before=refuse)).embed(["good", "bad"], bill.append)
    assert len(bill) == 1


def test_halves_of_characters_are_not_sent():
    client = Titan()
    embedder(client).embed(["a\ud83db"], [].append)
    assert client.asked[0]["inputText"] == "a?b"


class Busy(TransientError):
    """A caller's own name for throttling."""


class Down(TransientError):
    """A caller's own name for the rest that may pass."""


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ("ThrottlingException", 429, Busy),
        ("ServiceQuotaExceededException", 400, Busy),
        ("ModelErrorException", 424, Down),
        ("InternalServerException", 500, Down),
    ],
)
def test_a_caller_has_its_own_names(code: str, status: int, name: type[TransientError]):
    said = rf"Bedrock's nova could not answer just now \({code}\)"
    with pytest.raises(TransientError, match=said) as caught, bedrock.patient("nova", Busy, Down):
        raise refusal(code, status=status)
    assert type(caught.value) is name
    assert ("quota" in str(caught.value)) is (name is Busy)


def test_long_prompts_have_time(monkeypatch: pytest.MonkeyPatch):
    made: list[tuple[str, dict[str, Any]]] = []

    class Client:
        def converse(self, **request: Any) -> dict[str, Any]:
            return request

    def client(service: str, **options: Any) -> Client:
        made.append((service, options))
        return Client()

    monkeypatch.setattr(aws, "client", client)
    assert bedrock.converse({"modelId": "nova"}) == {"modelId": "nova"}
    assert made == [("bedrock-runtime", {"attempts": 2, "read_timeout": bedrock.READ_SECONDS})]
