"""Prompts and completions that fit each other, refuse, or cannot be compared."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.model import Verdict
from llm.modules.similarity import Similarity, cosine, embedder_of
from tests.unit.llm.paid_builders import ANSWER, QUESTION, Titan, metrics, pair, refusal, values

FINITE = st.floats(-1e6, 1e6)


def module(client: Titan, outcome: str = "answered") -> Similarity:
    return Similarity(embedder_of(client), lambda *_: Verdict(outcome, 0.9, "test"))  # type: ignore[arg-type]


def test_an_answer_is_nearer_than_somebody_elses():
    fits = pair("a")
    strays = pair("b", completion="Whisk two eggs with sugar, fold in the flour and bake the cake for half an hour.")
    near, far = values(module(Titan()).compute([fits, strays]), "PromptCompletionSimilarity")
    assert near > 0.4
    assert far < 0.2


def test_answers_and_refusals_are_told_apart():
    for outcome, metric in (("answered", "SimilarityAnswered"), ("refused", "SimilarityRefused")):
        samples = module(Titan(), outcome).compute([pair()])
        assert values(samples, metric) == values(samples, "PromptCompletionSimilarity")
        assert metrics(samples).total() == 2
    assert metrics(module(Titan(), "undetermined").compute([pair()])) == {"PromptCompletionSimilarity": 1}


def test_the_judge_is_that_of_the_refusal_module():
    refused = pair("b", completion="I'm sorry, but I can't help with that request.")
    samples = Similarity(embedder_of(Titan())).compute([pair("a"), refused])
    assert metrics(samples)["SimilarityRefused"] == metrics(samples)["SimilarityAnswered"] == 1


def test_no_value_that_is_no_number():
    client = Titan(vector=[0.0] * 256)
    assert metrics(module(client).compute([pair()])) == {"SimilarityUndefined": 1}
    client = Titan(vector=[math.nan] + [0.1] * 255)
    assert metrics(module(client).compute([pair()])) == {"SimilarityUndefined": 1}


def test_no_value_below_zero():
    """A single one in a period, and CloudWatch has no percentile of it."""
    client = Titan()
    vectors = iter([[1.0] + [0.0] * 255, [-1.0] + [0.0] * 255])
    client.before = lambda _: setattr(client, "vector", next(vectors))
    samples = module(client).compute([pair()])
    assert values(samples, "PromptCompletionSimilarity") == values(samples, "SimilarityAnswered") == [0]


def test_one_text_that_is_refused_costs_the_others_nothing():
    def refuse(text: str) -> None:
        if "poison" in text:
            raise refusal("ValidationException")

    samples = module(Titan(before=refuse)).compute([pair("a"), pair("b", prompt="poison poison")])
    assert metrics(samples) == {"PromptCompletionSimilarity": 1, "SimilarityAnswered": 1, "SimilarityErrors": 1}


def test_what_was_cut_is_counted():
    samples = module(Titan()).compute([pair(completion="字" * 10_000)])
    assert values(samples, "SimilarityTruncated") == [1]


def test_calls_are_foretold():
    pairs = [pair("a"), pair("b", completion="Another answer, of course."), pair("c")]
    tested = module(Titan())
    assert tested.calls(pairs) == 3  # the same prompt three times, the same completion twice
    tested.compute(pairs)
    assert tested.bill.calls == 3
    assert tested.bill.tokens > 10


def test_samples_carry_the_pairs_own_dimensions_and_minute():
    sample = module(Titan()).compute([pair(app="shop")])[0]
    assert (sample.family, sample.operation, sample.app) == ("claude-3-haiku", "Converse", "shop")
    assert sample.minute == int(pair().timestamp.timestamp()) // 60
    assert QUESTION not in str(sample)
    assert ANSWER not in str(sample)


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
