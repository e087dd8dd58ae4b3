"""Completions' sentiment through Comprehend's limits."""

from __future__ import annotations

import pytest

from common.errors import ServiceUnavailable
from llm.modules.sentiment import Sentiment
from services.comprehend import LANGUAGES
from tests.unit.llm.paid_builders import Comprehend, metrics, pair, refusal, values

GOOD = "I love this, it is a wonderful and excellent idea, and I am happy to help you!"
BAD = "That is a terrible, awful plan, it will fail horribly and everybody will hate it."


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_COMPREHEND_THROTTLE", "off")


def test_scores_of_each_completion():
    samples = Sentiment(Comprehend()).compute([pair("a", completion=GOOD), pair("b", completion=BAD)])
    assert values(samples, "SentimentPositive")[0] > 0.8
    assert values(samples, "SentimentNegative")[1] > 0.8
    assert values(samples, "SentimentNegativeCount") == [0, 1]
    for name in ("SentimentPositive", "SentimentNegative", "SentimentNeutral", "SentimentMixed"):
        assert len(values(samples, name)) == 2


def test_one_language_a_call():
    client = Comprehend()
    german = "Das ist eine schreckliche Idee, und ich bin sehr enttäuscht von diesem schlechten Vorschlag."
    pairs = [pair("a", completion=GOOD), pair("b", completion=german), pair("c", completion=BAD)]
    samples = Sentiment(client).compute(pairs)
    asked = {m["LanguageCode"]: m["TextList"] for name, m in client.asked if name == "BatchDetectSentiment"}
    assert asked == {"en": [GOOD, BAD], "de": [german]}
    assert len(values(samples, "SentimentNegativeCount")) == 3


def test_a_language_that_is_not_known_is_counted():
    finnish = "Tämä on erittäin hyvä ajatus, ja olen iloinen siitä että voin auttaa sinua tänään."
    client = Comprehend()
    samples = Sentiment(client).compute([pair(completion=finnish)])
    assert metrics(samples) == {"SentimentUnsupportedLanguage": 1}
    assert client.count("BatchDetectSentiment") == 0


def test_a_short_completion_speaks_its_prompts_language():
    client = Comprehend()
    Sentiment(client).compute([pair(prompt="Ist das nicht eine sehr gute Idee von uns allen?", completion="Ja.")])
    assert client.asked[1][1] == {"TextList": ["Ja."], "LanguageCode": "de"}


def test_a_language_that_the_producer_named_is_not_paid_for():
    client, tested = Comprehend(), None
    tested = Sentiment(client)
    pairs = [pair(completion="Ja.", language="de-DE")]
    assert tested.calls(pairs) == 1
    tested.compute(pairs)
    assert [name for name, _ in client.asked] == ["BatchDetectSentiment"]


def test_5_kilobytes_on_a_character():
    client = Comprehend()
    samples = Sentiment(client).compute([pair(completion="Schön! Größe ist für uns alle gut. " * 300, language="de")])
    document = client.asked[0][1]["TextList"][0]
    assert 4_996 < len(document.encode()) <= 5_000
    assert values(samples, "SentimentTruncated") == [1]
    assert len(values(samples, "SentimentPositive")) == 1


def test_25_documents_a_call():
    client = Comprehend()
    Sentiment(client).compute([pair(str(number), completion=f"{GOOD} {number}") for number in range(60)])
    sizes = [len(members["TextList"]) for name, members in client.asked if name == "BatchDetectSentiment"]
    assert sizes == [25, 25, 10]


def test_calls_are_foretold_and_units_counted():
    tested = Sentiment(Comprehend())
    pairs = [pair("a", completion=GOOD), pair("b", completion="x" * 2000, language="en"), pair("c", completion=" ")]
    assert tested.calls(pairs) == 3
    tested.compute(pairs)
    assert tested.bill.calls == 3
    assert tested.bill.units == 3 + 3 + 20


def test_a_document_that_fails_is_counted_and_spoils_no_other():
    class Failing(Comprehend):
        def batch_detect_sentiment(self, **members: object) -> object:
            answer = self.__getattr__("batch_detect_sentiment")(**members)
            first, *others = answer["ResultList"]
            error = {"Index": first["Index"], "ErrorCode": "INTERNAL_SERVER_ERROR", "ErrorMessage": "x"}
            return {"ResultList": others, "ErrorList": [error]}

    samples = Sentiment(Failing()).compute([pair("a", completion=GOOD), pair("b", completion=BAD)])
    assert values(samples, "SentimentErrors") == [1]
    assert values(samples, "SentimentNegativeCount") == [1]


@pytest.mark.parametrize("operation", ["BatchDetectDominantLanguage", "BatchDetectSentiment"])
def test_throttling_is_for_the_machine_to_wait_for(operation: str):
    def refuse(name: str) -> None:
        if name == operation:
            raise refusal("ThrottlingException", name)

    with pytest.raises(ServiceUnavailable):
        Sentiment(Comprehend(before=refuse)).compute([pair(completion=GOOD)])


def test_nothing_to_say_asks_for_nothing():
    client = Comprehend()
    assert Sentiment(client).compute([pair(completion="  ", stop_reason="guardrail_intervened")]) == []
    assert client.asked == []


def test_the_languages_are_those_of_the_service_model():
    from botocore.loaders import Loader

    shapes = Loader().load_service_model("comprehend", "service-2")["shapes"]
    assert set(shapes["LanguageCode"]["enum"]) == LANGUAGES
