"""Comprehend's limits: no request passes them, nothing is lost on the way, and troubles have names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import aws
from common.errors import ServiceUnavailable, TransientError
from services import comprehend
from tests.unit.llm.paid_builders import Comprehend, refusal

ENGLISH = "This is a plain English sentence about the weather of today and of tomorrow."


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_COMPREHEND_THROTTLE", "off")


@given(sizes=st.lists(st.integers(1, 1000), max_size=60))
def test_requests_hold_both_limits_and_lose_nothing(sizes: list[int]):
    numbers = list(range(len(sizes)))
    groups = list(comprehend.segment_requests(numbers, sizes))
    assert [number for group in groups for number in group] == numbers
    for group in groups:
        assert 0 < len(group) <= comprehend.MOST_SEGMENTS
        assert sum(sizes[number] for number in group) <= comprehend.MOST_SEGMENTS_BYTES
    for group, following in pairwise(groups):
        # As few requests as can be: what begins the next one did not fit into this one.
        full = len(group) == comprehend.MOST_SEGMENTS
        assert full or sum(sizes[n] for n in group) + sizes[following[0]] > comprehend.MOST_SEGMENTS_BYTES


@given(text=st.text(st.characters(), max_size=3_000))
def test_segments_hold_the_limit_and_say_something(text: str):
    for segment in comprehend.segments(text):
        assert 0 < len(segment.encode()) <= comprehend.SEGMENT_BYTES
        assert segment.strip()


def test_300_characters_decide_about_the_language():
    client = Comprehend()
    codes, characters = comprehend.languages([ENGLISH * 10, ENGLISH], client)
    assert codes == ["en", "en"]
    assert list(characters) == [300, len(ENGLISH)]
    assert [len(text) for text in client.asked[0][1]["TextList"]] == [300, len(ENGLISH)]


@pytest.mark.parametrize(("text", "tells"), [("x" * 20, True), ("x" * 19, False), (" " * 40 + "x", False)])
def test_20_characters_tell_a_language(text: str, tells: bool):
    assert comprehend.tells_language(text) is tells


class Fixed:
    """A client with one answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def __getattr__(self, _name: str) -> Any:
        return lambda **_: self.answer


@pytest.mark.parametrize(
    ("languages", "code"),
    [
        ([{"LanguageCode": "de", "Score": 0.49}], comprehend.UNKNOWN),
        ([{"LanguageCode": "de", "Score": 0.5}], "de"),
        ([{"LanguageCode": "de", "Score": 0.2}, {"LanguageCode": "nl", "Score": 0.7}], "nl"),
        ([], comprehend.UNKNOWN),
    ],
)
def test_an_unsure_language_is_unknown(languages: list[dict[str, Any]], code: str):
    client = Fixed({"ResultList": [{"Index": 0, "Languages": languages}], "ErrorList": []})
    assert comprehend.languages([ENGLISH], client)[0] == [code]


def test_results_stand_at_the_places_of_their_documents():
    answer = {"ResultList": [{"Index": 2}, {"Index": 0}], "ErrorList": [{"Index": 1, "ErrorCode": "INTERNAL"}]}
    answers = comprehend.sentiments(["a", "b", "c"], "en", Fixed(answer))
    assert answers.results == [{"Index": 0}, None, {"Index": 2}]


def test_a_document_is_cut_at_5_kilobytes_and_billed_as_it_was_sent():
    client = Comprehend()
    answers = comprehend.sentiments(["é" * 4_000, "a\ud83db is a good idea"], "fr", client)
    assert client.asked[0][1]["TextList"] == ["é" * 2_500, "a?b is a good idea"]
    assert answers.characters == [2_500, 18]


class Busy(TransientError):
    """A caller's own name for throttling."""


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [("ThrottlingException", 400, Busy), ("InternalServerException", 500, ServiceUnavailable)],
)
def test_a_caller_may_name_throttling(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, name: type[TransientError]
):
    def refuse(_: str) -> None:
        raise refusal(code, status=status)

    monkeypatch.setattr(aws, "client", lambda _: Comprehend(before=refuse))
    with pytest.raises(TransientError) as caught:
        comprehend.entities("detect_entities", "Ann", "en", Busy)
    assert type(caught.value) is name


@pytest.mark.parametrize(
    "call",
    [
        lambda client: comprehend.languages([ENGLISH], client),
        lambda client: comprehend.sentiments([ENGLISH], "en", client),
        lambda client: comprehend.toxicity([ENGLISH], client),
    ],
)
def test_throttling_is_retried(call: Any):
    def refuse(_: str) -> None:
        raise refusal("TooManyRequestsException", status=400)

    with pytest.raises(ServiceUnavailable):
        call(Comprehend(before=refuse))
