"""Functions whose code stands in a template: custom resources in AWS's own style; and how functions may be called."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from local.gaps.awslambda.inline_code import archive
from tests.local.gaps.cloudformation.faults.builders import Stacks, function, resource, template
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud

#: Answers as AWS's example does; what it was asked is kept in the data and in the physical id.
CODE = """
import cfnresponse

def handler(event, context):
    given = event["ResourceProperties"]
    if given.get("Fail") == event["RequestType"]:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason="asked to fail")
        return
    data = {"Said": f"{event['RequestType']} {given['Word']}"}
    cfnresponse.send(event, context, cfnresponse.SUCCESS, data, physicalResourceId="custom-" + given["Id"])
"""


@pytest.fixture
def stacks(cloud: Cloud) -> Stacks:
    return Stacks(cloud)


def custom(cloud: Cloud, **given: str) -> dict[str, Any]:
    role = cloud.role(service="lambda.amazonaws.com")
    return template(
        Answers=function(Code={"ZipFile": CODE}, Handler="index.handler", Role=role, Timeout=10),
        Custom=resource("Custom::Word", ServiceToken={"Fn::GetAtt": ["Answers", "Arn"]}, **{"Id": "1", **given}),
        sections={
            "Outputs": {"Said": {"Value": {"Fn::GetAtt": ["Custom", "Said"]}}, "Id": {"Value": {"Ref": "Custom"}}}
        },
    )


def outputs(stacks: Stacks) -> dict[str, str]:
    found = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in found}


class TestCustomResource:
    def test_it_is_created_updated_and_deleted(self, cloud: Cloud, stacks: Stacks) -> None:
        body = custom(cloud, Word="first")
        assert stacks.create(body).status == "CREATE_COMPLETE"
        assert outputs(stacks) == {"Said": "Create first", "Id": "custom-1"}
        body["Resources"]["Custom"]["Properties"]["Word"] = "second"
        assert stacks.update(body).status == "UPDATE_COMPLETE"
        assert outputs(stacks) == {"Said": "Update second", "Id": "custom-1"}
        arn = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["StackId"]
        stacks.client.delete_stack(StackName=stacks.name)
        stacks.name = arn
        assert stacks._ended().status == "DELETE_COMPLETE"

    def test_it_fails_with_its_reason(self, cloud: Cloud, stacks: Stacks) -> None:
        made = stacks.create(custom(cloud, Word="x", Fail="Create"))
        assert made.status == "ROLLBACK_COMPLETE"
        assert any("asked to fail" in reason for reason in made.reasons("Custom"))


class TestArchive:
    @pytest.mark.parametrize(
        ("source", "names"),
        [
            ("import cfnresponse\n", ["index.py", "cfnresponse.py"]),
            ("  import cfnresponse as c\n", ["index.py", "cfnresponse.py"]),
            ("from cfnresponse import send\n", ["index.py"]),
            ("x = 'import cfnresponse'\n", ["index.py"]),
        ],
    )
    def test_the_module_comes_with_its_import(self, source: str, names: list[str]) -> None:
        with zipfile.ZipFile(io.BytesIO(archive(source, "python3.13"))) as made:
            assert made.namelist() == names

    def test_the_file_is_named_index(self, cloud: Cloud, stacks: Stacks) -> None:
        role = cloud.role(service="lambda.amazonaws.com")
        made = template(F=function(Role=role), sections={"Outputs": {"F": {"Value": {"Ref": "F"}}}})
        assert stacks.create(made).status == "CREATE_COMPLETE"
        assert cloud.invoke(outputs(stacks)["F"], {}) == (200, b"1")


class TestNames:
    @pytest.mark.parametrize(
        "form", ["{name}", f"{ACCOUNT}:function:{{name}}", f"{REGION}:{ACCOUNT}:function:{{name}}"]
    )
    def test_a_function_has_a_partial_arn(self, cloud: Cloud, form: str) -> None:
        arn = cloud.function("def handler(e, c): return 1")
        name = form.format(name=arn.rsplit(":", 1)[-1])
        client = cloud.client("lambda")
        version = client.publish_version(FunctionName=name)["Version"]
        assert client.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == arn
        assert client.get_function_configuration(FunctionName=f"{name}:{version}")["Version"] == version
        assert cloud.invoke(name, {}) == (200, b"1")
        client.update_function_configuration(FunctionName=name, Timeout=7)
        client.delete_function(FunctionName=name)

    def test_of_another_account_it_is_not_there(self, cloud: Cloud) -> None:
        name = cloud.function("def handler(e, c): return 1").rsplit(":", 1)[-1]
        client = cloud.client("lambda")
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_function(FunctionName=f"999999999999:function:{name}")
