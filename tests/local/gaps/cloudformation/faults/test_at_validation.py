"""Templates that fail before any resource: stacks and change sets."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.cloudformation.faults.builders import (
    NEVER,
    TRUST,
    Stacks,
    Template,
    function,
    resource,
    table,
    table_of,
    template,
)
from tests.local.gaps.harness import Cloud, until

#: Fault: template, the path and what its event says.
AT_VALIDATION: dict[str, tuple[Template, str, str]] = {
    "unknown property": (
        template(Q=resource(VisibilityTimeuot=30)),
        "/Resources/Q/Properties/VisibilityTimeuot",
        "Unsupported property [VisibilityTimeuot]",
    ),
    "unknown property beside a reference": (
        template(A=resource(), Q=resource(RedrivePolcy={"deadLetterTargetArn": {"Fn::GetAtt": ["A", "Arn"]}})),
        "/Resources/Q/Properties/RedrivePolcy",
        "Unsupported property [RedrivePolcy]",
    ),
    "unknown property deep down": (
        template(F=function(Environment={"Variabels": {}})),
        "/Resources/F/Properties/Environment/Variabels",
        "Unsupported property [Variabels]",
    ),
    "unknown property in the branch that is taken": (
        template(
            sections={"Conditions": {"Never": NEVER}},
            F=function(Environment={"Fn::If": ["Never", {"Variables": {}}, {"Variabels": {}}]}),
        ),
        "/Resources/F/Properties/Environment/Variabels",
        "Unsupported property [Variabels]",
    ),
    "missing property": (
        template(R=resource("AWS::IAM::Role", RoleName="r")),
        "/Resources/R/Properties",
        "Required property [AssumeRolePolicyDocument] not found",
    ),
    "missing property deep down": (
        template(T=resource("AWS::DynamoDB::Table", KeySchema=[{"AttributeName": "a"}])),
        "/Resources/T/Properties/KeySchema/0",
        "Required property [KeyType] not found",
    ),
    "value outside of the enum": (
        template(F=function(Runtime="python2.6")),
        "/Resources/F/Properties/Runtime",
        "python2.6 is not a valid enum value",
    ),
    "value from a parameter": (
        template(
            sections={"Parameters": {"Mode": {"Type": "String", "Default": "ON_DEMAND"}}},
            T=table(["a"], ["a"], BillingMode={"Ref": "Mode"}),
        ),
        "/Resources/T/Properties/BillingMode",
        "ON_DEMAND is not a valid enum value",
    ),
    "a text for a number": (
        template(Q=resource(VisibilityTimeout="soon")),
        "/Resources/Q/Properties/VisibilityTimeout",
        "expected type: Integer, found: String",
    ),
    "a map for a text": (
        template(Q=resource(QueueName={"Name": "q"})),
        "/Resources/Q/Properties/QueueName",
        "expected type: String, found: JSONObject",
    ),
    "a text for a list": (
        template(Q=resource(Tags="a")),
        "/Resources/Q/Properties/Tags",
        "expected type: JSONArray, found: String",
    ),
    "pattern": (
        template(
            R=resource("AWS::Lambda::Permission", Action="invoke", FunctionName="f", Principal="s3.amazonaws.com")
        ),
        "/Resources/R/Properties/Action",
        "string [invoke] does not match pattern",
    ),
    "too long": (
        template(F=function(Description="d" * 257)),
        "/Resources/F/Properties/Description",
        "expected maxLength: 256, actual: 257",
    ),
    "too many": (
        template(F=function(Architectures=["arm64", "x86_64"])),
        "/Resources/F/Properties/Architectures",
        "expected maximum item count: 1, found: 2",
    ),
    "too little": (
        template(F=function(MemorySize=64)),
        "/Resources/F/Properties/MemorySize",
        "64 is not greater or equal to 128",
    ),
    "read-only property": (
        template(Q=resource(Arn="arn:aws:sqs:us-east-1:123456789012:q")),
        "/Resources/Q/Properties/Arn",
        "Read-only property [Arn] cannot be specified",
    ),
    "rule without a pattern": (
        template(R=resource("AWS::Events::Rule", State="ENABLED")),
        "/Resources/R/Properties",
        "One of [EventPattern, ScheduleExpression] is required",
    ),
    "custom resource without a token": (
        template(C=resource("Custom::Thing", Other="x")),
        "/Resources/C/Properties",
        "Required property [ServiceToken] not found",
    ),
}


class TestAtValidation:
    @table_of(AT_VALIDATION)
    def test_the_stack_fails_before_any_resource(self, stacks: Stacks, fault: str) -> None:
        body, path, reason = AT_VALIDATION[fault]
        made = stacks.create(body)
        assert made.status == "ROLLBACK_COMPLETE"
        assert [(where, why) for where, why in made.found() if where == path and reason in why], made.found()
        assert {event["ResourceType"] for event in made.events} == {"AWS::CloudFormation::Stack"}

    def test_an_update_goes_back_untouched(self, stacks: Stacks) -> None:
        stacks.create(template())
        made = stacks.update(template(Queue=resource(VisibilityTimeuot=1)))
        assert made.status == "UPDATE_ROLLBACK_COMPLETE"
        assert made.found() == [
            ("/Resources/Queue/Properties/VisibilityTimeuot", "Unsupported property [VisibilityTimeuot]")
        ]

    def test_all_faults_are_told_at_once(self, stacks: Stacks) -> None:
        made = stacks.create(template(A=resource(Wrong=1, False_=2), B=resource(VisibilityTimeout="x")))
        assert len(made.errors) == 3

    @pytest.mark.parametrize(
        ("kind", "name", "more"),
        [
            ("AWS::S3::Bucket", "BucketName", {}),
            ("AWS::Logs::LogGroup", "LogGroupName", {}),
            ("AWS::IAM::Role", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
            ("AWS::SSM::Parameter", "Name", {"Type": "String", "Value": "x"}),
        ],
    )
    def test_a_name_that_is_taken(self, cloud: Cloud, kind: str, name: str, more: dict[str, Any]) -> None:
        taken = cloud.name("taken").lower()
        body = template(R=resource(kind, **{name: taken}, **more))
        first, second = Stacks(cloud), Stacks(cloud)
        created = first.create(body)
        assert created.status == "CREATE_COMPLETE", created.reasons("R")
        made = second.create(body)
        assert made.found() == [
            ("/Resources/R", f"Resource of type '{kind}' with identifier '{taken}' already exists.")
        ]
        body["Resources"]["Other"] = resource()
        assert first.update(body).status == "UPDATE_COMPLETE"  # its own resource is no conflict

    def test_values_are_read_as_cloudformation_reads_them(self, stacks: Stacks) -> None:
        made = stacks.create(
            template(
                sections={"Parameters": {"Seconds": {"Type": "String", "Default": "30"}}},
                A=resource(),
                Q=resource(
                    VisibilityTimeout={"Ref": "Seconds"},
                    DelaySeconds="5",
                    SqsManagedSseEnabled="true",
                    Tags=[{"Key": 1, "Value": True}],
                    RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["A", "Arn"]}, "maxReceiveCount": "3"},
                ),
            )
        )
        assert made.status == "CREATE_COMPLETE", made


class TestChangeSets:
    @table_of(dict(list(AT_VALIDATION.items())[::3]))
    def test_it_is_failed_and_cannot_be_executed(self, stacks: Stacks, fault: str) -> None:
        body, path, reason = AT_VALIDATION[fault]
        made = stacks.change_set(body)
        assert made.status == "FAILED"
        assert "[AWS::EarlyValidation::PropertyValidation]" in made.events[0]["StatusReason"]
        assert [(where, why) for where, why in made.found() if where == path and reason in why], made.found()
        with pytest.raises(ClientError, match="UNAVAILABLE"):
            stacks.client.execute_change_set(StackName=stacks.name, ChangeSetName="c")

    def test_nested_templates_are_looked_into(self, stacks: Stacks) -> None:
        made = stacks.change_set(template(Nested=stacks.nesting(template(Queue=resource(Wrong=1)))))
        assert made.found() == [("/Resources/Nested/Resources/Queue/Properties/Wrong", "Unsupported property [Wrong]")]

    def test_a_name_that_is_taken_has_its_own_validation(self, stacks: Stacks) -> None:
        name = stacks.cloud.name("taken").lower()
        stacks.cloud.client("s3").create_bucket(Bucket=name)
        made = stacks.change_set(template(B=resource("AWS::S3::Bucket", BucketName=name)))
        assert "[AWS::EarlyValidation::ResourceExistenceCheck]" in made.events[0]["StatusReason"]
        assert made.errors[0]["ValidationName"] == "NAME_CONFLICT_VALIDATION"

    def test_a_good_one_is_executed(self, stacks: Stacks) -> None:
        assert stacks.change_set(template()).status == "CREATE_COMPLETE"
        stacks.client.execute_change_set(StackName=stacks.name, ChangeSetName="c")
        until(
            lambda: (
                stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
            )
        )

    def test_of_a_stack_that_exists(self, stacks: Stacks) -> None:
        stacks.create(template())
        assert stacks.change_set(template(Queue=resource(Wrong=1)), "UPDATE").status == "FAILED"
