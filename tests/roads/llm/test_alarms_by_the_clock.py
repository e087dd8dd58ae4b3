"""From a log object in the bucket to the alarm that is meant, and to no other: one stack for each fault, in one cloud.

Alarms are the template's. Where one waits for quarters of an hour it is put again with a shorter period or bound, as a
person may; what it looks at and how it decides stay. All faults are made first, since their clocks then run together.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.cloud import stacks as cloud_stacks
from local.cloud.deploying.deploy import Deployment, deploy
from local.cloud.settings import Settings
from local.cloud.testing import ROOT, Cloud, start_cloud
from tests import metrics
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

REFUSED = "I'm sorry, but I can't help with that request."
OTHER = "Quarterly turnover of the bakery rose, and bread sold well in July. "
TEMPLATE = ROOT / "pipelines" / "llm.yaml"
TOXIC = "You are a stupid worthless idiot and I will kill you, you moron."
MODEL = "us.amazon.nova-lite-v1:0"
PATIENCE = 150.0
GIVEN = {"AlarmPeriod": "60", "PriceDays": "36500"}
"""The clock is today's, and prices of the table grow old."""
PUT = (
    "AlarmName", "AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic",
    "Metrics", "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
    "TreatMissingData", "AlarmActions",
)  # fmt: skip
"""Members of PutMetricAlarm that DescribeAlarms gives back."""


@dataclass
class Fault:
    """A stack of the pipeline in which one thing goes wrong."""

    cloud: Cloud
    name: str
    outputs: dict[str, str] = field(default_factory=dict)

    def id_of(self, logical_id: str) -> str:
        return cloud_stacks.physical_id(self.cloud.client("cloudformation"), self.name, logical_id)

    def deliver(self, *records: dict[str, Any]) -> None:
        body = builders.log(*records)
        key = builders.key(f"{datetime.now(UTC):%Y%m%dT%H%M%S}000Z_{uuid.uuid4().hex[:16]}")
        self.cloud.client("s3").put_object(Bucket=self.outputs["ModelLogsBucketName"], Key=key, Body=body)

    def alarms(self) -> list[dict[str, Any]]:
        pages = self.cloud.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=self.name)
        return [alarm for page in pages for alarm in page["MetricAlarms"]]

    def ringing(self) -> set[str]:
        """Logical ids of the alarms that are on."""
        on = [alarm["AlarmName"] for alarm in self.alarms() if alarm["StateValue"] == "ALARM"]
        return {part for name in on for part in name.split("-") if part.endswith("Alarm")}

    def hurry(self, alarm: str, **changes: Any) -> None:
        """Puts an alarm again, less patient than the template's."""
        name = self.id_of(alarm)
        cloudwatch = self.cloud.client("cloudwatch")
        (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        left_out = "Statistic" if found.get("ExtendedStatistic") else ""  # MiniStack tells a default beside it
        kept = {member: found[member] for member in PUT if found.get(member) and member != left_out}
        cloudwatch.put_metric_alarm(**kept | changes)

    def rings(self, alarm: str) -> None:
        """Waits for it, and then for another look at all of them: no other may be on."""
        eventually(lambda: alarm in self.ringing() or None, f"{alarm} of {self.name}", PATIENCE)
        time.sleep(5)
        assert self.ringing() == {alarm}

    def total(self, metric: str) -> float:
        return metrics.total(self.cloud.client("cloudwatch"), "Millrace/LLM", metric, f"{self.name}-llm")

    def round(self) -> dict[str, int]:
        """A round of the canary, as its schedule makes it; its counts."""
        answer = self.cloud.client("lambda").invoke(FunctionName=f"{self.id_of('LlmCanary')}:live", Payload=b"{}")
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return {str(name): int(number) for name, number in told.items()}

    def mapping(self) -> str:
        """The mapping between the queue of log objects and its reader."""
        queue = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["ModelLogsQueueUrl"], AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        found = self.cloud.client("lambda").list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
        return str(found[0]["UUID"])


def calls(number: int, *, ago: float = 0, answered: str = "") -> list[dict[str, Any]]:
    at = (datetime.now(UTC) - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        builders.converse(
            f"How do I prune rose number {index}?",
            answered or f"Cut rose number {index} back to an outward bud in late winter.",
            request_id=uuid.uuid4().hex,
            timestamp=at,
        )
        for index in range(number)
    ]


FREE = {f"Sample{name}": "0" for name in ("Similarity", "Sentiment", "Toxicity")}
PARAMETERS: dict[str, dict[str, str]] = {
    "calm": {},
    "refusing": FREE,
    "toxic": {"SampleSimilarity": "0", "SampleSentiment": "0"},
    "late": FREE,
    "stuck": FREE,
    "spent": {"DailyCalls": "10"},
    "drifting": {**FREE, "CanaryModel": MODEL},
    "silent": FREE,
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Fault]]:
    """Each stack with its fault made; none is waited for."""
    cloud = start_cloud(None)
    temp: Path = tmp_path_factory.mktemp("account")
    settings = Settings(port=int(cloud.url.rpartition(":")[2]), region=cloud.region, temp=temp)
    made = {name: Fault(cloud, name) for name in PARAMETERS}
    try:
        for name, fault in made.items():
            wanted = Deployment(TEMPLATE, name, {**GIVEN, **PARAMETERS[name]})
            fault.outputs = deploy(settings, wanted, lambda _: None)
        _make(made)
        yield made
    finally:
        assert cloud.stop() == 0


