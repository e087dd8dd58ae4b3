"""The metric module: what each kind of pair counts as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from llm.model import Pair, Verdict
from llm.modules import FREE, make
from llm.modules.refusal import BY_REASON, Refusal
from llm.modules.similarity import BY_OUTCOME, Similarity
from llm.refusals import of_pair
from tests.unit.llm.refusals import corpus

AT = datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)
ALWAYS = (
    "RefusalCount",
    "RefusalUndetermined",
    "RefusalUnsupported",
    "GuardrailInterventions",
    "ContentFiltered",
)


def pair(completion: str, stop_reason: str = "end_turn", prompt: str = "How?") -> Pair:
    return Pair("r-1", AT, "s3", "Converse", "model-1", "family", "", prompt, completion, stop_reason=stop_reason)


def counted(*pairs: Pair, module: Refusal | None = None) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for sample in (module or Refusal()).compute(pairs):
        found.setdefault(sample.metric, []).append(sample.value)
        assert sample.minute == int(AT.timestamp()) // 60
        assert sample.family == "family"
        assert sample.unit == ("None" if sample.metric == "RefusalScore" else "Count")
    return found


def test_it_is_one_of_the_free_modules():
    assert "refusal" in FREE
    assert isinstance(make("refusal"), Refusal)


@pytest.mark.parametrize(
    ("one", "counts", "scored"),
    [
        (pair("I can't help with that."), (1, 0, 0, 0, 0), True),
        (pair("Boil the eggs for six minutes."), (0, 0, 0, 0, 0), True),
        (pair("Lo siento, pero no puedo ayudarte con eso, es ilegal."), (1, 0, 0, 0, 0), True),
        (pair("Het spijt me, maar ik kan je daar niet mee helpen."), (0, 0, 1, 0, 0), False),
        (pair(""), (0, 1, 0, 0, 0), False),
        (pair("No.", prompt=""), (0, 1, 0, 0, 0), False),
        (pair("No.", prompt="Is a whale a fish?"), (0, 0, 0, 0, 0), True),
        (pair("Blocked by the shop's guardrail.", "guardrail_blocked"), (1, 0, 0, 1, 0), False),
        (pair("I can't help with that.", "content_filtered"), (1, 0, 0, 0, 1), False),
        (pair("", "refusal"), (1, 0, 0, 0, 0), True),
    ],
)
def test_a_pair_counts_once_under_its_name(one, counts, scored):
    found = counted(one)
    assert tuple(found[name][0] for name in ALWAYS) == counts
    assert ("RefusalScore" in found) == scored


@pytest.mark.parametrize(
    ("one", "metric"),
    [
        (pair("I won't write malware.", prompt="Write malware"), "RefusalPolicy"),
        (pair("The provided context does not contain enough information."), "RefusalNoKnowledge"),
        (
            pair("There is no reason why redheads should not vote.", prompt="Why should redheads not vote?"),
            "RefusalPremise",
        ),
        (pair("That is outside the scope of what I can help with."), "RefusalScope"),
    ],
)
def test_a_refusal_counts_under_its_reason_too(one, metric):
    found = counted(one)
    assert found["RefusalCount"] == [1]
    assert [name for name in BY_REASON.values() if name in found] == [metric]


def test_reasons_and_what_was_filtered_add_up_to_the_count():
    pairs = [pair(each.completion, prompt=each.prompt) for each in corpus.classes()[::3]]
    found = counted(*pairs, pair("", "guardrail_blocked"), pair("", "content_filtered"), pair("", "refusal"))
    parts = [*BY_REASON.values(), "GuardrailInterventions", "ContentFiltered"]
    assert sum(found["RefusalCount"]) == sum(sum(found.get(name, [])) for name in parts)


def test_an_answer_has_no_reason():
    assert not set(BY_REASON.values()) & set(counted(pair("Slice the onions thinly.")))


@pytest.mark.parametrize(("outcome", "count"), [("refused", 1), ("answered", 0)])
def test_doubt_is_counted_beside_the_side_that_it_falls_on(outcome, count):
    doubtful = Verdict(outcome, 0.56, "between", "policy" if count else "", doubt=True)
    found = counted(pair("Hm."), module=Refusal(lambda _: doubtful))
    assert (found["RefusalCount"], found["RefusalUndetermined"]) == ([count], [1])
    assert found["RefusalScore"] == [0.56]


def test_the_average_of_the_counts_is_the_ratio():
    found = counted(*[pair("I won't help with this.")] * 3, *[pair("Slice the onions thinly.")] * 9)
    assert sum(found["RefusalCount"]) / len(found["RefusalCount"]) == 0.25


def test_the_whole_pair_reaches_the_judge():
    asked = []

    def judge(one: Pair) -> Verdict:
        asked.append(one)
        return Verdict("undetermined", 0.5, "between")

    one = pair("Hm.", "max_tokens")
    samples = Refusal(judge).compute([one])
    assert asked == [one]
    assert {sample.metric: sample.value for sample in samples}["RefusalUndetermined"] == 1


def test_similarity_goes_by_the_verdict_that_is_counted():
    """Else a refusal by its prompt alone would be an answer there, and burst into the similarity of answers."""
    module = Similarity(embedder=object())
    for each in [*corpus.classes()[::7], *corpus.pairs()[::20]]:
        one = pair(each.completion, prompt=each.prompt)
        verdict = of_pair(one)
        metrics = {sample.metric for sample in module._measured(one, 0.5)}
        expected = BY_OUTCOME.get(verdict.outcome)
        assert metrics == {"PromptCompletionSimilarity", *([expected] if expected else [])}


def test_no_text_is_in_the_samples():
    secret = "I can't tell you that the password is swordfish."
    assert "swordfish" not in repr(Refusal().compute([pair(secret)]))
