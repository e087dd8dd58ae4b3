"""Templates that AWS refuses: at the call, at validation before any resource, or when the resource is made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.harness import Cloud, until

Template = dict[str, Any]
QUEUE = "AWS::SQS::Queue"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
REF_NOTHING = {"Ref": "Nothing"}
NEVER = {"Fn::Equals": ["a", "b"]}


def resource(kind: str = QUEUE, more: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **(more or {})}


def template(*, sections: dict[str, Any] | None = None, **resources: Any) -> Template:
    return {"Resources": resources or {"Queue": resource()}, **(sections or {})}


def role(document: Any, **more: Any) -> dict[str, Any]:
    policy = {"PolicyName": "p", "PolicyDocument": document}
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=[policy], **more)


def allowing(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def table(keys: list[str], attributes: list[str], **more: Any) -> dict[str, Any]:
    return resource(
        "AWS::DynamoDB::Table",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        **{"BillingMode": "PAY_PER_REQUEST", **more},
    )


def function(**more: Any) -> dict[str, Any]:
    return resource(
        "AWS::Lambda::Function",
        **{
            "Code": {"ZipFile": "def handler(e, c): return 1"},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": "arn:aws:iam::123456789012:role/r",
            **more,
        },
    )


def alarm(**more: Any) -> dict[str, Any]:
    return resource(
        "AWS::CloudWatch::Alarm",
        **{
            "Namespace": "N",
            "MetricName": "M",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            **more,
        },
    )


def unresolved(block: str, *names: str) -> str:
    return (
        f"Template format error: Unresolved resource dependencies [{', '.join(names)}] in the {block} block of the"
        " template"
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

#: Fault: template, and what the event of the resource says.
AT_THE_RESOURCE: dict[str, tuple[Template, str]] = {
    "a key without its attribute": (
        template(R=table(["id"], ["other"])),
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [id]",
    ),
    "an attribute that is no key": (
        template(R=table(["id"], ["id", "other"])),
        "Some AttributeDefinitions are not used. AttributeDefinitions: [other]",
    ),
    "throughput beside pay per request": (
        template(
            R=table(["id"], ["id"], ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        ),
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    ),
    "no throughput": (
        template(R=table(["id"], ["id"], BillingMode="PROVISIONED")),
        "No provisioned throughput specified for the table",
    ),
    "effect": (
        template(R=role(allowing(Effect="Alow", Action="s3:GetObject", Resource="*"))),
        "Syntax errors in policy.",
    ),
    "no action": (template(R=role(allowing(Resource="*"))), "Policy statement must contain actions."),
    "no resource": (template(R=role(allowing(Action="s3:GetObject"))), "Policy statement must contain resources."),
    "action without a service": (
        template(R=role(allowing(Action="GetObject", Resource="*"))),
        "Actions/Conditions must be prefaced by a vendor",
    ),
    "member of a statement": (
        template(R=role(allowing(Action="s3:GetObject", Resources="*"))),
        "Syntax errors in policy.",
    ),
    "principal in a role's policy": (
        template(R=role(allowing(Action="s3:GetObject", Resource="*", Principal="*"))),
        "Policy document should not specify a principal.",
    ),
    "version of a policy": (
        template(R=role({"Version": "2012-10-18", "Statement": []})),
        "The policy must contain a valid version string.",
    ),
    "trust with a resource": (
        template(
            R=resource(
                "AWS::IAM::Role",
                AssumeRolePolicyDocument=allowing(Action="sts:AssumeRole", Resource="*", Principal="*"),
            )
        ),
        "Has prohibited field Resource",
    ),
    "a queue's policy without a principal": (
        template(
            Q=resource(),
            R=resource(
                "AWS::SQS::QueuePolicy",
                Queues=[{"Ref": "Q"}],
                PolicyDocument=allowing(Action="sqs:SendMessage", Resource="*"),
            ),
        ),
        "Missing required field Principal",
    ),
    "FIFO queue by name": (
        template(R=resource(QueueName="plain", FifoQueue=True)),
        "must end with .fifo suffix",
    ),
    "FIFO attribute of a standard queue": (
        template(R=resource(ContentBasedDeduplication=True)),
        "Unknown Attribute ContentBasedDeduplication.",
    ),
    "redrive without a count": (
        template(A=resource(), R=resource(RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["A", "Arn"]}})),
        "Redrive policy does not contain mandatory attribute: maxReceiveCount",
    ),
    "period of an alarm": (template(R=alarm(Period=45)), "Period must be"),
    "ACL of a bucket": (
        template(R=resource("AWS::S3::Bucket", AccessControl="PublicRead")),
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "a wrong value from another resource": (
        template(Q=resource(), R=resource("AWS::SNS::Topic", FifoTopic={"Fn::GetAtt": ["Q", "Arn"]})),
        "Properties validation failed for resource R with message: #/FifoTopic: expected type: Boolean",
    ),
}


@dataclass(frozen=True)
class Made:
    """What became of a stack or change set."""

    status: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def found(self) -> list[tuple[str, str]]:
        return [(error["ValidationPath"], error["ValidationStatusReason"]) for error in self.errors]

    def reasons(self, logical_id: str) -> list[str]:
        return [
            event.get("ResourceStatusReason", "")
            for event in self.events
            if event["LogicalResourceId"] == logical_id and event["ResourceStatus"].endswith("FAILED")
        ]


class Stacks:
    """Calls CloudFormation of the running server."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("cloudformation")
        self.name = cloud.name("refused")

    def create(self, body: Template, **more: Any) -> Made:
        self.client.create_stack(**self._request(body), **more)
        return self._ended()

    def update(self, body: Template) -> Made:
        self.client.update_stack(**self._request(body))
        return self._ended()

    def change_set(self, body: Template, kind: str = "CREATE") -> Made:
        self.client.create_change_set(**self._request(body), ChangeSetName="c", ChangeSetType=kind)
        made = self.client.describe_change_set(StackName=self.name, ChangeSetName="c")
        events = self.client.describe_events(ChangeSetName=made["ChangeSetId"])["OperationEvents"]
        return Made(made["Status"], _errors(events), [made])

    def stored(self, body: Template) -> str:
        """The address of a nested template."""
        bucket = self.cloud.name("nested").lower()
        self.cloud.client("s3").create_bucket(Bucket=bucket)
        self.cloud.client("s3").put_object(Bucket=bucket, Key="t.json", Body=json.dumps(body).encode())
        return f"https://s3.amazonaws.com/{bucket}/t.json"

    def nesting(self, body: Template, **parameters: Any) -> dict[str, Any]:
        more = {"Parameters": parameters} if parameters else {}
        return resource("AWS::CloudFormation::Stack", TemplateURL=self.stored(body), **more)

    def _request(self, body: Template) -> dict[str, Any]:
        capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
        return {"StackName": self.name, "TemplateBody": json.dumps(body), "Capabilities": capabilities}

    def _ended(self) -> Made:
        def look() -> str | None:
            status = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return None if status.endswith("IN_PROGRESS") else str(status)

        status = until(look, 20)
        operations = self.client.describe_events(StackName=self.name)["OperationEvents"]
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return Made(status, _errors(operations), events)


