"""Prompts and completions apart, cut at Comprehend's limits, English only."""

from __future__ import annotations

import pytest

from common.errors import ServiceUnavailable
from llm.modules.toxicity import LABELS, InvalidThreshold, Toxicity
from tests.unit.llm.paid_builders import ANSWER, Comprehend, metrics, pair, refusal, values

RUDE = "You are an idiot, a pathetic moron, and nobody wants to hear what you have to say."


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_COMPREHEND_THROTTLE", "off")
    monkeypatch.delenv("TOXICITY_THRESHOLD", raising=False)


def segments(client: Comprehend) -> list[list[str]]:
    return [[one["Text"] for one in m["TextSegments"]] for name, m in client.asked if name == "DetectToxicContent"]


def test_prompt_and_completion_are_measured_apart():
    samples = Toxicity(Comprehend()).compute([pair("a", prompt=RUDE), pair("b", completion=RUDE)])
    rude, fine = values(samples, "ToxicityPrompt")
    assert (rude > 0.8, fine < 0.1) == (True, True)
    fine, rude = values(samples, "ToxicityCompletion")
    assert (rude > 0.8, fine < 0.1) == (True, True)
    assert values(samples, "ToxicCount") == [0, 1]
    assert values(samples, "ToxicPromptCount") == [1, 0]


def test_labels_are_counted_for_completions():
    samples = Toxicity(Comprehend()).compute([pair(completion=RUDE)])
    assert values(samples, "ToxicInsultCount") == [1]
    assert values(samples, "ToxicHarassmentOrAbuseCount") == []
    assert metrics(Toxicity(Comprehend()).compute([pair(prompt=RUDE)]))["ToxicInsultCount"] == 0


def test_a_text_is_as_toxic_as_its_worst_segment():
    quiet = "The weather is mild today and the birds are singing in the garden. " * 30
    for text in (f"{RUDE} {quiet}", f"{quiet}{RUDE}", f"{quiet}{RUDE} {quiet}"):
        samples = Toxicity(Comprehend()).compute([pair(completion=text)])
        assert values(samples, "ToxicityCompletion")[0] > 0.8
        assert max(values(samples, "ToxicitySegments")) >= 3


def test_texts_share_requests_up_to_ten_segments():
    client = Comprehend()
    pairs = [pair(str(number), prompt=f"Question number {number} about the routers?") for number in range(12)]
    Toxicity(client).compute(pairs)
    assert [len(request) for request in segments(client)] == [10, 10, 4]


def test_every_request_is_one_that_comprehend_takes():
    """The engine behind the client refuses any other."""
    client = Comprehend()
    long = "Größe und Maß are words with wide letters, “quoted” — and a 😀 among them. " * 200
    Toxicity(client).compute([pair(str(n), prompt=long[n:], completion=long, language="en") for n in range(3)])
    found = segments(client)
    assert "".join("".join(request) for request in found) == "".join(long[n:] + long for n in range(3))
    assert all(len(request) <= 10 and sum(len(one.encode()) for one in request) <= 10_000 for request in found)


def test_other_languages_are_counted_and_not_sent():
    client = Comprehend()
    spanish = "¿Cómo puedo cambiar la contraseña de mi router? No encuentro el botón en ninguna parte."
    samples = Toxicity(client).compute([pair(prompt=spanish)])
    assert values(samples, "UnsupportedLanguage") == [1]
    assert "ToxicityPrompt" not in metrics(samples)
    assert len(values(samples, "ToxicityCompletion")) == 1
    assert segments(client) == [[ANSWER]]


def test_short_texts_are_told_by_what_stands_across():
    client = Comprehend()
    samples = Toxicity(client).compute([pair(completion="You idiot.")])
    assert values(samples, "ToxicCount") == [1]


def test_texts_that_tell_no_language_are_counted():
    samples = Toxicity(Comprehend()).compute([pair(prompt="1", completion="2")])
    assert metrics(samples) == {"UnsupportedLanguage": 2}


def test_a_text_of_spaces_is_no_text():
    client = Comprehend()
    samples = Toxicity(client).compute([pair(prompt=" \n ", completion=ANSWER + " " * 3000)])
    assert "ToxicityPrompt" not in metrics(samples)
    assert all(one.strip() for request in segments(client) for one in request)


@pytest.mark.parametrize(("threshold", "count"), [("0.99", 0), ("0.3", 1)])
def test_the_threshold_is_a_setting(threshold: str, count: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOXICITY_THRESHOLD", threshold)
    text = "This stupid, damn printer never works when it is needed the most."
    assert values(Toxicity(Comprehend()).compute([pair(completion=text)]), "ToxicCount") == [count]


@pytest.mark.parametrize("text", ["0", "1.5", "high"])
def test_a_threshold_that_is_none(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOXICITY_THRESHOLD", text)
    with pytest.raises(InvalidThreshold, match="above 0, up to 1"):
        Toxicity(Comprehend()).compute([pair()])


def test_calls_are_foretold():
    tested = Toxicity(Comprehend())
    pairs = [pair(str(number)) for number in range(6)]
    assert tested.calls(pairs) == 12 + 2
    tested.compute(pairs)
    assert tested.bill.calls == 14
    assert tested.bill.units >= 12 * 3


@pytest.mark.parametrize("operation", ["BatchDetectDominantLanguage", "DetectToxicContent"])
def test_throttling_is_for_the_machine_to_wait_for(operation: str):
    def refuse(name: str) -> None:
        if name == operation:
            raise refusal("ThrottlingException", name)

    with pytest.raises(ServiceUnavailable):
        Toxicity(Comprehend(before=refuse)).compute([pair()])


def test_the_labels_are_those_of_the_service_model():
    from botocore.loaders import Loader

    shapes = Loader().load_service_model("comprehend", "service-2")["shapes"]
    assert set(shapes["ToxicContentType"]["enum"]) == set(LABELS)
