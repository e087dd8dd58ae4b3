"""Templates that AWS refuses at the call: no stack is made."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.cloudformation.faults.builders import (
    NEVER,
    QUEUE,
    REF_NOTHING,
    Stacks,
    Template,
    resource,
    table_of,
    template,
    unresolved,
)

PARAMETERS = {"Parameters": {"Size": {"Type": "Number", "Default": 1}}}
CIRCLE = {"A": resource(QueueName={"Ref": "B"}), "B": resource(QueueName={"Fn::GetAtt": ["A", "QueueName"]})}

#: Fault: template, and what the ValidationError of the call says.
AT_THE_CALL: dict[str, tuple[Template, str]] = {
    "Ref": (template(Queue=resource(QueueName=REF_NOTHING)), unresolved("Resources", "Nothing")),
    "Ref of an output": (
        template(sections={"Outputs": {"O": {"Value": REF_NOTHING}}}),
        unresolved("Outputs", "Nothing"),
    ),
    "Sub": (template(Queue=resource(QueueName={"Fn::Sub": "a-${Nothing}"})), unresolved("Resources", "Nothing")),
    "Sub of an attribute": (
        template(Queue=resource(QueueName={"Fn::Sub": "${Nothing.Arn}"})),
        "instance of Fn::Sub references invalid resource attribute Nothing.Arn",
    ),
    "GetAtt": (
        template(Queue=resource(QueueName={"Fn::GetAtt": ["Nothing", "Arn"]})),
        "instance of Fn::GetAtt references undefined resource Nothing",
    ),
    "GetAtt without an attribute": (
        template(Queue=resource(QueueName={"Fn::GetAtt": ["Queue"]})),
        "every Fn::GetAtt object requires two non-empty parameters",
    ),
    "DependsOn": (template(Queue=resource(more={"DependsOn": "Nothing"})), unresolved("Resources", "Nothing")),
    "Condition of a resource": (
        template(Queue=resource(more={"Condition": "Nothing"})),
        "Template format error: Condition Nothing is not defined.",
    ),
    "Condition of an output": (
        template(sections={"Outputs": {"O": {"Value": "x", "Condition": "Nothing"}}}),
        "Template format error: Condition Nothing is not defined.",
    ),
    "Condition of a condition": (
        template(sections={"Conditions": {"C": {"Fn::Not": [{"Condition": "Nothing"}]}}}),
        "Unresolved condition dependencies [Nothing] in the Conditions block",
    ),
    "Condition of Fn::If": (
        template(Queue=resource(QueueName={"Fn::If": ["Nothing", "a", "b"]})),
        "Template error: unresolved condition dependency Nothing in Fn::If",
    ),
    "a condition asks for a resource": (
        template(sections={"Conditions": {"C": {"Fn::Equals": [{"Ref": "Queue"}, "x"]}}}),
        "Unresolved dependencies [Queue]. Cannot reference resources in the Conditions block of the template",
    ),
    "a circle of conditions": (
        template(
            sections={
                "Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}},
            }
        ),
        "Circular dependency between conditions: [A, B]",
    ),
    "a condition that is no function": (
        template(sections={"Conditions": {"C": "yes"}}),
        "Conditions can only be boolean operations on parameters and other conditions",
    ),
    "a resource that its condition leaves out": (
        template(
            sections={"Conditions": {"Never": NEVER}},
            Left=resource(more={"Condition": "Never"}),
            Queue=resource(QueueName={"Ref": "Left"}),
        ),
        unresolved("Resources", "Left"),
    ),
    "an output of what a condition leaves out": (
        template(
            sections={"Conditions": {"Never": NEVER}, "Outputs": {"O": {"Value": {"Ref": "Left"}}}},
            Left=resource(more={"Condition": "Never"}),
            Queue=resource(),
        ),
        unresolved("Outputs", "Left"),
    ),
    "a circle": (template(**CIRCLE), "Circular dependency between resources: [A, B]"),
    "a circle of one": (
        template(Queue=resource(QueueName={"Fn::GetAtt": ["Queue", "QueueName"]})),
        "Circular dependency between resources: [Queue]",
    ),
    "a circle through DependsOn": (
        template(A=resource(more={"DependsOn": ["B"]}), B=resource(more={"DependsOn": "A"})),
        "Circular dependency between resources: [A, B]",
    ),
    "type": (
        template(Queue=resource("AWS::SQS::Que")),
        "Template format error: Unrecognized resource types: [AWS::SQS::Que]",
    ),
    "type that is left out": (
        template(
            sections={"Conditions": {"Never": NEVER}},
            Queue=resource(),
            Left=resource("AWS::SQS::Que", {"Condition": "Never"}),
        ),
        "Template format error: Unrecognized resource types: [AWS::SQS::Que]",
    ),
    "no type": (
        template(Queue={"Properties": {}}),
        "[/Resources/Queue] Every Resources object must contain a Type member.",
    ),
    "member of the template": (
        template(sections={"Resuorces": {}}),
        "Invalid template property or properties [Resuorces]",
    ),
    "member of a resource": (
        template(Queue=resource(more={"Propertys": {}})),
        "Invalid template resource property 'Propertys'",
    ),
    "member of a parameter": (
        template(sections={"Parameters": {"P": {"Type": "String", "Defualt": "x"}}}),
        "Invalid template parameter property 'Defualt'",
    ),
    "member of an output": (
        template(sections={"Outputs": {"O": {"Value": "x", "Valeu": "x"}}}),
        "Invalid template output property 'Valeu'",
    ),
    "output without a value": (
        template(sections={"Outputs": {"O": {"Description": "d"}}}),
        "Every Outputs member must contain a Value object",
    ),
    "export without a name": (
        template(sections={"Outputs": {"O": {"Value": "x", "Export": {}}}}),
        "The Name field of every Export member must be specified",
    ),
    "type of a parameter": (
        template(sections={"Parameters": {"P": {"Type": "Strin", "Default": "x"}}}),
        "Unrecognized parameter type: Strin",
    ),
    "parameter without a type": (
        template(sections={"Parameters": {"P": {"Default": "x"}}}),
        "Every Parameters object must contain a Type member",
    ),
    "default outside of the allowed values": (
        template(sections={"Parameters": {"P": {"Type": "String", "Default": "c", "AllowedValues": ["a", "b"]}}}),
        "is not in AllowedValues",
    ),
    "a value that is empty": (
        template(sections={"Parameters": {"P": {"Type": "String", "Default": None}}}),
        "[/Parameters/P/Default] 'null' values are not allowed in templates",
    ),
    "a property that is empty": (
        template(Queue=resource(QueueName=None)),
        "[/Resources/Queue/Properties/QueueName] 'null' values are not allowed in templates",
    ),
    "mapping": (
        template(Queue=resource(QueueName={"Fn::FindInMap": ["Nothing", "a", "b"]})),
        "Mapping named 'Nothing' is not present in the 'Mappings' section of template.",
    ),
    "key of a mapping, from a parameter": (
        template(
            sections={**PARAMETERS, "Mappings": {"M": {"a": {"b": "c"}}}},
            Queue=resource(QueueName={"Fn::FindInMap": ["M", {"Ref": "Size"}, "b"]}),
        ),
        "Template error: Unable to get mapping for M::1::b",
    ),
    "an index past the end": (
        template(Queue=resource(QueueName={"Fn::Select": [2, ["a", "b"]]})),
        "Fn::Select cannot select nonexistent value at index 2",
    ),
    "function": (
        template(Queue=resource(QueueName={"Fn::Joyn": ["", ["a"]]})),
        "Encountered unsupported function: Fn::Joyn",
    ),
    "arguments of Fn::Join": (
        template(Queue=resource(QueueName={"Fn::Join": [["a", "b"]]})),
        "every Fn::Join object requires two parameters",
    ),
    "arguments of Fn::If": (
        template(sections={"Conditions": {"Never": NEVER}}, Queue=resource(QueueName={"Fn::If": ["Never", "a"]})),
        "Fn::If requires a list argument with three elements",
    ),
    "argument of Ref": (
        template(Queue=resource(QueueName={"Ref": ["Queue"]})),
        "All References must be of type string",
    ),
    "variable of Fn::Sub": (
        template(Queue=resource(QueueName={"Fn::Sub": "${A-B}"})),
        "variable names in Fn::Sub syntax must contain only alphanumeric characters",
    ),
    "no resources": ({"Resources": {}}, "At least one Resources member must be defined."),
    "name of a resource": (template(**{"My-Queue": resource()}), "Resource name My-Queue is non alphanumeric."),
    "a transform that nobody has": (template(sections={"Transform": "Foo::Bar"}), "No transform named Foo::Bar found."),
    "a transform that is a number": (
        template(sections={"Transform": ["AWS::Include", 5]}),
        "Every Transform member must be a string",
    ),
    "an export named after a resource": (
        template(sections={"Outputs": {"O": {"Value": "a", "Export": {"Name": {"Fn::Sub": "${Queue}-name"}}}}}),
        "Output O is malformed.  The Name field of Export must not depend on any resources",
    ),
    "an export named after an import": (
        template(sections={"Outputs": {"O": {"Value": "a", "Export": {"Name": {"Fn::ImportValue": "b"}}}}}),
        "The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.",
    ),
    "format version": (
        template(sections={"AWSTemplateFormatVersion": "2010-09-10"}),
        "2010-09-10 is not a supported value for AWSTemplateFormatVersion.",
    ),
    "deletion policy": (
        template(Queue=resource(more={"DeletionPolicy": "Keep"})),
        "Unrecognized DeletionPolicy Keep for resource Queue",
    ),
    "snapshot of a queue": (
        template(Queue=resource(more={"DeletionPolicy": "Snapshot"})),
        "resource type AWS::SQS::Queue does not support deletion policy Snapshot",
    ),
    "properties as a list": (
        template(Queue={"Type": QUEUE, "Properties": [{"QueueName": "a"}]}),
        "[/Resources/Queue/Properties] must be an object",
    ),
}


class TestAtTheCall:
    @table_of(AT_THE_CALL)
    def test_create_answers_with_an_error_and_makes_no_stack(self, stacks: Stacks, fault: str) -> None:
        body, sentence = AT_THE_CALL[fault]
        with pytest.raises(ClientError) as refused:
            stacks.create(body)
        assert refused.value.response["Error"]["Code"] == "ValidationError"
        assert sentence in refused.value.response["Error"]["Message"]
        with pytest.raises(ClientError, match="does not exist"):
            stacks.client.describe_stacks(StackName=stacks.name)

    def test_every_door_refuses_alike(self, stacks: Stacks) -> None:
        """UpdateStack leaves the stack as it is, CreateChangeSet leaves none, ValidateTemplate answers the same."""
        assert stacks.create(template()).status == "CREATE_COMPLETE"
        for body, sentence in list(AT_THE_CALL.values())[::4]:
            for call in (stacks.update, lambda body: stacks.change_set(body, "UPDATE")):
                with pytest.raises(ClientError) as refused:
                    call(body)
                assert sentence in str(refused.value)
        described = stacks.client.describe_stacks(StackName=stacks.name)["Stacks"][0]
        assert described["StackStatus"] == "CREATE_COMPLETE"
        with pytest.raises(ClientError, match="Unresolved resource dependencies"):
            stacks.client.validate_template(TemplateBody=json.dumps(AT_THE_CALL["Ref"][0]))

    def test_a_parameter_that_the_template_does_not_have(self, stacks: Stacks) -> None:
        with pytest.raises(ClientError, match="do not exist in the template"):
            stacks.create(template(), Parameters=[{"ParameterKey": "Nothing", "ParameterValue": "x"}])

    def test_a_branch_that_is_not_taken_may_name_what_is_left_out(self, stacks: Stacks) -> None:
        made = stacks.create(
            template(
                sections={"Conditions": {"Never": NEVER}},
                Left=resource(more={"Condition": "Never"}),
                Queue=resource(
                    more={"DependsOn": "Left"},
                    QueueName={"Fn::If": ["Never", {"Ref": "Left"}, {"Ref": "AWS::NoValue"}]},
                ),
            )
        )
        assert made.status == "CREATE_COMPLETE"


class TestRequests:
    def test_a_template_comes_once(self, stacks: Stacks) -> None:
        url = stacks.stored(template())
        with pytest.raises(ClientError, match="but not both"):
            stacks.create(template(), TemplateURL=url)
        stacks.create(template())
        with pytest.raises(ClientError, match="but not both"):
            stacks.client.update_stack(StackName=stacks.name, TemplateBody="{}", TemplateURL=url)

    @pytest.mark.parametrize("name", ["1x", "a b", "a_b", "a" * 129])
    @pytest.mark.parametrize("kind", ["CREATE", "UPDATE"])
    def test_a_change_set_has_a_name(self, stacks: Stacks, name: str, kind: str) -> None:
        if kind == "UPDATE":
            stacks.create(template())
        with pytest.raises(ClientError, match="at 'changeSetName' failed to satisfy constraint"):
            stacks.client.create_change_set(
                StackName=stacks.name, ChangeSetName=name, ChangeSetType=kind, TemplateBody=json.dumps(template())
            )
