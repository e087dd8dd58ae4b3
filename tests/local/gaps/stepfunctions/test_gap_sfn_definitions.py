"""Definitions by both doors, the API and CloudFormation; metadata of tasks; executions that always end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from ministack.services import stepfunctions as sfn

from local import gaps
from local.gaps.cloudformation.types.state_machines import as_json
from local.gaps.stepfunctions import uncaught
from local.gaps.stepfunctions.integrations.metadata import executed_version
from local.gaps.stepfunctions.uncaught import _never_left_running
from tests.local.asl.builders import changed, jsonata, put, scope
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

SOUND = {"QueryLanguage": "JSONata", **scope(P={"Type": "Pass", "Output": {"n": "{% 1 + 1 %}"}, "End": True})}
DANGLING = changed(SOUND, put("States/P", {"Type": "Pass", "Next": "Q"}))
TOLD = (
    "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: Q at /States/P/Next, "
    "MISSING_END_STATE: Workflow has no terminal state at null'"
)
INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
EXPRESS_WAITS = scope(T={**INVOKE, "Parameters": {"FunctionName": "f"}, "End": True})


def error_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def create(cloud: Cloud, definition: Any = SOUND, **more: Any) -> str:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    given = {"name": cloud.name("m"), "roleArn": cloud.role(allow("*", "*")), "definition": text, **more}
    return str(cloud.client("stepfunctions").create_state_machine(**given)["stateMachineArn"])


def log_group(arn: str, level: str = "ALL") -> dict[str, Any]:
    return {"level": level, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]}


GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"


class TestCalls:
    def test_create_refuses_with_aws_sentence(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError) as error:
            create(cloud, DANGLING)
        assert error_of(error) == ("InvalidDefinition", TOLD)

    def test_update_refuses_and_changes_nothing(self, cloud: Cloud) -> None:
        arn, sfn = create(cloud), cloud.client("stepfunctions")
        before = sfn.describe_state_machine(stateMachineArn=arn)
        with pytest.raises(ClientError) as error:
            sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(DANGLING))
        assert error_of(error) == ("InvalidDefinition", TOLD)
        after = sfn.describe_state_machine(stateMachineArn=arn)
        assert (after["definition"], after["revisionId"]) == (before["definition"], before["revisionId"])

    def test_update_knows_the_type_of_its_machine(self, cloud: Cloud) -> None:
        arn, sfn = create(cloud, type="EXPRESS"), cloud.client("stepfunctions")
        with pytest.raises(ClientError, match="Express state machine does not support"):
            sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(EXPRESS_WAITS))
        standard = create(cloud)
        sfn.update_state_machine(stateMachineArn=standard, definition=json.dumps(EXPRESS_WAITS))

    @pytest.mark.parametrize(
        "service", [f"states.{REGION}.amazonaws.com", ["ec2.amazonaws.com", "states.amazonaws.com"]]
    )
    def test_the_regional_principal_and_a_list_are_trusted(self, cloud: Cloud, service: Any) -> None:
        assert create(cloud, roleArn=cloud.role(allow("*", "*"), service=service))
        role = cloud.role(service=service)
        machine = {"RoleArn": role, "DefinitionString": json.dumps(SOUND)}
        assert cloud.stack({"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}})

    def test_the_principal_of_another_region_is_not_trusted(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError) as error:
            create(cloud, roleArn=cloud.role(service="states.eu-west-1.amazonaws.com"))
        assert error_of(error)[0] == "AccessDeniedException"

    def test_update_of_nothing(self, cloud: Cloud) -> None:
        arn, sfn = create(cloud), cloud.client("stepfunctions")
        with pytest.raises(ClientError) as error:
            sfn.update_state_machine(stateMachineArn=arn)
        assert error_of(error)[0] == "MissingRequiredParameter"

    def test_yaml_by_the_api_is_no_json(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError) as error:
            create(cloud, yaml.safe_dump(SOUND))
        assert error_of(error)[1].startswith("Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ")

    def test_over_a_megabyte(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError) as error:
            create(cloud, changed(SOUND, put("Comment", "ä" * 600_000)))
        assert error_of(error) == (
            "ValidationException",
            "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length "
            "less than or equal to 1048576",
        )

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ({"name": "a b"}, "InvalidName"),
            ({"name": "n" * 81}, "ValidationException"),
            ({"roleArn": "arn:aws:iam::123456789012:user/me"}, "InvalidArn"),
            ({"roleArn": "me"}, "InvalidArn"),
            ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "AccessDeniedException"),
            ({"type": "QUICK"}, "ValidationException"),
            ({"type": "EXPRESS", "definition": json.dumps(EXPRESS_WAITS)}, "InvalidDefinition"),
            ({"loggingConfiguration": {"level": "ALL"}}, "InvalidLoggingConfiguration"),
            ({"loggingConfiguration": log_group(GROUP)}, "InvalidLoggingConfiguration"),
            ({"loggingConfiguration": log_group("arn:aws:s3:::b:*")}, "InvalidLoggingConfiguration"),
            ({"loggingConfiguration": log_group(f"{GROUP}:*", "LOUD")}, "ValidationException"),
            ({"loggingConfiguration": log_group(f"{GROUP}:*"), "name": "gräf"}, "InvalidLoggingConfiguration"),
            ({"versionDescription": "first"}, "ValidationException"),
            ({"tags": [{"key": str(n), "value": "v"} for n in range(51)]}, "TooManyTags"),
        ],
        ids=lambda value: value if isinstance(value, str) else ",".join(value),
    )
    def test_what_else_create_refuses(self, cloud: Cloud, more: dict[str, Any], code: str) -> None:
        with pytest.raises(ClientError) as error:
            create(cloud, **{"definition": json.dumps(SOUND), **more})
        assert error_of(error)[0] == code

    def test_a_role_must_trust_step_functions(self, cloud: Cloud) -> None:
        role = cloud.role(service="lambda.amazonaws.com")
        with pytest.raises(ClientError) as error:
            create(cloud, roleArn=role)
        assert error_of(error)[0] == "AccessDeniedException"
        arn, sfn = create(cloud, loggingConfiguration=log_group(f"{GROUP}:*")), cloud.client("stepfunctions")
        with pytest.raises(ClientError, match="is authorized to assume the provided role"):
            sfn.update_state_machine(stateMachineArn=arn, roleArn=role)


class TestValidate:
    def test_a_sound_definition(self, cloud: Cloud) -> None:
        found = cloud.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(jsonata()))
        assert (found["result"], found["diagnostics"], found["truncated"]) == ("OK", [], False)

    def test_diagnostics(self, cloud: Cloud) -> None:
        sfn = cloud.client("stepfunctions")
        found = sfn.validate_state_machine_definition(definition=json.dumps(DANGLING))
        code = "MISSING_TRANSITION_TARGET"
        dangling = {"code": code, "message": "Missing 'Next' target: Q", "location": "/States/P/Next"}
        endless = {"code": "MISSING_END_STATE", "message": "Workflow has no terminal state"}
        assert found["diagnostics"] == [{"severity": "ERROR", **dangling}, {"severity": "ERROR", **endless}]
        assert (found["result"], found["truncated"]) == ("FAIL", False)
        one = sfn.validate_state_machine_definition(definition=json.dumps(DANGLING), maxResults=1)
        assert (len(one["diagnostics"]), one["truncated"], one["result"]) == (1, True, "FAIL")

    def test_at_most_a_hundred(self, cloud: Cloud) -> None:
        many = changed(SOUND, *(put(f"States/S{n}", {"Type": "Succeed"}) for n in range(120)))
        found = cloud.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(many))
        assert (len(found["diagnostics"]), found["truncated"]) == (100, True)

    def test_warnings_where_they_are_asked_for(self, cloud: Cloud) -> None:
        sfn = cloud.client("stepfunctions")
        text = json.dumps(scope(P={"Type": "Pass", "Parameters": {"a": "$.b"}, "End": True}))
        assert sfn.validate_state_machine_definition(definition=text)["diagnostics"] == []
        found = sfn.validate_state_machine_definition(definition=text, severity="WARNING")
        assert (found["result"], [each["code"] for each in found["diagnostics"]]) == ("OK", ["NO_DOLLAR"])

    def test_the_type_counts(self, cloud: Cloud) -> None:
        sfn, text = cloud.client("stepfunctions"), json.dumps(EXPRESS_WAITS)
        assert sfn.validate_state_machine_definition(definition=text)["result"] == "OK"
        assert sfn.validate_state_machine_definition(definition=text, type="EXPRESS")["result"] == "FAIL"
        assert sfn.validate_state_machine_definition(definition="StartAt: P")["result"] == "FAIL"


def machine(cloud: Cloud, **properties: Any) -> dict[str, Any]:
    given = {"RoleArn": cloud.role(allow("*", "*")), **properties}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": given}


def refused(cloud: Cloud, call: str, stack: str, resource: dict[str, Any]) -> str:
    """Why the machine of a stack that was created or updated has failed, by the stack's events."""
    cfn = cloud.client("cloudformation")
    template = {"Resources": {"Machine": resource}, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}}
    getattr(cfn, call)(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    ended = {"create_stack": "ROLLBACK_COMPLETE", "update_stack": "UPDATE_ROLLBACK_COMPLETE"}[call]
    until(lambda: cfn.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == ended)
    events = cfn.describe_stack_events(StackName=stack)["StackEvents"]
    return next(
        event["ResourceStatusReason"]
        for event in events
        if event["LogicalResourceId"] == "Machine" and event["ResourceStatus"].endswith("_FAILED")
    )


class TestTemplates:
    def test_a_resource_is_refused_at_its_creation(self, cloud: Cloud) -> None:
        resource = machine(cloud, DefinitionString=json.dumps(DANGLING))
        why = refused(cloud, "create_stack", cloud.name("stack"), resource)
        assert why.startswith(f'Resource handler returned message: "{TOLD}')
        assert "HandlerErrorCode: InvalidRequest" in why

    def test_and_at_its_update(self, cloud: Cloud) -> None:
        made = cloud.stack({"Machine": machine(cloud, Definition=SOUND)}, Arn={"Ref": "Machine"})
        why = refused(cloud, "update_stack", made["StackName"], machine(cloud, Definition=DANGLING))
        assert TOLD in why
        kept = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made["Arn"])
        assert json.loads(kept["definition"]) == SOUND

    @pytest.mark.parametrize(
        ("properties", "sentence"),
        [
            ({"Definition": SOUND, "StateMachineName": "a b"}, "Invalid Name: 'a b'"),
            ({"Definition": SOUND, "RoleArn": "me"}, "Invalid Role Arn: 'me'"),
            ({"Definition": SOUND, "LoggingConfiguration": {"Level": "ALL"}}, "Must specify exactly one Log Dest"),
            ({"Definition": EXPRESS_WAITS, "StateMachineType": "EXPRESS"}, "Express state machine does not support"),
            ({"Definition": SOUND, "DefinitionString": "{}"}, "exactly one of the properties"),
            ({}, "exactly one of the properties"),
            ({"DefinitionString": yaml.safe_dump(SOUND)}, "INVALID_JSON_DESCRIPTION"),
        ],
        ids=lambda value: value if isinstance(value, str) else ",".join(value),
    )
    def test_what_else_is_refused(self, cloud: Cloud, properties: dict[str, Any], sentence: str) -> None:
        why = refused(cloud, "create_stack", cloud.name("stack"), machine(cloud, **properties))
        assert sentence in why

    def test_yaml_in_s3_runs(self, cloud: Cloud) -> None:
        """What ``sam deploy`` makes of a DefinitionUri in YAML: an object in S3, substituted afterwards."""
        text = """
            # a comment, as JSON has none
            QueryLanguage: JSONata
            StartAt: Sum
            TimeoutSeconds: 60
            States:
              Sum:
                Type: Pass
                Output:
                  sum: '{% ${Addend} + $states.input.n %}'
                  word: ${Word}
                  day: 2030-01-01
                End: true
        """
        words = {"Addend": 2, "Word": "yes, said"}
        resource = machine(cloud, DefinitionS3Location=self.stored(cloud, text), DefinitionSubstitutions=words)
        made = cloud.stack({"Machine": resource}, Arn={"Ref": "Machine"})
        stored = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made["Arn"])["definition"]
        assert json.loads(stored)["TimeoutSeconds"] == 60
        ended = cloud.run(made["Arn"], {"n": 3})
        assert json.loads(ended["output"]) == {"sum": 5, "word": "yes, said", "day": "2030-01-01"}

    def stored(self, cloud: Cloud, text: str) -> dict[str, str]:
        bucket, s3 = cloud.name("definitions"), cloud.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="machine.asl.yaml", Body=text.encode())
        return {"Bucket": bucket, "Key": "machine.asl.yaml"}

    @pytest.mark.parametrize("call", ["create_stack", "update_stack"])
    def test_a_fault_in_yaml_is_told(self, cloud: Cloud, call: str) -> None:
        place = self.stored(cloud, "StartAt: P\nStates:\n  P: {Type: Task, Resource: '${Unknown}', End: true}\n")
        stack = cloud.name("stack")
        if call == "update_stack":
            stack = cloud.stack({"Machine": machine(cloud, Definition=SOUND)})["StackName"]
        why = refused(cloud, call, stack, machine(cloud, DefinitionS3Location=place))
        assert "Value is not a valid resource ARN at /States/P/Resource" in why

    def test_logging_of_a_template_is_kept(self, cloud: Cloud) -> None:
        group = cloud.name("/aws/vendedlogs/states/m")
        cloud.client("logs").create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
        destination = {"CloudWatchLogsLogGroup": {"LogGroupArn": arn}}
        settings = {"Level": "ALL", "IncludeExecutionData": "true", "Destinations": [destination]}
        resource = machine(cloud, Definition=SOUND, LoggingConfiguration=settings)
        made = cloud.stack({"Machine": resource}, Arn={"Ref": "Machine"})
        described = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=made["Arn"])
        assert described["loggingConfiguration"] == {**log_group(arn), "includeExecutionData": True}
        cloud.run(made["Arn"])
        logs = cloud.client("logs")
        until(lambda: logs.filter_log_events(logGroupName=group)["events"])

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ('{"a": 1}', '{"a": 1}'),
            ("a: 2030-01-01\nb: on\nc: 012", '{"a": "2030-01-01", "b": true, "c": 10}'),
            ("a: [", "a: ["),
            ("just text", "just text"),
        ],
    )
    def test_reading_yaml(self, text: str, found: str) -> None:
        assert as_json(text) == found


