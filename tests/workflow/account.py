"""One account with several stacks: an empty local cloud, stacks deployed into it, one thing that each pipeline does."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.cloud.deploying.deploy import Deployment, deploy
from local.cloud.settings import Settings
from local.cloud.testing import ROOT, Cloud
from local.demo import signed_requests
from local.demo.trips import maker
from tests import metrics, samples
from tests.e2e.waiting import eventually
from tests.unit.images.builders import encoded, photo
from tests.unit.llm import builders

PIPELINES = ("Narration", "Documents", "Images", "Trips", "Llm")
"""Those that can stand alone; questions need a lake (tests/roads/test_switches.py)."""
FAST: Mapping[str, str] = {"TripsBufferSeconds": "1", "AlarmPeriod": "60"}
REFUSED = b"This is no article."


@dataclass
class Stack:
    """A stack in the account."""

    account: Account
    name: str
    outputs: dict[str, str]

    def client(self, service: str) -> Any:
        return self.account.cloud.client(service)

    def body(self, bucket: str, key: str) -> bytes | None:
        try:
            return bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                raise
            return None

    def metric(self, namespace: str, name: str, service: str) -> float:
        """Sum of the last three hours, as this stack's own."""
        return metrics.total(self.client("cloudwatch"), namespace, name, f"{self.name}-{service}")

    def alarms(self) -> dict[str, str]:
        """Name -> state of every alarm of this stack and of what it nests."""
        pages = self.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.name}-")
        return {alarm["AlarmName"]: alarm["StateValue"] for page in pages for alarm in page["MetricAlarms"]}

    def widgets(self) -> list[str]:
        """Titles on the stack's dashboard, and of its text widgets the first word."""
        body = self.client("cloudwatch").get_dashboard(DashboardName=self.outputs["DashboardName"])["DashboardBody"]
        shown = [widget["properties"] for widget in json.loads(body)["widgets"]]
        return [properties.get("title") or properties["markdown"].split()[0] for properties in shown]


@dataclass
class Account:
    cloud: Cloud
    temp: Path

    def deploy(self, name: str, **parameters: str) -> Stack:
        """Creates the root stack under a name, or updates it. Raises DeployError."""
        settings = Settings(port=int(self.cloud.url.rpartition(":")[2]), region=self.cloud.region, temp=self.temp)
        wanted = Deployment(ROOT / "template.yaml", name, parameters, defaults=FAST)
        stack = Stack(self, name, deploy(settings, wanted, lambda _: None))
        self._has_no_stubs(name)
        return stack

    def _has_no_stubs(self, name: str) -> None:
        """Of what the pipelines are made of, nothing may do nothing."""
        from local.gaps.cloudformation.types import stubs

        cloudformation = self.cloud.client("cloudformation")
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        for found in (
            one["StackName"] for page in pages for one in page["Stacks"] if one["StackName"].startswith(name)
        ):
            made = cloudformation.describe_stack_resources(StackName=found)["StackResources"]
            assert not {one["ResourceType"] for one in made} & stubs.STUBS.keys(), found

    def delete(self, stack: Stack) -> None:
        cloudformation = self.cloud.client("cloudformation")
        cloudformation.delete_stack(StackName=stack.name)
        eventually(lambda: _gone(cloudformation, stack.name), f"end of {stack.name}")


def _gone(cloudformation: Any, name: str) -> bool | None:
    try:
        status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError:
        return True
    assert status != "DELETE_FAILED"
    return True if status == "DELETE_COMPLETE" else None


def narrate(stack: Stack) -> None:
    """An article on the stack's topic becomes audio in its bucket."""
    article = json.loads(samples.path_of("article").read_text())
    article["id"] = f"switch-{uuid.uuid4().hex[:8]}"
    stack.client("sns").publish(TopicArn=stack.outputs["ArticlesTopicArn"], Message=json.dumps(article))
    key = f"articles/{article['id']}/latest.json"
    eventually(lambda: stack.body(stack.outputs["AudioBucketName"], key), f"audio of {stack.name}", 120)


