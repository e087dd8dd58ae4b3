"""The metric module: what each kind of pair counts as."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from llm.model import Pair, Verdict
from llm.modules import FREE, make
from llm.modules.refusal import Refusal

AT = datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)


def pair(completion: str, stop_reason: str = "end_turn") -> Pair:
    return Pair("r-1", AT, "s3", "Converse", "model-1", "family", "", "How?", completion, stop_reason=stop_reason)


def counted(*pairs: Pair) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for sample in Refusal().compute(pairs):
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
        (pair("I can't help with that."), (1, 0, 0, 0), True),
        (pair("Boil the eggs for six minutes."), (0, 0, 0, 0), True),
        (pair("Lo siento, pero no puedo ayudarte con eso, es ilegal."), (0, 1, 0, 0), False),
        (pair(""), (0, 1, 0, 0), False),
        (pair("Blocked by the shop's guardrail.", "guardrail_intervened"), (0, 0, 1, 0), False),
        (pair("I can't help with that.", "content_filtered"), (0, 0, 0, 1), False),
        (pair("", "refusal"), (1, 0, 0, 0), True),
    ],
)
def test_a_pair_counts_once_under_its_name(one, counts, scored):
    found = counted(one)
    names = ("RefusalCount", "RefusalUndetermined", "GuardrailInterventions", "ContentFiltered")
    assert tuple(found[name][0] for name in names) == counts
    assert ("RefusalScore" in found) == scored


def test_the_average_of_the_counts_is_the_ratio():
    found = counted(*[pair("I won't help with this.")] * 3, *[pair("Slice the onions thinly.")] * 9)
    assert sum(found["RefusalCount"]) / len(found["RefusalCount"]) == 0.25


def test_the_prompt_and_the_stop_reason_reach_the_judge():
    asked = []

    def judge(completion: str, stop_reason: str, prompt: str) -> Verdict:
        asked.append((completion, stop_reason, prompt))
        return Verdict("undetermined", 0.5, "between")

    samples = Refusal(judge).compute([pair("Hm.", "max_tokens")])
    assert asked == [("Hm.", "max_tokens", "How?")]
    assert {sample.metric: sample.value for sample in samples}["RefusalUndetermined"] == 1


def test_no_text_is_in_the_samples():
    secret = "I can't tell you that the password is swordfish."
    assert "swordfish" not in repr(Refusal().compute([pair(secret)]))
