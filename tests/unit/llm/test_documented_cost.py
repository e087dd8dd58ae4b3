"""The figures of docs/cost.md are those that the code counts."""

from __future__ import annotations

import pytest

from llm.modules.sentiment import Sentiment
from llm.modules.similarity import Similarity, embedder_of
from llm.modules.toxicity import Toxicity
from local.cloud.testing import ROOT
from tests.template.translate import packaged, resolve, translate
from tests.unit.llm.paid_builders import Comprehend, Titan, pair

PROMPT = ("Please tell me how the weather will be in the mountains " * 9)[:500]
COMPLETION = ("It will be mild and dry in the valleys, with some snow above two thousand metres. " * 13)[:1000]
COST = (ROOT / "docs" / "cost.md").read_text()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_COMPREHEND_THROTTLE", "off")


def pairs() -> list:
    """Ten pairs, each with words of its own: the same text would be embedded once."""
    return [pair(f"r{n}", prompt=f"{n}{PROMPT[1:]}", completion=f"{n}{COMPLETION[1:]}") for n in range(10)]


def test_similarity():
    module = Similarity(embedder_of(Titan()))
    module.compute(pairs())
    assert module.bill.calls == 20
    assert "| similarity | 2 embeddings, 325 tokens |" in COST


def test_alarms():
    """As many as a stack without options has; the query of one is billed by what it finds."""
    path = ROOT / "pipelines" / "llm.yaml"
    resources = resolve(translate(packaged(path), {}), {})["Resources"].values()
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    billed = [sum("MetricStat" in query for query in alarm.get("Metrics", [])) or 1 for alarm in alarms]
    assert f"| CloudWatch alarms | {len(alarms)} over {sum(billed)} metrics at 0.10" in COST


def test_sentiment():
    module = Sentiment(Comprehend())
    module.compute(pairs())
    assert (module.bill.calls, module.bill.units) == (20, 130)
    assert "| sentiment | language 3 units, sentiment 10 | 13 million units | 1,300 |" in COST


def test_toxicity():
    module = Toxicity(Comprehend())
    module.compute(pairs())
    assert module.bill.calls == 20 + 2
    assert module.bill.units == 60 + 150
    assert "| toxicity | languages 6 units, segments 15 | 21 million units | 2,100 |" in COST


def test_all_three():
    assert "6.2 paid calls, 34 units | | **3,407** |" in COST