def _make(faults: dict[str, Fault]) -> None:
    stuck, late = faults["stuck"], faults["late"]
    stuck.hurry("LlmBacklogAlarm", Period=60, Threshold=20)
    late.hurry("LlmLagAlarm", Period=60)
    cloud = stuck.cloud
    cloud.client("lambda").update_event_source_mapping(UUID=stuck.mapping(), Enabled=False)
    stuck.deliver(*calls(30))
    late.deliver(*calls(30, ago=40))
    for ago in range(5):
        faults["refusing"].deliver(*calls(35, ago=ago, answered=REFUSED), *calls(10, ago=ago))
        faults["calm"].deliver(*calls(3, ago=ago, answered=REFUSED), *calls(42, ago=ago))
    faults["toxic"].deliver(*calls(8, answered=TOXIC), *calls(72))
    faults["spent"].deliver(*calls(60))
    faults["drifting"].round()


def test_refusals(faults):
    faults["refusing"].rings("LlmRefusalsAlarm")


def test_a_toxic_answer_in_ten(faults):
    faults["toxic"].rings("LlmToxicityAlarm")


def test_a_budget_that_is_used_up(faults):
    spent = faults["spent"]
    spent.rings("LlmBudgetAlarm")
    assert spent.total("BudgetExhausted") > 0
    assert spent.total("PaidCalls") <= 10


def test_logs_that_come_late(faults):
    """In the next minute too: one late object is none."""
    late = faults["late"]
    eventually(lambda: late.total("PairsEvaluated") >= 30 or None, "the first of the late calls", PATIENCE)
    assert late.ringing() == set()
    time.sleep(60 - time.time() % 60)
    late.deliver(*calls(30, ago=40))
    late.rings("LlmLagAlarm")


def test_a_model_that_says_something_else_than_at_first(faults):
    """At the same length, and without refusing. The stand-in says the same each time, so the baseline is laid
    anew, as if the first round had been of another model."""
    drifting = faults["drifting"]
    table, dynamodb = drifting.id_of("StateTable"), drifting.cloud.client("dynamodb")
    (item,) = [one for one in dynamodb.scan(TableName=table)["Items"] if one["pk"]["S"].startswith("canary#")]
    answers = json.loads(item["answers"]["S"])
    for name in ("capital", "rainbow", "meal"):
        answers[name] = (OTHER * 20)[: len(answers[name])]
    dynamodb.put_item(TableName=table, Item={**item, "answers": {"S": json.dumps(answers)}})
    counts = drifting.round()
    assert (counts["CanaryHeard"], counts["CanaryStrayed"], counts["CanaryChanged"]) == (20, 3, 0)
    drifting.rings("LlmCanaryContentAlarm")


def test_models_that_are_called_while_no_record_comes(faults):
    """The canary's calls are calls of models; this stack hears of none. It needs no four periods here."""
    silent = faults["silent"]
    silent.hurry("LlmSilenceAlarm", EvaluationPeriods=1, DatapointsToAlarm=1)
    message = {"role": "user", "content": [{"text": "Is anybody there?"}]}
    silent.cloud.client("bedrock-runtime").converse(modelId=MODEL, messages=[message])
    silent.rings("LlmSilenceAlarm")


def test_an_outage_of_the_reader(faults):
    """Nothing of it is lost, and what waited is measured within a minute of the end."""
    stuck = faults["stuck"]
    stuck.rings("LlmBacklogAlarm")
    assert stuck.total("RecordsArrived") == 0
    stuck.cloud.client("lambda").update_event_source_mapping(UUID=stuck.mapping(), Enabled=True)
    eventually(lambda: stuck.total("PairsEvaluated") == 30 or None, "what waited", 60)


def test_a_day_as_it_should_be(faults):
    """Last: whatever the others did to the account, here nothing went wrong."""
    calm = faults["calm"]
    eventually(lambda: calm.total("PairsEvaluated") == 225 or None, "the calm day", PATIENCE)
    eventually(lambda: (calm.total("ToxicCount") == 0 and calm.total("PaidCalls") > 0) or None, "its paid metrics", 60)
    assert calm.ringing() == set()
    assert len(calm.alarms()) > 15
