"""The text of a template: aliases, names that YAML takes for something else, documents that grow."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local.gaps.cloudformation._template import yaml_text
from local.gaps.cloudformation.types.state_machines import as_json
from tests.local.gaps.cloudformation.faults.builders import Stacks
from tests.local.gaps.harness import Cloud

#: Nine to the eighth.
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
QUEUE = "  Queue:\n    Type: AWS::SQS::Queue\n"
ALIASES = "Template error: YAML aliases are not allowed in CloudFormation templates"


@pytest.fixture
def stacks(cloud: Cloud) -> Stacks:
    return Stacks(cloud)


class TestAliases:
    @pytest.mark.parametrize(
        "text",
        [
            f"Resources:\n{QUEUE}Metadata:\n  {BOMB.replace(chr(10), chr(10) + '  ')}",
            f"Resources:\n{QUEUE}    Metadata: &one {{a: b}}\nMetadata: {{c: *one}}\n",
        ],
        ids=["bomb", "one"],
    )
    @pytest.mark.parametrize("call", ["create_stack", "update_stack", "create_change_set", "validate_template"])
    def test_they_are_refused(self, stacks: Stacks, text: str, call: str) -> None:
        if call == "update_stack":
            stacks.client.create_stack(StackName=stacks.name, TemplateBody=f"Resources:\n{QUEUE}")
            assert stacks._ended().status == "CREATE_COMPLETE"
        named: dict[str, Any] = {} if call == "validate_template" else {"StackName": stacks.name}
        more = {"ChangeSetName": "c", "ChangeSetType": "CREATE"} if call == "create_change_set" else {}
        with pytest.raises(ClientError) as error:
            getattr(stacks.client, call)(TemplateBody=text, **named, **more)
        assert error.value.response["Error"]["Message"] == ALIASES

    def test_in_a_nested_template(self, stacks: Stacks) -> None:
        nesting = stacks.nesting({})
        bucket = nesting["Properties"]["TemplateURL"].split("/")[3]
        body = f"Resources:\n{QUEUE}    Metadata: &one {{a: b}}\nMetadata: {{c: *one}}\n"
        stacks.cloud.client("s3").put_object(Bucket=bucket, Key="t.json", Body=body.encode())
        (error,) = stacks.create({"Resources": {"Inner": nesting}}).errors
        assert ALIASES in error["ValidationStatusReason"]

    def test_a_definition_with_one_is_none(self) -> None:
        text = "StartAt: &name A\nStates: {A: {Type: Succeed, Comment: *name}}\n"
        assert as_json(text) == text
        assert as_json(BOMB) == BOMB

    @pytest.mark.parametrize("text", [BOMB, "a: &a [*a]\n", "[" * 5000 + "]" * 5000], ids=["bomb", "circle", "deep"])
    def test_what_grows_is_refused_where_aliases_are_resolved(self, text: str) -> None:
        with pytest.raises(yaml_text.TooLargeError):
            yaml_text.load(text, yaml.SafeLoader, aliases=True)

    def test_an_alias_is_resolved_where_it_may_be(self) -> None:
        text = "a: &a {b: c}\nd: *a\ne:\n  <<: *a\n"
        found = yaml_text.load(text, yaml.SafeLoader, aliases=True, names=True)
        assert found == {"a": {"b": "c"}, "d": {"b": "c"}, "e": {"b": "c"}}


class TestNames:
    @pytest.mark.parametrize(("answer", "made"), [("a", True), ("b", False)])
    def test_a_condition_may_be_named_no(self, stacks: Stacks, *, answer: str, made: bool) -> None:
        text = (
            f"Conditions:\n  No: !Equals [{answer}, a]\n  Other: !Not [!Condition No]\n"
            f"Resources:\n{QUEUE}    Condition: No\n  On: {{Type: AWS::SNS::Topic, DependsOn: Queue}}\n"
            "Outputs:\n  Said: {Value: !If [No, first, second]}\n  On: {Value: !Ref On}\n"
        )
        stacks.client.create_stack(StackName=stacks.name, TemplateBody=text)
        assert stacks._ended().status == "CREATE_COMPLETE"
        found = stacks.client.describe_stack_resources(StackName=stacks.name)["StackResources"]
        assert ("Queue" in {one["LogicalResourceId"] for one in found}) == made
        outputs = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]["Outputs"]
        assert {one["OutputKey"]: one["OutputValue"] for one in outputs}["Said"] == ("first" if made else "second")

    def test_a_condition_that_is_no_text(self, stacks: Stacks) -> None:
        queue = {"Type": "AWS::SQS::Queue", "Condition": False}
        with pytest.raises(ClientError, match="Every Condition member must be a string"):
            stacks.create({"Resources": {"Queue": queue}})

    def test_values_stay_what_they_are(self) -> None:
        text = "No: no\n1: 2\nIf: {Fn::If: [yes, yes, off]}\nRef: on\n"
        found = yaml_text.load(text, yaml.SafeLoader, aliases=True, names=True)
        assert found == {"No": False, "1": 2, "If": {"Fn::If": ["yes", True, False]}, "Ref": "on"}
