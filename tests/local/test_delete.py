"""`operate delete` on a local cloud: it says what goes, what stays and what is left; then the stack is made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.testing import Cloud, start_cloud
from operate.clients import NoStack, Target
from operate.delete import command
from operate.delete.command import NotDeleted
from operate.errors import OperateError
from tests.e2e.waiting import eventually
from tests.local.gaps.cloudformation.faults.builders import resource

KEEP = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
STACK = "leaving"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = start_cloud(None)
    yield found
    found.stop()


@pytest.fixture
def target(cloud: Cloud) -> Target:
    return Target(STACK, int(cloud.url.rpartition(":")[2]))


def inner() -> dict[str, Any]:
    """A function with a version, an alias, a log group and a source; a bucket with data, and one that goes."""
    function = resource(
        "AWS::Serverless::Function",
        Runtime="python3.13",
        Handler="index.handler",
        AutoPublishAlias="live",
        InlineCode="def handler(event, context): print(event)",
        LoggingConfig={"LogGroup": {"Ref": "Logs"}},
        Events={"Work": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Work", "Arn"]}}}},
    )
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Answer": function,
            "Logs": resource("AWS::Logs::LogGroup"),
            "Work": resource("AWS::SQS::Queue"),
            "Dead": resource("AWS::SQS::Queue"),
            "Data": resource("AWS::S3::Bucket", KEEP),
            "Scratch": resource("AWS::S3::Bucket"),
        },
        "Outputs": {
            name: {"Value": {"Ref": of}}
            for name, of in {
                "Function": "Answer",
                "Bucket": "Data",
                "Scratch": "Scratch",
                "Queue": "Dead",
                "Work": "Work",
            }.items()
        },
    }


def make(cloud: Cloud) -> dict[str, str]:
    """Its outputs."""
    s3, cloudformation = cloud.client("s3"), cloud.client("cloudformation")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="inner.json", Body=json.dumps(inner()).encode())
    nested = resource("AWS::CloudFormation::Stack", TemplateURL="https://s3.amazonaws.com/templates/inner.json")
    keys = {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}]
    table = resource("AWS::DynamoDB::Table", KEEP, BillingMode="PAY_PER_REQUEST", KeySchema=schema, **keys)
    names = ("Function", "Bucket", "Scratch", "Queue", "Work")
    outputs = {name: {"Value": {"Fn::GetAtt": ["Inner", f"Outputs.{name}"]}} for name in names}
    outputs["Table"] = {"Value": {"Ref": "Table"}}
    body = {"Resources": {"Inner": nested, "Table": table}, "Outputs": outputs}
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body), Capabilities=capabilities)
    stack = eventually(lambda: _settled(cloudformation), "the stack")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def _settled(cloudformation: Any) -> Any:
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack


def use(cloud: Cloud, made: dict[str, str]) -> None:
    """What leaves something behind: a log stream, an object, a message."""
    cloud.client("lambda").invoke(FunctionName=f"{made['Function']}:live", Payload=b"{}")
    cloud.client("s3").put_object(Bucket=made["Bucket"], Key="paid/for.txt", Body=b"kept")
    cloud.client("sqs").send_message(QueueUrl=made["Queue"], MessageBody="nobody came")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "POLL_SECONDS", 1)


def test_a_used_stack_leaves_what_it_said_and_can_be_made_again(cloud: Cloud, target: Target):
    made = make(cloud)
    use(cloud, made)
    lines = command.command(target, command.by_cloudformation, agreed=lambda: True)
    before: list[str] = []
    for line in lines:
        if line == f"{STACK} is deleted.":
            break
        before.append(line)
    after = list(lines)
    said = "\n".join(before)
    assert "2 stay, with all that is in them" in said
    assert f"Data {made['Bucket']}: empty it with all versions" in said
    assert f"Table {made['Table']}: aws dynamodb delete-table --table-name {made['Table']}" in said
    assert f"with its 1 message: {made['Queue'].rpartition('/')[2]}" in said
    assert "Lambda::Function" in before[1]
    assert made["Scratch"] not in said
    assert after[0] == "Nothing is left behind but what stays:"
    assert any(made["Bucket"] in line for line in after)
    assert not any("SAM CLI" in line for line in after), "there is no bucket of it here, and none is made up"

    assert cloud.client("lambda").list_functions()["Functions"] == []
    assert cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []
    assert cloud.client("iam").list_roles()["Roles"] == []
    assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
    assert {each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]} == {"templates", made["Bucket"]}

    again = make(cloud)
    assert again["Bucket"] != made["Bucket"]
    # Here the table that stayed is taken up again by its name; on AWS there is a new one (docs/local-cloud.md).
    assert cloud.client("s3").get_object(Bucket=made["Bucket"], Key="paid/for.txt")["Body"].read() == b"kept"
    list(command.command(target, command.by_cloudformation, agreed=lambda: True))


def test_the_bucket_of_sam_is_named_where_it_is(cloud: Cloud, target: Target):
    cloudformation = cloud.client("cloudformation")
    bucket = {"Resources": {"B": resource("AWS::S3::Bucket")}, "Outputs": {"SourceBucket": {"Value": {"Ref": "B"}}}}
    cloudformation.create_stack(StackName=command.MANAGED, TemplateBody=json.dumps(bucket))
    named = Target(command.MANAGED, target.port)
    name = eventually(lambda: named.outputs().get("SourceBucket"), "SAM's bucket")
    make(cloud)
    lines = list(command.command(target, command.by_cloudformation, agreed=lambda: True))
    stays = "stays for the other stacks of this account and Region."
    assert lines[-1] == f"SAM CLI's bucket {name} (stack {command.MANAGED}) {stays}"
    assert list(command.command(named, command.by_cloudformation, agreed=lambda: True))[-1] == "Nothing is left behind."


def test_what_lambda_made_by_itself_is_named(cloud: Cloud, target: Target):
    made = make(cloud)
    group = f"/aws/lambda/{made['Function']}"
    cloud.client("logs").create_log_group(logGroupName=group)
    lines = list(command.command(target, command.by_cloudformation, agreed=lambda: True))
    assert f"left behind: log group {group}: aws logs delete-log-group --log-group-name {group}" in lines
    cloud.client("logs").delete_log_group(logGroupName=group)


def test_who_does_not_agree_deletes_nothing(cloud: Cloud, target: Target):
    make(cloud)
    with pytest.raises(OperateError, match="Nothing was deleted"):
        list(command.command(target, command.by_cloudformation, agreed=lambda: False))
    assert target.outputs()
    list(command.command(target, command.by_cloudformation, agreed=lambda: True))


def test_what_could_not_be_deleted_is_told_and_a_second_try_ends_it(cloud: Cloud, target: Target):
    made = make(cloud)
    s3 = cloud.client("s3")
    s3.put_object(Bucket=made["Scratch"], Key="in the way", Body=b"x")
    with pytest.raises(NotDeleted, match=r"leaving is not deleted: .*Mend that, and run this again"):
        list(command.command(target, command.by_cloudformation, agreed=lambda: True))
    s3.delete_object(Bucket=made["Scratch"], Key="in the way")
    assert f"{STACK} is deleted." in list(command.command(target, command.by_cloudformation, agreed=lambda: True))
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket=made["Scratch"])


def test_without_a_stack_there_is_nothing_to_delete(target: Target):
    with pytest.raises(NoStack, match="There is no stack leaving"):
        list(command.command(target, command.by_cloudformation, agreed=lambda: True))
