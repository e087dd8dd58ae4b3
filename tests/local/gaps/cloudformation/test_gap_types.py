"""Resource types that MiniStack does not know, and attributes that it does not give."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.gaps.cloudformation.types import stubs
from tests.local.gaps.cloudformation.faults.builders import Stacks, allowing, function, resource, template
from tests.local.gaps.harness import Cloud, until

BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
CONNECTION = resource("AWS::Events::Connection", AuthorizationType="BASIC", AuthParameters=BASIC)


def att(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


@pytest.fixture
def stacks(cloud: Cloud) -> Stacks:
    return Stacks(cloud)


def destination(connection: str = "Connection", **more: Any) -> dict[str, Any]:
    given = {"ConnectionArn": att(connection, "Arn"), "HttpMethod": "POST", "InvocationEndpoint": "https://a.example/"}
    return resource("AWS::Events::ApiDestination", **{**given, **more})


class TestServiceTypes:
    """They are created, updated and deleted as their services do it."""

    def test_a_rule_leads_to_an_api(self, cloud: Cloud, stacks: Stacks) -> None:
        events = cloud.client("events")
        made = template(
            Connection=CONNECTION, Api=destination(), sections={"Outputs": {"Api": {"Value": att("Api", "Arn")}}}
        )
        assert stacks.create(made).status == "CREATE_COMPLETE"
        (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]

        def found() -> list[dict[str, Any]]:
            return [
                one
                for one in events.list_api_destinations()["ApiDestinations"]
                if output["OutputValue"].startswith(f"{one['ApiDestinationArn']}/")
            ]

        assert found()[0]["HttpMethod"] == "POST"
        made["Resources"]["Api"] = destination(HttpMethod="PUT")
        assert stacks.update(made).status == "UPDATE_COMPLETE"
        assert found()[0]["HttpMethod"] == "PUT"
        stacks.client.delete_stack(StackName=stacks.name)
        until(lambda: not found())

    def test_another_name_is_another_activity(self, cloud: Cloud, stacks: Stacks) -> None:
        def activities() -> list[str]:
            found = cloud.client("stepfunctions").list_activities()["activities"]
            return [one["name"] for one in found if one["name"].startswith(stacks.name)]

        for name in ("a", "b"):
            wanted = template(Work=resource("AWS::StepFunctions::Activity", Name=f"{stacks.name}-{name}"))
            made = stacks.create(wanted) if name == "a" else stacks.update(wanted)
            assert made.status.endswith("_COMPLETE")
            assert activities() == [f"{stacks.name}-{name}"]
        stacks.client.delete_stack(StackName=stacks.name)
        until(lambda: not activities())

    def test_a_policy_inside_a_topic(self, cloud: Cloud, stacks: Stacks) -> None:
        anyone = allowing(Principal={"Service": "s3.amazonaws.com"}, Action="sns:Publish", Resource={"Ref": "Topic"})
        policy = resource("AWS::SNS::TopicInlinePolicy", TopicArn={"Ref": "Topic"}, PolicyDocument=anyone)
        made = template(
            Topic=resource("AWS::SNS::Topic"),
            Policy=policy,
            sections={"Outputs": {"Arn": {"Value": {"Ref": "Policy"}}}},
        )
        assert stacks.create(made).status == "CREATE_COMPLETE"
        (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
        found = cloud.client("sns").get_topic_attributes(TopicArn=output["OutputValue"])["Attributes"]["Policy"]
        assert json.loads(found)["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}

    def test_what_the_service_refuses(self, stacks: Stacks) -> None:
        made = stacks.create(
            template(Connection=CONNECTION, Api=destination(InvocationEndpoint="https://a b")),
            DisableValidation=True,
        )
        assert made.status == "ROLLBACK_COMPLETE"
        assert made.reasons("Api")


def gradual() -> dict[str, Any]:
    """What SAM makes of a DeploymentPreference, without the function."""
    group = {
        "ApplicationName": {"Ref": "Application"},
        "ServiceRoleArn": "arn:aws:iam::123456789012:role/r",
        "DeploymentGroupName": "group",
    }
    return {
        "Application": resource("AWS::CodeDeploy::Application", ComputePlatform="Lambda"),
        "Group": resource("AWS::CodeDeploy::DeploymentGroup", **group),
    }


class TestStubs:
    def test_they_are_made_by_every_door(self, stacks: Stacks) -> None:
        made = template(**gradual(), sections={"Outputs": {"Group": {"Value": {"Ref": "Group"}}}})
        assert stacks.client.validate_template(TemplateBody=json.dumps(made))["Parameters"] == []
        assert stacks.change_set(made).status == "CREATE_COMPLETE"
        stacks.client.execute_change_set(StackName=stacks.name, ChangeSetName="c")
        assert stacks._ended().status == "CREATE_COMPLETE"
        (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
        assert output["OutputValue"] == "group"

    def test_a_stub_has_the_attributes_of_its_schema(self, stacks: Stacks) -> None:
        group = resource("AWS::XRay::Group", GroupName="g")
        made = template(Group=group, sections={"Outputs": {"Arn": {"Value": att("Group", "GroupARN")}}})
        assert stacks.create(made).status == "CREATE_COMPLETE"
        (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
        assert output["OutputValue"].startswith("arn:aws:xray:us-east-1:123456789012:group/")

    def test_every_stub_is_a_type_of_aws(self) -> None:
        from local.gaps.cloudformation._template import schemas

        assert stubs.STUBS.keys() <= schemas.types("us-east-1").keys()

    @pytest.mark.parametrize("nested", [False, True], ids=["root", "nested"])
    def test_a_type_that_is_not_built_is_no_typing_error(self, stacks: Stacks, *, nested: bool) -> None:
        sentence = r"The local cloud does not have the resource types \[AWS::MSK::Cluster\], which AWS has"
        made = template(Cluster=resource("AWS::MSK::Cluster"))
        if nested:
            (error,) = stacks.create(template(Inner=stacks.nesting(made))).errors
            assert error["ValidationStatusReason"].startswith(sentence.replace("\\", ""))
            return
        for call in (stacks.create, stacks.change_set):
            with pytest.raises(ClientError, match=sentence):
                call(made)

    def test_a_type_that_is_not_built_may_be_left_out(self, stacks: Stacks) -> None:
        never = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
        cluster = resource("AWS::MSK::Cluster", more={"Condition": "Never"})
        queue = resource()
        assert stacks.create(template(Cluster=cluster, Queue=queue, sections=never)).status == "CREATE_COMPLETE"


class TestAttributes:
    def test_what_was_given_is_an_attribute(self, stacks: Stacks) -> None:
        vpc = resource("AWS::EC2::VPC", CidrBlock="10.1.0.0/16")
        part = {"Fn::Select": [1, {"Fn::Cidr": [att("Vpc", "CidrBlock"), 4, 8]}]}
        subnet = resource("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock=part)
        outputs = {"Outputs": {"Part": {"Value": att("Subnet", "CidrBlock")}}}
        assert stacks.create(template(Vpc=vpc, Subnet=subnet, sections=outputs)).status == "CREATE_COMPLETE"
        (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
        assert output["OutputValue"] == "10.1.1.0/24"

    def test_an_update_gives_the_new_one(self, stacks: Stacks) -> None:
        outputs = {"Outputs": {"Value": {"Value": att("P", "Value")}}}
        for value, call in (("1", stacks.create), ("2", stacks.update)):
            parameter = resource("AWS::SSM::Parameter", Type="String", Value=value)
            assert call(template(P=parameter, sections=outputs)).status.endswith("_COMPLETE")
            (output,) = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
            assert output["OutputValue"] == value

    @pytest.mark.parametrize(
        ("kind", "attribute", "sentence"),
        [
            ("AWS::SQS::Queue", "Foo", "Requested attribute Foo does not exist in schema for AWS::SQS::Queue"),
            ("AWS::S3::Bucket", "BucketName", "Requested attribute BucketName does not exist in schema"),
            ("AWS::EC2::VPC", "Ipv6CidrBlocks", "The local cloud does not know the attribute Ipv6CidrBlocks of A"),
        ],
    )
    def test_what_is_none(self, stacks: Stacks, kind: str, attribute: str, sentence: str) -> None:
        given = {"CidrBlock": "10.1.0.0/16"} if kind.endswith("VPC") else {}
        reader = function(Environment={"Variables": {"VALUE": att("A", attribute)}})
        made = stacks.create(template(A=resource(kind, **given), Reader=reader))
        assert made.status == "ROLLBACK_COMPLETE"
        assert sentence in " ".join(event.get("ResourceStatusReason", "") for event in made.events)