def _errors(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["EventType"] == "VALIDATION_ERROR"]


@pytest.fixture
def stacks(cloud: Cloud) -> Stacks:
    return Stacks(cloud)


def table_of(faults: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("fault", faults, ids=list(faults))


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


class TestAtTheResource:
    @table_of(AT_THE_RESOURCE)
    def test_the_resource_fails(self, stacks: Stacks, fault: str) -> None:
        body, reason = AT_THE_RESOURCE[fault]
        made = stacks.create(body)
        assert made.status == "ROLLBACK_COMPLETE"
        assert made.errors == []
        assert reason in " ".join(made.reasons("R")), made.events

    @table_of(dict(list(AT_THE_RESOURCE.items())[::5]))
    def test_in_a_nested_stack_too(self, stacks: Stacks, fault: str) -> None:
        body, reason = AT_THE_RESOURCE[fault]
        made = stacks.create(template(Nested=stacks.nesting(body)))
        assert reason in made.reasons("Nested")[0]

    def test_an_update_of_the_resource_fails(self, stacks: Stacks) -> None:
        stacks.create(template(R=role(allowing(Action="s3:GetObject", Resource="*"))))
        made = stacks.update(template(R=role(allowing(Action="s3:GetObject"))))
        assert made.status == "UPDATE_ROLLBACK_COMPLETE"
        assert "Policy statement must contain resources." in made.reasons("R")[0]