class TestUncaught:
    def run(self, dies: Callable[[str], None], status: str = "RUNNING") -> dict[str, Any]:
        """The record of an execution whose thread ran ``dies``."""
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:m:{uuid.uuid4()}"
        machine_arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
        record = {"executionArn": arn, "stateMachineArn": machine_arn, "name": "e", "status": status, "events": []}
        sfn._executions[arn] = record
        try:
            _never_left_running(dies)(arn)
        finally:
            del sfn._executions[arn]
        return record

    def test_what_nobody_foresaw_fails_the_execution(self, caplog: pytest.LogCaptureFixture) -> None:
        def dies(_arn: str) -> None:
            raise KeyError("States")

        found = self.run(dies)
        assert (found["status"], found["error"], found["cause"]) == ("FAILED", "States.Runtime", "KeyError: 'States'")
        assert found["events"][-1]["type"] == "ExecutionFailed"
        assert "Traceback" in caplog.text

    def test_what_goes_well_is_left_alone(self) -> None:
        assert self.run(lambda _arn: None)["status"] == "RUNNING"

    def test_it_is_around_everything_that_runs_an_execution(self) -> None:
        """Whoever wraps the run later is not caught."""
        run = "services.stepfunctions._run_execution"
        assert [module.__name__ for module in gaps.modules() if run in module.LEANS_ON][-1] == uncaught.__name__


