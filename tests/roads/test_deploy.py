"""`sam build` and `sam deploy` into an empty local cloud, as README.md prints it; then the stack is used, changed,
looked into and deleted.

One stack for the whole file, whose tests are the steps of one road.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.deploying.deploy import outputs
from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.roads import builds, sam_commands
from tests.workflow.account import DOES, PIPELINES, Account, Stack

NAME = "millrace"
RETAINED = {
    "AudioBucket",
    "InboxBucket",
    "SummariesBucket",
    "ImagesBucket",
    "LakeBucket",
    "ModelLogsBucket",
    "AnswersBucket",
    "KnowledgeBucket",
    "ModelsBucket",
}
TABLE = "StateTable"

DOOR = """

_unchanged = handler


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    answer = _unchanged(event, context)
    return {**answer, "headers": {**answer["headers"], "x-road": "changed"}}
"""
FIRST = "Plan"
ADDED = f"  Road: {{Type: Pass, Next: {FIRST}}}\n"


@dataclass(frozen=True)
class Road:
    """A copy of the tree to deploy from, and the cloud that it is deployed into."""

    home: Path
    cloud: Cloud

    def make(self, target: str, typed: str = "") -> str:
        return sam_commands.run(sam_commands.make(target, self.cloud), self.home, self.cloud, typed)

    @property
    def stack(self) -> Stack:
        return Stack(Account(self.cloud, self.home), NAME, outputs(self.cloud.url, NAME))

    def status(self) -> str:
        return str(self.cloud.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"])

    def machine(self) -> tuple[str, dict[str, Any]]:
        """ARN and definition of the narration's machine."""
        arn = self.stack.outputs["NarrateArticleArn"]
        found = self.cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        return arn, json.loads(found["definition"])


@pytest.fixture(scope="module")
def road() -> Iterator[Road]:
    home = builds.WORK / "road"
    builds.copy_built(builds.HERE, home)
    sam_commands.link_environments(home)
    cloud = start_cloud(None)
    yield Road(home, cloud)
    cloud.stop()


@pytest.fixture(scope="module", autouse=True)
def deployed(road: Road) -> str:
    return road.make("deploy")


def test_the_way_is_the_one_of_the_readme():
    text = (ROOT / "README.md").read_text()
    for line in (
        "python -m local up --no-deploy",
        "make deploy ENV=local",
        "make logs ENV=local FUNCTION=Narration/NarrationStart",
        "make delete ENV=local",
    ):
        assert line in text, line


def test_the_stack_is_made(road: Road, deployed: str):
    assert deployed.rstrip().endswith(f"Successfully created/updated stack - {NAME} in {road.cloud.region}")
    assert road.status() == "CREATE_COMPLETE"
    for key, value in road.stack.outputs.items():
        assert key in deployed
        assert value


def test_ffmpeg_keeps_its_executable_bit_in_what_is_sent(road: Road):
    s3 = road.cloud.client("s3")
    modes = []
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", []):
                content = io.BytesIO(s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read())
                if zipfile.is_zipfile(content):
                    with zipfile.ZipFile(content) as archive:
                        modes += [one.external_attr >> 16 for one in archive.infolist() if one.filename == "bin/ffmpeg"]
    assert modes
    assert all(mode & 0o111 == 0o111 for mode in modes)


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_each_pipeline_works(road: Road, pipeline: str):
    DOES[pipeline](road.stack)


def test_logs_are_followed(road: Road):
    DOES["Narration"](road.stack)
    line = sam_commands.follow(
        [*sam_commands.make("logs", road.cloud), "FUNCTION=Narration/NarrationStart"],
        road.home,
        road.cloud,
        r'"message": "narration started"',
    )
    assert line


def test_a_second_deploy_changes_nothing(road: Road):
    printed = sam_commands.run([str(builds.SAM), "deploy", "--config-env", "local"], road.home, road.cloud)
    assert f"No changes to deploy. Stack {NAME} is up to date" in printed
    assert road.status() == "CREATE_COMPLETE"


def test_a_change_of_a_function_and_a_machine_acts(road: Road):
    arn, before = road.machine()
    assert before["StartAt"] == FIRST
    known = road.stack.outputs
    door = road.home / "functions" / "images" / "handlers" / "url_door.py"
    door.write_text(door.read_text() + DOOR)
    machine = road.home / "statemachines" / "narration" / "narrate_article.asl.yaml"
    text = machine.read_text().replace(f"StartAt: {FIRST}\n", "StartAt: Road\n", 1)
    machine.write_text(text.replace("\nStates:\n", f"\nStates:\n{ADDED}", 1))

    road.make("deploy")

    assert road.status() == "UPDATE_COMPLETE"
    assert road.stack.outputs == known
    assert road.machine() == (arn, {**before, "StartAt": "Road", "States": {"Road": _added(), **before["States"]}})
    assert _changed_door(road)
    for pipeline in PIPELINES:
        DOES[pipeline](road.stack)
    assert "Road" in _states(road, arn)


def _added() -> dict[str, str]:
    return {"Type": "Pass", "Next": FIRST}


def _changed_door(road: Road) -> bool:
    """The alias that the address leads to has moved to the new version."""
    from botocore.credentials import Credentials

    from local.demo import signed_requests
    from tests.unit.images.builders import encoded, photo

    stack = road.stack
    road.cloud.client("s3").put_object(
        Bucket=stack.outputs["ImagesBucketName"], Key="road.jpg", Body=encoded(photo(64, 48), "JPEG")
    )
    url = f"{stack.outputs['ImageUrl']}road.jpg"
    answer = signed_requests.ask(url, road.cloud.region, credentials=Credentials("test", "test"))
    return (answer.status, answer.headers.get("x-road")) == (200, "changed")


def _states(road: Road, machine: str) -> set[str]:
    """What the newest execution went through."""
    client = road.cloud.client("stepfunctions")
    newest = client.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"]
    events = client.get_execution_history(executionArn=newest)["events"]
    return {event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event}


def test_delete_takes_all_but_what_is_retained(road: Road):
    """The last step of the road."""
    buckets = {road.cloud.physical_id(name) for name in RETAINED}
    table = road.cloud.physical_id(TABLE)
    client = road.cloud.client
    printed = sam_commands.run([*sam_commands.make("delete", road.cloud), "CONFIRM=yes"], road.home, road.cloud)
    assert "Deleted successfully" in printed
    assert "Nothing is left behind but what stays:" in printed
    assert all(name in printed for name in (*buckets, table))
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    with pytest.raises(ClientError, match="does not exist"):
        road.status()
    left = {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    assert {name for name in left if not name.startswith("aws-sam-cli-managed-default")} == buckets
    assert client("dynamodb").list_tables()["TableNames"] == [table]
    assert client("lambda").list_functions()["Functions"] == []
    assert client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("events").list_rules()["Rules"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
