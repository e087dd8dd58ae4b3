"""Each alarm of each template goes off on the local cloud and is over again, and tells so, by name.

All are deployed: the root with every choice that brings an alarm, and each pipeline alone. What one can cause in a
moment happens for real; the values of the rest come by the side door of the local CloudWatch, under the very dimensions
that the deployed alarm has, and its clock goes on by as much as the alarm looks back. With WRITE=yes the table that is
printed goes into docs/alarms.md.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud import stacks
from local.cloud.deploying.deploy import Deployment, deploy
from local.cloud.deploying.template import read_template
from local.cloud.settings import Settings
from local.cloud.testing import ROOT
from tests.e2e.waiting import eventually
from tests.roads.ringing import CAUSES, COMPOSITES, NOT_HERE, Cause
from tests.template.alarms import ALARM, COMPOSITE, children
from tests.template.translate import templates
from tests.workflow import account as accounts
from tests.workflow.account import Account, Stack

EVERYTHING = {
    "UseCompletionsStream": "true",
    "CanaryModel": "us.amazon.nova-lite-v1:0",
    "RefusalFloorPercent": "2",
    "UseObjectLambda": "true",
    "UseSignedVariants": "true",
    "Apps": "chat",
    "UseParquet": "true",
    "PartitionBy": "event",
    "UseQuestions": "true",
    "UseKnowledge": "true",
    "UseTraining": "true",
    "KnowledgeBaseId": "DEMOBASE01",
    "SyncBucketName": "repository",
}
ALONE = ("narration", "documents", "images", "trips", "llm", "questions", "knowledge", "training")
NEEDED = {
    "questions": {"QuestionsDatabase": "sales", "QuestionsBucketName": "sales-lake"},
    "knowledge": {"InboxBucketName": "inbox", "SummariesBucketName": "summaries"},
}
"""What a pipeline cannot be deployed without, where it is alone."""
DECLARED = {
    name: entry
    for path in templates()
    for name, entry in read_template(path)["Resources"].items()
    if entry["Type"] in (ALARM, COMPOSITE)
}
PARTS = {part for entry in DECLARED.values() if entry["Type"] == COMPOSITE for part in children(entry["Properties"])}
RINGING = sorted(CAUSES.keys() | COMPOSITES.keys())


def test_each_alarm_has_a_way_to_ring():
    assert CAUSES.keys() | COMPOSITES.keys() | NOT_HERE.keys() == DECLARED.keys()
    assert not NOT_HERE.keys() & (CAUSES.keys() | COMPOSITES.keys())


@dataclass
class House:
    """Everything that has an alarm, and the topic's letters."""

    account: Account
    root: Stack
    names: dict[str, str]
    letters_url: str
    seen: dict[str, list[str]] = field(default_factory=dict)
    real: set[str] = field(default_factory=set)
    letters: list[tuple[str, str]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return self.account.cloud.client(service)

    def physical(self, logical_id: str) -> str:
        return stacks.physical_id(self.client("cloudformation"), self.root.name, logical_id)

    def tell(self, path: str, **body: object) -> None:
        request = urllib.request.Request(  # noqa: S310 - the local cloud's own address
            f"{self.account.cloud.url}/_local/cloudwatch/{path}", json.dumps(body).encode(), method="POST"
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=60).close()

    def alarm(self, name: str) -> dict[str, Any]:
        found = self.client("cloudwatch").describe_alarms(
            AlarmNames=[self.names[name]], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        return dict(alarm)

    def becomes(self, name: str, state: str) -> None:
        eventually(lambda: self.alarm(name)["StateValue"] == state or None, f"{name} in {state}", 60)
        self.seen.setdefault(name, []).append(state)

    def collect(self) -> list[tuple[str, str]]:
        """(alarm, new state) of every letter so far, in the order of arrival."""
        sqs = self.client("sqs")
        while received := sqs.receive_message(QueueUrl=self.letters_url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                letter = json.loads(message["Body"])
                self.letters.append((letter["AlarmName"], letter["NewStateValue"]))
                sqs.delete_message(QueueUrl=self.letters_url, ReceiptHandle=message["ReceiptHandle"])
        return self.letters


@pytest.fixture(scope="module")
def house(account: Account) -> Iterator[House]:
    made = _build(account)
    yield made
    table = _table(made)
    print(f"\n{table}")  # noqa: T201 - the table is what a person runs this for
    if os.environ.get("WRITE") == "yes":
        page = ROOT / "docs" / "alarms.md"
        text = page.read_text(encoding="utf-8")
        page.write_text(text.partition("\n## Seen to ring\n")[0] + f"\n## Seen to ring\n\n{table}", encoding="utf-8")


def _build(account: Account) -> House:
    cloud = account.cloud
    group, outputs, inbox = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("calls", "outputs", "inbox"))
    cloud.client("logs").create_log_group(logGroupName=group)
    for bucket in (outputs, inbox):
        cloud.client("s3").create_bucket(Bucket=bucket)
    root = account.deploy("house", **EVERYTHING, ExistingModelLogGroupName=group, ExistingBatchBucketName=outputs)
    topic = root.outputs["AlarmTopicArn"]
    settings = Settings(port=int(cloud.url.rpartition(":")[2]), region=cloud.region, temp=account.temp)
    for pipeline in ALONE:
        given = {"AlarmTopicArn": topic} | NEEDED.get(pipeline, {})
        given |= {"ExistingInboxBucketName": inbox} if pipeline == "documents" else {}
        deploy(
            settings, Deployment(ROOT / "pipelines" / f"{pipeline}.yaml", f"alone-{pipeline}", given), lambda _: None
        )
    sqs = cloud.client("sqs")
    letters = sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=letters, Attributes={"Policy": json.dumps(policy)})
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return House(account, root, _names(cloud, ["house", *(f"alone-{each}" for each in ALONE)]), letters)


def _names(cloud: Any, deployed: list[str]) -> dict[str, str]:
    """Logical id -> name, of the first stack that has it."""
    found: dict[str, str] = {}
    for stack in deployed:
        for resource in stacks.resources(cloud.client("cloudformation"), stack):
            if resource["ResourceType"] in (ALARM, COMPOSITE):
                found.setdefault(resource["LogicalResourceId"], resource["PhysicalResourceId"])
    return found


def test_every_alarm_is_deployed_and_quiet(house: House):
    assert house.names.keys() == DECLARED.keys() - NOT_HERE.keys()


# For real, before the clock moves


def test_what_one_can_cause_in_a_moment(house: House):
    """A message that is no article, an object that is no document, a record that is no trip, calls that crash, and a
    letter in each place where messages end."""
    accounts.refuse_an_article(house.root)
    s3, functions = house.client("s3"), house.client("lambda")
    for number in range(3):
        s3.put_object(Bucket=house.root.outputs["InboxBucketName"], Key=f"poison-{number}.pdf", Body=b"%PDF-1.7 torn")
    house.client("firehose").put_record(
        DeliveryStreamName=house.root.outputs["TripsStreamName"], Record={"Data": b"colour,size\nred,3\n"}
    )
    for function in ("ImagesUrlDoor", "ImagesAccessPointDoor", "TripsClean"):
        functions.invoke(FunctionName=house.physical(function), Payload=b'{"nothing": "of use"}')
    queues = [f"{name}{end}" for name in ("Narration", "Documents") for end in ("FailedQueue", "DeadLetters")]
    for queue in (*queues, "LlmDeadLetters"):
        house.client("sqs").send_message(QueueUrl=house.physical(queue), MessageBody="{}")
    rung = {
        "ArticlesRejectedAlarm", "DocumentsRejectedAlarm", "TripsHeadersAlarm", "ImagesUrlDoorErrorsAlarm",
        "ImagesAccessPointDoorErrorsAlarm", "TripsCleanErrorsAlarm", "NarrationFailedAlarm", "DocumentsFailedAlarm",
        "NarrationDeadLettersAlarm", "DocumentsDeadLettersAlarm", "LlmDeadLettersAlarm",
    }  # fmt: skip
    for alarm in sorted(rung):
        eventually(lambda alarm=alarm: house.alarm(alarm)["StateValue"] == "ALARM" or None, f"{alarm} for real", 240)
    for queue in (*queues, "LlmDeadLetters"):
        house.client("sqs").purge_queue(QueueUrl=house.physical(queue))
    house.tell("clock", forward=86400)
    for alarm in sorted(rung):
        eventually(lambda alarm=alarm: house.alarm(alarm)["StateValue"] == "OK" or None, f"the end of {alarm}", 60)
    house.real |= rung


# By their metrics, each after the other


def queries(alarm: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, str], int]]:
    """Id -> namespace, name, dimensions and period of what an alarm looks at; a plain alarm has one, ``value``."""
    if "MetricName" in alarm:
        return {"value": (alarm["Namespace"], alarm["MetricName"], _dimensions(alarm), alarm["Period"])}
    found = {}
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            metric = stat["Metric"]
            found[query["Id"]] = metric["Namespace"], metric["MetricName"], _dimensions(metric), stat["Period"]
        elif select := re.fullmatch(r'SELECT SUM\((\w+)\) FROM "([\w/]+)"', query["Expression"]):
            found[query["Id"]] = select[2], select[1], {"ModelId": "a-model"}, query["Period"]
    return found