class TestMetadata:
    def result(self, cloud: Cloud, resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}
        ended = cloud.run(cloud.machine(scope(T=task)))
        assert ended["status"] == "SUCCEEDED", ended
        return dict(json.loads(ended["output"]))

    def assert_described(self, found: dict[str, Any], *own: str) -> None:
        assert set(found) == {*own, "SdkHttpMetadata", "SdkResponseMetadata"}
        http, request = found["SdkHttpMetadata"], found["SdkResponseMetadata"]["RequestId"]
        assert http["HttpStatusCode"] == 200
        assert http["HttpHeaders"]["x-amzn-RequestId"] == request
        assert http["AllHttpHeaders"] == {name: [value] for name, value in http["HttpHeaders"].items()}

    def test_dynamodb(self, cloud: Cloud) -> None:
        table, client = cloud.name("table"), cloud.client("dynamodb")
        client.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        key = {"TableName": table, "Key": {"k": {"S": "a"}}}
        put_item = self.result(cloud, "dynamodb:putItem", {"TableName": table, "Item": {"k": {"S": "a"}}})
        self.assert_described(put_item)
        headers = put_item["SdkHttpMetadata"]["HttpHeaders"]
        assert (headers["Content-Length"], headers["x-amz-crc32"]) == ("2", "2745614147")
        self.assert_described(self.result(cloud, "dynamodb:getItem", key), "Item")
        values = {":v": {"S": "b"}}
        updated = {**key, "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": values}
        self.assert_described(self.result(cloud, "dynamodb:updateItem", updated))
        self.assert_described(self.result(cloud, "dynamodb:deleteItem", key))
        # The SDK's own integrations answer what the call answers.
        assert "SdkHttpMetadata" not in self.result(cloud, "aws-sdk:dynamodb:getItem", key)

    def test_messages_and_events(self, cloud: Cloud) -> None:
        url, _ = cloud.queue()
        sent = self.result(cloud, "sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"})
        self.assert_described(sent, "MessageId", "MD5OfMessageBody")
        topic = cloud.client("sns").create_topic(Name=cloud.name("topic"))["TopicArn"]
        self.assert_described(self.result(cloud, "sns:publish", {"TopicArn": topic, "Message": "m"}), "MessageId")
        entry = {"Source": "s", "DetailType": "t", "Detail": {"a": 1}}
        put_events = self.result(cloud, "events:putEvents", {"Entries": [entry]})
        self.assert_described(put_events, "Entries", "FailedEntryCount")

    def test_machines(self, cloud: Cloud) -> None:
        child = cloud.machine(SOUND)
        started = self.result(cloud, "states:startExecution", {"StateMachineArn": child})
        self.assert_described(started, "ExecutionArn", "StartDate")
        waited = self.result(cloud, "states:startExecution.sync:2", {"StateMachineArn": child})
        assert "SdkHttpMetadata" not in waited

    def test_functions(self, cloud: Cloud) -> None:
        function = cloud.function("def handler(event, context): return {'got': event}")
        found = self.result(cloud, "lambda:invoke", {"FunctionName": function, "Payload": {"a": 1}})
        self.assert_described(found, "ExecutedVersion", "Payload", "StatusCode")
        assert (found["ExecutedVersion"], found["Payload"]) == ("$LATEST", {"got": {"a": 1}})
        assert found["SdkHttpMetadata"]["HttpHeaders"]["X-Amz-Executed-Version"] == "$LATEST"

    def test_the_version_that_was_asked_for(self) -> None:
        assert executed_version({"FunctionName": "f:3"}) == "3"
        assert executed_version({"FunctionName": "f", "Qualifier": "4"}) == "4"
        assert executed_version({"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}) == "$LATEST"