def refuse_an_article(stack: Stack) -> None:
    stack.client("sns").publish(TopicArn=stack.outputs["ArticlesTopicArn"], Message=REFUSED.decode())


def summarize(stack: Stack) -> None:
    """A note in the stack's inbox becomes a summary."""
    key = f"switch/{uuid.uuid4().hex[:8]}.txt"
    note = "Invoice Number: 4711\nTotal: 12.50\n\nThe roof of the shed was repaired in May. The bill is due in June.\n"
    stack.client("s3").put_object(Bucket=stack.outputs["InboxBucketName"], Key=key, Body=note.encode())
    where = f"summaries/{key}.json"
    eventually(lambda: stack.body(stack.outputs["SummariesBucketName"], where), f"summary of {stack.name}", 120)


def look(stack: Stack) -> None:
    """A photo in the stack's bucket is answered as a picture."""
    key = f"{uuid.uuid4().hex[:8]}.jpg"
    stack.client("s3").put_object(
        Bucket=stack.outputs["ImagesBucketName"], Key=key, Body=encoded(photo(64, 48), "JPEG")
    )
    url = stack.outputs["ImageUrl"]
    answer = signed_requests.ask(f"{url}{key}", stack.account.cloud.region, credentials=Credentials("test", "test"))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")


def ride(stack: Stack) -> None:
    """A trip on the stack's stream becomes a row in its lake."""
    chunk = f"{maker.HEADER}\n{next(maker.lines(1))}\n".encode()
    stack.client("firehose").put_record(DeliveryStreamName=stack.outputs["TripsStreamName"], Record={"Data": chunk})

    def stored() -> bool | None:
        found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["LakeBucketName"], Prefix="trips/")
        return bool(found.get("Contents")) or None

    eventually(stored, f"trip in the lake of {stack.name}", 120)


def measure(stack: Stack, prefix: str = "") -> None:
    """A log of Bedrock in the stack's bucket becomes a metric of its own."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = builders.log(builders.converse(timestamp=at, requestId=uuid.uuid4().hex))
    key = builders.key(f"{int(time.time() * 1000)}_{uuid.uuid4().hex[:16]}", prefix)
    before = stack.metric("Millrace/LLM", "RecordsRead", "llm")
    stack.client("s3").put_object(Bucket=stack.outputs["ModelLogsBucketName"], Key=key, Body=body)
    read: Callable[[], bool | None] = lambda: stack.metric("Millrace/LLM", "RecordsRead", "llm") > before or None  # noqa: E731
    eventually(read, f"RecordsRead of {stack.name}", 120)


DOES: Mapping[str, Callable[[Stack], None]] = {
    "Narration": narrate,
    "Documents": summarize,
    "Images": look,
    "Trips": ride,
    "Llm": measure,
}
"""One thing that each pipeline does, from its way in to its way out."""

OUTPUT: Mapping[str, str] = {
    "Narration": "NarrateArticleArn",
    "Documents": "SummarizeDocumentArn",
    "Images": "ImageUrl",
    "Trips": "TripsStreamName",
    "Llm": "ModelLogsBucketName",
}


def switches(*used: str) -> dict[str, str]:
    return {f"Use{pipeline}": str(pipeline in used).lower() for pipeline in PIPELINES}


TITLES: Mapping[str, str] = {"Narration": "Narration: articles", "Documents": "Documents", "Images": "Images: bytes",
          "Trips": "Trips: rows", "Llm": "Models: toxicity"}  # fmt: skip
"""A widget of each pipeline on the dashboard."""


def has_only(stack: Stack, *used: str) -> None:
    """Outputs, dashboard and alarms are those of the pipelines that are used."""
    assert {pipeline for pipeline in PIPELINES if OUTPUT[pipeline] in stack.outputs} == set(used)
    assert {pipeline for pipeline in PIPELINES if TITLES[pipeline] in stack.widgets()} == set(used)