def _dimensions(metric: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}


def points(alarm: dict[str, Any], values: Any, periods: int, *, grows: bool) -> list[dict[str, Any]]:
    """The values in each of the newest ``periods``, as the side door takes them."""
    known, found = queries(alarm), []
    for name, value in values.items():
        namespace, metric, dimensions, period = known[name]
        for back in range(periods):
            now = value[periods - 1 - back] if grows else value
            these = now if isinstance(now, list) else [now]
            for one in these:
                found.append(
                    {"namespace": namespace, "metric": metric, "dimensions": dimensions, "value": one}
                    | {"ago": back * period}
                )
    return found


@pytest.mark.parametrize("name", RINGING)
def test_it_goes_off_and_is_over(house: House, name: str):
    watched = COMPOSITES.get(name, name)
    cause: Cause = CAUSES[watched]
    alarm = house.alarm(watched)
    count = alarm["EvaluationPeriods"]
    period = max(period for *_, period in queries(alarm).values())
    house.tell("clock", forward=(count + 4) * period)
    if alarm["TreatMissingData"] in ("ignore", "breaching"):  # without data it is in another state at first
        house.tell("points", points=points(alarm, cause.ends, count, grows=False))
    house.becomes(name, "OK")
    breaching = count if cause.grows else alarm.get("DatapointsToAlarm") or count
    if breaching > 1 and not cause.grows:  # one less is no alarm yet: the clock goes on after it
        house.tell("points", points=points(alarm, cause.rings, breaching - 1, grows=False))
        assert house.alarm(name)["StateValue"] == "OK", "too early"
        house.tell("clock", forward=(count + 4) * period)
    house.tell("points", points=points(alarm, cause.rings, breaching, grows=cause.grows))
    house.becomes(name, "ALARM")
    house.tell("clock", forward=(count + 4) * period)
    house.tell("points", points=points(alarm, cause.ends, count, grows=cause.grows))
    house.becomes(name, "OK")


