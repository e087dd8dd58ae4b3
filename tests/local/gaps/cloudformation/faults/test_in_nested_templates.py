"""Faults in the templates of nested stacks."""

from __future__ import annotations

import pytest

from tests.local.gaps.cloudformation.faults.builders import Stacks, resource, template
from tests.local.gaps.cloudformation.faults.test_at_the_call import AT_THE_CALL


class TestNested:
    def test_a_fault_two_levels_down_fails_the_root_before_any_resource(self, stacks: Stacks) -> None:
        inner = template(Queue=resource(VisibilityTimeuot=1))
        made = stacks.create(template(Queue=resource(), Outer=stacks.nesting(template(Inner=stacks.nesting(inner)))))
        path = "/Resources/Outer/Resources/Inner/Resources/Queue/Properties/VisibilityTimeuot"
        assert made.status == "ROLLBACK_COMPLETE"
        assert made.found() == [(path, "Unsupported property [VisibilityTimeuot]")]
        assert {event["ResourceType"] for event in made.events} == {"AWS::CloudFormation::Stack"}

    def test_a_nested_application_is_read_translated(self, stacks: Stacks) -> None:
        code = resource(
            "AWS::Serverless::Function", InlineCode="x", Handler="index.h", Runtime="python3.13", MemorySize=64
        )
        made = stacks.create(
            template(App=stacks.nesting({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": code}}))
        )
        found = [("/Resources/App/Resources/F/Properties/MemorySize", "64 is not greater or equal to 128")]
        assert made.found() == found

    @pytest.mark.parametrize("fault", [name for name in AT_THE_CALL if "condition leaves" not in name][::3])
    def test_what_a_call_would_refuse_fails_the_parent(self, stacks: Stacks, fault: str) -> None:
        body, sentence = AT_THE_CALL[fault]
        made = stacks.create(template(Queue=resource(), Nested=stacks.nesting(body)))
        assert made.status == "ROLLBACK_COMPLETE"
        assert len(made.errors) == 1
        assert made.errors[0]["ValidationPath"].startswith("/Resources/Nested")
        assert sentence in made.errors[0]["ValidationStatusReason"]

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({}, "Parameter 'Size' has no Default and was not provided"),
            ({"Size": "1", "Nothing": "x"}, "Parameters: [Nothing] do not exist in the template"),
            ({"Size": "many"}, "is not a valid Number"),
        ],
    )
    def test_parameters(self, stacks: Stacks, given: dict[str, str], sentence: str) -> None:
        body = template(sections={"Parameters": {"Size": {"Type": "Number"}}})
        made = stacks.create(template(Nested=stacks.nesting(body, **given)))
        assert sentence in made.errors[0]["ValidationStatusReason"]

    def test_a_value_that_is_known_late_is_refused_when_the_nested_stack_is_made(self, stacks: Stacks) -> None:
        body = template(
            sections={"Parameters": {"Seconds": {"Type": "String"}}},
            Queue=resource(VisibilityTimeout={"Ref": "Seconds"}),
        )
        late = stacks.nesting(body, Seconds={"Fn::GetAtt": ["Queue", "Arn"]})
        made = stacks.create(template(Queue=resource(), Nested=late))
        assert made.status == "ROLLBACK_COMPLETE"
        assert made.errors == []
        assert "expected type: Integer, found: String" in made.reasons("Nested")[0]

    def test_a_condition_that_is_known_late_decides_nothing_early(self, stacks: Stacks) -> None:
        body = template(
            sections={
                "Parameters": {"Arn": {"Type": "String"}},
                "Conditions": {"Given": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Arn"}, ""]}]}},
                "Outputs": {"O": {"Value": {"Ref": "Maybe"}, "Condition": "Given"}},
            },
            Maybe=resource(more={"Condition": "Given"}),
            Queue=resource(QueueName={"Fn::If": ["Given", {"Ref": "AWS::NoValue"}, {"Wrong": 1}]}),
        )
        late = stacks.nesting(body, Arn={"Fn::GetAtt": ["Queue", "Arn"]})
        assert stacks.create(template(Queue=resource(), Nested=late)).status == "CREATE_COMPLETE"

    def test_a_template_that_is_not_there(self, stacks: Stacks) -> None:
        url = "https://s3.amazonaws.com/no-such-bucket/t.json"
        made = stacks.create(template(Nested=resource("AWS::CloudFormation::Stack", TemplateURL=url)))
        assert made.found() == [("/Resources/Nested/Properties/TemplateURL", f"Template not found at {url}")]

    def test_an_update_looks_into_it_too(self, stacks: Stacks) -> None:
        assert stacks.create(template(Nested=stacks.nesting(template()))).status == "CREATE_COMPLETE"
        made = stacks.update(template(Nested=stacks.nesting(template(Queue=resource(Wrong=1)))))
        assert made.status == "UPDATE_ROLLBACK_COMPLETE"
        assert made.found() == [("/Resources/Nested/Resources/Queue/Properties/Wrong", "Unsupported property [Wrong]")]
