"""Resource types that MiniStack refuses, and the metrics that alarms on queues and machines watch."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.gaps.cloudwatch.service_metrics import depths
from tests.local.gaps.harness import Cloud, until

STATES = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def latest(cloud: Cloud, namespace: str, name: str, dimensions: dict[str, str], stat: str) -> float | None:
    now = datetime.now(UTC)
    points = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=300,
        Statistics=[stat],
    )["Datapoints"]
    return float(max(points, key=lambda point: point["Timestamp"])[stat]) if points else None


class TestTypes:
    def test_composite_alarm_follows_its_children(self, cloud: Cloud) -> None:
        child = resource(
            "AWS::CloudWatch::Alarm",
            Namespace=cloud.name("N"),
            MetricName="M",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching",
        )
        rule = {"Fn::Sub": 'ALARM("${Child}")'}
        outputs = cloud.stack(
            {"Child": child, "Parent": resource("AWS::CloudWatch::CompositeAlarm", AlarmRule=rule)},
            Name={"Ref": "Parent"},
            Arn={"Fn::GetAtt": ["Parent", "Arn"]},
        )
        cloudwatch = cloud.client("cloudwatch")

        def parent() -> dict[str, Any]:
            found = cloudwatch.describe_alarms(AlarmNames=[outputs["Name"]], AlarmTypes=["CompositeAlarm"])
            return dict(found["CompositeAlarms"][0])

        assert parent()["AlarmArn"] == outputs["Arn"]
        until(lambda: parent()["StateValue"] == "ALARM")
        cloud.client("cloudformation").delete_stack(StackName=outputs["StackName"])
        until(
            lambda: (
                not cloudwatch.describe_alarms(AlarmNames=[outputs["Name"]], AlarmTypes=["CompositeAlarm"])[
                    "CompositeAlarms"
                ]
            )
        )

    def test_version_and_alias_of_a_machine_can_be_started(self, cloud: Cloud) -> None:
        machine = resource(
            "AWS::StepFunctions::StateMachine", DefinitionString=json.dumps(STATES), RoleArn=cloud.role()
        )
        version = resource("AWS::StepFunctions::StateMachineVersion", StateMachineArn={"Ref": "Machine"})
        preference = {"StateMachineVersionArn": {"Ref": "Version"}, "Type": "ALL_AT_ONCE"}
        alias = resource("AWS::StepFunctions::StateMachineAlias", Name="live", DeploymentPreference=preference)
        outputs = cloud.stack(
            {"Machine": machine, "Version": version, "Alias": alias},
            Machine={"Ref": "Machine"},
            Alias={"Ref": "Alias"},
            Version={"Ref": "Version"},
        )
        assert outputs["Alias"] == outputs["Machine"] + ":live"
        assert outputs["Version"] == outputs["Machine"] + ":1"
        assert cloud.run(outputs["Alias"])["status"] == "SUCCEEDED"
        assert cloud.run(outputs["Version"])["status"] == "SUCCEEDED"


class TestServiceMetrics:
    def test_depth_of_a_queue(self, cloud: Cloud) -> None:
        url, arn = cloud.queue()
        for body in ("a", "b", "c"):
            cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        name = {"QueueName": arn.rsplit(":", 1)[-1]}
        until(lambda: latest(cloud, "AWS/SQS", "ApproximateNumberOfMessagesVisible", name, "Maximum") == 3, 25)

    def test_what_counts_as_visible(self) -> None:
        now = time.time()
        queue = {
            "messages": [
                {"visible_at": now - 5, "sent_at": now - 60, "receive_count": 0},
                {"visible_at": now + 5, "sent_at": now - 90, "receive_count": 1},
                {"visible_at": now + 5, "sent_at": now, "receive_count": 0},
            ]
        }
        found = depths(queue, now)
        assert [found[f"ApproximateNumberOfMessages{kind}"] for kind in ("Visible", "NotVisible", "Delayed")] == [
            1,
            1,
            1,
        ]
        assert found["ApproximateAgeOfOldestMessage"] == 90

    def test_executions_are_counted(self, cloud: Cloud) -> None:
        failing = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}
        machine = cloud.machine(failing)
        cloud.run(machine)
        dimensions = {"StateMachineArn": machine}
        assert latest(cloud, "AWS/States", "ExecutionsStarted", dimensions, "Sum") == 1
        assert latest(cloud, "AWS/States", "ExecutionsFailed", dimensions, "Sum") == 1
        assert latest(cloud, "AWS/States", "ExecutionsSucceeded", dimensions, "Sum") is None


class TestNested:
    def test_a_nested_application_is_transformed_and_its_outputs_are_there(self, cloud: Cloud) -> None:
        nested = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {"Suffix": {"Type": "String"}},
            "Resources": {
                "Machine": resource("AWS::Serverless::StateMachine", Definition=STATES, Role=cloud.role()),
            },
            "Outputs": {"Machine": {"Value": {"Fn::Sub": "${Machine.Name}/${Suffix}"}}},
        }
        bucket = cloud.name("nested").lower()
        cloud.client("s3").create_bucket(Bucket=bucket)
        cloud.client("s3").put_object(Bucket=bucket, Key="nested.json", Body=json.dumps(nested).encode())
        url = f"https://s3.amazonaws.com/{bucket}/nested.json"
        child = resource("AWS::CloudFormation::Stack", TemplateURL=url, Parameters={"Suffix": "x"})
        outputs = cloud.stack({"Child": child}, Machine={"Fn::GetAtt": ["Child", "Outputs.Machine"]})
        name, suffix = outputs["Machine"].split("/")
        assert suffix == "x"
        machines = cloud.client("stepfunctions").list_state_machines()["stateMachines"]
        assert name in {machine["name"] for machine in machines}

    def test_a_nested_stack_knows_its_own_id(self, cloud: Cloud) -> None:
        """Which nobody knows yet when the stack above is looked at."""
        own = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
        name = {"Fn::Sub": ["own-${Id}", {"Id": own}]}
        nested = {"Resources": {"Topic": resource("AWS::SNS::Topic", TopicName=name)},
                  "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}}}  # fmt: skip
        bucket = cloud.name("nested").lower()
        cloud.client("s3").create_bucket(Bucket=bucket)
        cloud.client("s3").put_object(Bucket=bucket, Key="nested.json", Body=json.dumps(nested).encode())
        child = resource("AWS::CloudFormation::Stack", TemplateURL=f"https://s3.amazonaws.com/{bucket}/nested.json")
        made = cloud.stack({"Child": child}, Id={"Ref": "Child"}, Name={"Fn::GetAtt": ["Child", "Outputs.Name"]})
        assert made["Name"] == f"own-{made['Id'].rpartition('/')[2]}"

    def test_an_update_leaves_what_did_not_change_as_it_was(self, cloud: Cloud) -> None:
        nested = {
            "Parameters": {"Suffix": {"Type": "String"}},
            "Resources": {
                "Bucket": resource("AWS::S3::Bucket"),
                "Machine": {
                    **resource(
                        "AWS::StepFunctions::StateMachine",
                        RoleArn=cloud.role(),
                        DefinitionString=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
                        Tags=[{"Key": "suffix", "Value": {"Ref": "Suffix"}}],
                    ),
                    "DependsOn": "Bucket",  # what is made after a bucket was named after the bucket's seed
                },
            },
            "Outputs": {"Arn": {"Value": {"Fn::Sub": "${Bucket.Arn}/${Machine}/${Suffix}"}}},
        }
        bucket, name = cloud.name("nested").lower(), cloud.name("parent")
        cloud.client("s3").create_bucket(Bucket=bucket)
        cloud.client("s3").put_object(Bucket=bucket, Key="nested.json", Body=json.dumps(nested).encode())
        cfn, url = cloud.client("cloudformation"), f"https://s3.amazonaws.com/{bucket}/nested.json"

        def body(suffix: str) -> str:
            child = resource("AWS::CloudFormation::Stack", TemplateURL=url, Parameters={"Suffix": suffix})
            output = {"Arn": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Arn"]}}}
            return json.dumps({"Resources": {"Child": child}, "Outputs": output})

        def arn(status: str) -> str:
            def look() -> str | None:
                stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
                assert "ROLLBACK" not in stack["StackStatus"], cfn.describe_stack_events(StackName=name)["StackEvents"]
                return stack["Outputs"][0]["OutputValue"] if stack["StackStatus"] == status else None

            return str(until(look))

        cfn.create_stack(StackName=name, TemplateBody=body("one"))
        first = arn("CREATE_COMPLETE")
        cfn.update_stack(StackName=name, TemplateBody=body("two"))
        assert arn("UPDATE_COMPLETE") == first.replace("/one", "/two")


class TestParameters:
    @pytest.mark.parametrize(("given", "comes_up"), [("A,B", True), ("B", True), ("A, C", False), ("", False)])
    def test_each_member_of_a_list_is_one_of_the_allowed_values(self, cloud: Cloud, given: str, comes_up: bool) -> None:
        cfn, name = cloud.client("cloudformation"), cloud.name("stack")
        template = {
            "Parameters": {"List": {"Type": "CommaDelimitedList", "AllowedValues": ["A", "B"], "Default": "A,B"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"Joined": {"Value": {"Fn::Join": ["+", {"Ref": "List"}]}}},
        }
        arguments = {
            "StackName": name,
            "TemplateBody": json.dumps(template),
            "Parameters": [{"ParameterKey": "List", "ParameterValue": given}],
        }
        if not comes_up:
            with pytest.raises(ClientError, match="AllowedValues"):
                cfn.create_stack(**arguments)
            return
        cfn.create_stack(**arguments)
        (output,) = until(lambda: cfn.describe_stacks(StackName=name)["Stacks"][0].get("Outputs"))
        assert output["OutputValue"] == "+".join(given.split(","))


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            ({"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, True),
            ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, False),
            ({"Fn::Not": [{"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]}]}, False),
            ({"Fn::Equals": [{"Fn::Select": [0, {"Fn::Split": [":", {"Ref": "Id"}]}]}, "arn"]}, True),
            ({"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Sub": "${Id}:x"}]}]}, "aws"]}, True),
            ({"Fn::Equals": [{"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "Is"]}, "here"]}, True),
            ({"Fn::Equals": [{"Fn::Join": ["-", ["a", {"Ref": "Id"}]]}, "a-arn:aws"]}, True),
            (
                {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": [{"Fn::Sub": "${AWS::Region}"}, "us-east-1"]}]},
                True,
            ),
            ({"Fn::And": [{"Condition": "Known"}, {"Fn::Equals": [{"Ref": "Id"}, "arn:aws"]}]}, True),
        ],
    )
    def test_a_condition_compares_what_functions_make(
        self, cloud: Cloud, condition: dict[str, Any], holds: bool
    ) -> None:
        cfn, name = cloud.client("cloudformation"), cloud.name("stack")
        template = {
            "Parameters": {"Id": {"Type": "String", "Default": "arn:aws"}},
            "Mappings": {"Map": {"us-east-1": {"Is": "here"}}},
            "Conditions": {"Asked": condition, "Known": {"Fn::Equals": [{"Ref": "Id"}, "arn:aws"]}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"Holds": {"Value": {"Fn::If": ["Asked", "yes", "no"]}}},
        }
        cfn.create_stack(StackName=name, TemplateBody=json.dumps(template))
        (output,) = until(lambda: cfn.describe_stacks(StackName=name)["Stacks"][0].get("Outputs"))
        assert output["OutputValue"] == ("yes" if holds else "no")