def test_each_told_the_topic_twice(house: House):
    """That it went off, and after that that it is over; what is a part of another said nothing. Where nothing breaches,
    the clock of the alarms that come after it lets it go off again."""
    for name in RINGING:
        heard = [state for alarm, state in house.collect() if alarm == house.names[name]]
        if name in PARTS:
            assert heard == [], name
        else:
            assert "ALARM" in heard, name
            rings_again = house.alarm(name).get("TreatMissingData") == "breaching"
            assert heard[-1] == "OK" or (rings_again and "OK" in heard[heard.index("ALARM") :]), (name, heard)


def _table(house: House) -> str:
    lines = [f"On {datetime.now(UTC):%Y-%m-%d}, by `tests/roads/test_alarms.py`.", ""]
    lines += ["| alarm | cause | seen in ALARM | back in OK |", "|---|---|---|---|"]
    for name in RINGING:
        states = house.seen.get(name, [])
        sentence = CAUSES[COMPOSITES.get(name, name)].sentence + (" (for real, too)" if name in house.real else "")
        lines.append(f"| `{name}` | {sentence} | {_yes('ALARM' in states)} | {_yes(states[-2:] == ['ALARM', 'OK'])} |")
    lines += [f"| `{name}` | {why} | no | no |" for name, why in NOT_HERE.items()]
    return "\n".join(lines) + "\n"


def _yes(seen: bool) -> str:
    return "yes" if seen else "no"
