"""Step Functions is as strict as on AWS: limits, names, retries, time-outs, roles, logs."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.stepfunctions.jsonata import _patient
from local.gaps.stepfunctions.limits import MAX_BYTES, size_in_bytes
from local.gaps.stepfunctions.names import is_legal
from local.gaps.stepfunctions.retry import delay_seconds
from local.gaps.stepfunctions.role import error_name, needed
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until
from tests.local.gaps.refusals import refused

SLOW = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
QUICK = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def passing(output: Any, **more: Any) -> dict[str, Any]:
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "Output": output, "End": True}}, **more}


def task(resource: str, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **more}


def starts(state: dict[str, Any]) -> dict[str, Any]:
    caught = {"Caught": {"Type": "Succeed"}} if "Catch" in state else {}
    return {"StartAt": "T", "States": {"T": {**state, "End": True}, **caught}}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


class TestLimits:
    def test_input_of_exactly_the_limit_runs(self, cloud: Cloud) -> None:
        payload = "x" * (MAX_BYTES - 2)
        assert cloud.run(cloud.machine(QUICK), payload)["status"] == "SUCCEEDED"

    def test_input_over_the_limit_is_refused_in_bytes_not_characters(self, cloud: Cloud) -> None:
        machine = cloud.machine(QUICK)
        text = json.dumps("ä" * (MAX_BYTES // 2), ensure_ascii=False)
        with pytest.raises(ClientError) as error:
            cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=text)
        assert code_of(error) == "ValidationException"

    def test_state_output_over_the_limit_fails_the_execution(self, cloud: Cloud) -> None:
        machine = cloud.machine(passing(["x" * 30_000] * 9))
        assert cloud.run(machine)["error"] == "States.DataLimitExceeded"

    def test_map_result_over_the_limit_is_not_caught_by_states_all(self, cloud: Cloud) -> None:
        item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Output": "x" * 30_000, "End": True}}}
        state = {
            "Type": "Map",
            "Items": "{% [1..10] %}",
            "ItemProcessor": item,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        }
        found = cloud.run(cloud.machine(starts(state)))
        assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")
        state["Catch"] = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught"}]
        assert cloud.run(cloud.machine(starts(state)))["status"] == "SUCCEEDED"

    def test_task_result_over_the_limit_is_not_retried(self, cloud: Cloud) -> None:
        bucket = cloud.name("big")
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 400_000)
        state = task("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "k"})
        state |= {
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30}],
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
        }
        assert cloud.run(cloud.machine(starts(state)))["error"] == "States.DataLimitExceeded"

    def test_runtime_errors_always_end_the_execution(self, cloud: Cloud) -> None:
        state = task("arn:aws:states:::glue:startJobRun", {"JobName": "not built here"})
        state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
        assert cloud.run(cloud.machine(starts(state)))["error"] == "States.Runtime"

    @given(st.text(max_size=50))
    def test_size_counts_utf8_bytes(self, text: str) -> None:
        assert size_in_bytes([text]) == 2 + len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


class TestNames:
    @pytest.mark.parametrize("name", ["a b", "a:b", "a/b", "a#b", "a\tb", "{a}", "a*", "a\u0085"])
    def test_illegal_names_are_refused(self, cloud: Cloud, name: str) -> None:
        machine = cloud.machine(QUICK)
        with pytest.raises(ClientError) as error:
            cloud.client("stepfunctions").start_execution(stateMachineArn=machine, name=name)
        assert code_of(error) == "InvalidName"

    def test_a_name_is_too_long(self, cloud: Cloud) -> None:
        with pytest.raises(ClientError, match="less than or equal to 80") as error:
            cloud.client("stepfunctions").start_execution(stateMachineArn=cloud.machine(QUICK), name="a" * 81)
        assert code_of(error) == "ValidationException"

    def test_the_longest_name_is_accepted(self, cloud: Cloud) -> None:
        arn = cloud.client("stepfunctions").start_execution(
            stateMachineArn=cloud.machine(QUICK), name="article-" + "0" * 72
        )["executionArn"]
        assert cloud.ended(arn)["status"] == "SUCCEEDED"

    @given(st.text(alphabet="abcXYZ019-_.+=@()!'ü漢", min_size=1, max_size=80))
    def test_other_characters_are_legal(self, name: str) -> None:
        assert is_legal(name)

    def test_same_name_and_input_while_running_is_the_same_execution(self, cloud: Cloud) -> None:
        sfn, machine = cloud.client("stepfunctions"), cloud.machine(SLOW)

        def start(_: int) -> tuple[str, Any]:
            answer = sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
            return answer["executionArn"], answer["startDate"]

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(start, range(16)))) == 1
        assert len(sfn.list_executions(stateMachineArn=machine)["executions"]) == 1

    def test_other_input_or_a_closed_execution_is_refused(self, cloud: Cloud) -> None:
        sfn, machine = cloud.client("stepfunctions"), cloud.machine(SLOW)
        arn = sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')["executionArn"]
        with pytest.raises(ClientError) as error:
            sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 2}')
        assert code_of(error) == "ExecutionAlreadyExists"
        sfn.stop_execution(executionArn=arn)
        with pytest.raises(ClientError) as error:
            sfn.start_execution(stateMachineArn=machine, name="one", input='{"a": 1}')
        assert code_of(error) == "ExecutionAlreadyExists"

    def test_express_accepts_a_name_again(self, cloud: Cloud) -> None:
        sfn, machine = cloud.client("stepfunctions"), cloud.machine(QUICK, type="EXPRESS")
        for _ in range(2):
            sfn.start_execution(stateMachineArn=machine, name="one")
            assert sfn.start_sync_execution(stateMachineArn=machine, name="one")["status"] == "SUCCEEDED"


class TestRetry:
    def test_delays(self) -> None:
        retrier = {"IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 100}
        assert [delay_seconds(retrier, used) for used in range(5)] == [2, 6, 18, 54, 100]
        assert delay_seconds({"IntervalSeconds": 100}, 1) == 200
        assert delay_seconds({**retrier, "JitterStrategy": "FULL"}, 4, lambda low, high: high - low) == 100

    def test_max_delay_holds_in_a_real_execution(self, cloud: Cloud) -> None:
        state = task("arn:aws:states:::lambda:invoke", {"FunctionName": "no-such-function"})
        state["Retry"] = [
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 1,
                "BackoffRate": 100,
                "MaxDelaySeconds": 1,
                "MaxAttempts": 3,
                "JitterStrategy": "FULL",
            }
        ]
        found = cloud.run(cloud.machine(starts(state)))
        events = cloud.client("stepfunctions").get_execution_history(executionArn=found["executionArn"])
        failures = [e["timestamp"].timestamp() for e in events["events"] if e["type"] == "TaskFailed"]
        assert len(failures) == 4
        assert all(0 <= later - earlier < 2 for earlier, later in pairwise(failures))

    @pytest.mark.parametrize("optimised", [True, False])
    def test_a_throttled_function_has_lambdas_name_for_it(self, cloud: Cloud, optimised: bool) -> None:
        function = cloud.function("def handler(event, context):\n    return event\n")
        aws_lambda = cloud.client("lambda")
        aws_lambda.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        state = task(function, {"a": 1})
        if optimised:
            state = task("arn:aws:states:::lambda:invoke", {"FunctionName": function, "Payload": {"a": 1}})
        found = cloud.run(cloud.machine(starts(state)))
        assert (found["status"], found["error"]) == ("FAILED", "Lambda.TooManyRequestsException")
        assert "Status Code: 429; Error Code: TooManyRequestsException" in found["cause"]
        state["Retry"] = [
            {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 20}
            | {"BackoffRate": 1}
        ]
        states, machine = cloud.client("stepfunctions"), cloud.machine(starts(state))
        arn = states.start_execution(stateMachineArn=machine)["executionArn"]
        until(lambda: any(e["type"] == "TaskFailed" for e in states.get_execution_history(executionArn=arn)["events"]))
        aws_lambda.delete_function_concurrency(FunctionName=function)
        assert cloud.ended(arn)["status"] == "SUCCEEDED"


class TestEnding:
    def test_machine_timeout(self, cloud: Cloud) -> None:
        url, arn = cloud.queue()
        events = cloud.client("events")
        machine = cloud.machine({**SLOW, "TimeoutSeconds": 1})
        rule = cloud.name("rule")
        pattern = {
            "source": ["aws.states"],
            "detail": {"stateMachineArn": [machine], "status": ["TIMED_OUT"]},
        }
        events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": arn}])
        found = cloud.run(machine, {"a": 1})
        assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")
        event = json.loads(cloud.received(url)[0]["Body"])
        assert json.loads(event["detail"]["input"]) == {"a": 1}

    def test_missing_heartbeat(self, cloud: Cloud) -> None:
        url, _ = cloud.queue()
        arguments = {"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"}
        state = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", arguments, HeartbeatSeconds=1)
        found = cloud.run(cloud.machine(starts(state)))
        assert (found["status"], found["error"]) == ("FAILED", "States.HeartbeatTimeout")
        state["Catch"] = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
        assert cloud.run(cloud.machine(starts(state)))["status"] == "SUCCEEDED"

    def test_heartbeats_keep_a_task_alive(self, cloud: Cloud) -> None:
        sfn, (url, _) = cloud.client("stepfunctions"), cloud.queue()
        arguments = {"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"}
        state = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", arguments, HeartbeatSeconds=1)
        arn = sfn.start_execution(stateMachineArn=cloud.machine(starts(state)))["executionArn"]
        token = cloud.received(url)[0]["Body"]
        for _ in range(6):
            time.sleep(0.3)
            sfn.send_task_heartbeat(taskToken=token)
        sfn.send_task_success(taskToken=token, output='"done"')
        assert cloud.ended(arn)["output"] == '"done"'

    def test_nobody_waits_any_more_once_an_execution_was_stopped(self, cloud: Cloud) -> None:
        sfn, (url, _) = cloud.client("stepfunctions"), cloud.queue()
        arguments = {"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"}
        state = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", arguments)
        arn = sfn.start_execution(stateMachineArn=cloud.machine(starts(state)))["executionArn"]
        token = cloud.received(url)[0]["Body"]
        sfn.send_task_heartbeat(taskToken=token)
        sfn.stop_execution(executionArn=arn)
        for _ in range(3):
            refused(sfn.send_task_heartbeat, "TaskTimedOut", "does not exist anymore", taskToken=token)
            time.sleep(0.1)
        refused(sfn.send_task_success, "TaskTimedOut", "does not exist anymore", taskToken=token, output="1")

    def test_stopping_ends_a_retrying_map_for_good(self, cloud: Cloud) -> None:
        sfn = cloud.client("stepfunctions")
        failing = task("arn:aws:states:::lambda:invoke", {"FunctionName": "no-such-function"}, End=True)
        failing["Retry"] = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 99}]
        state = {
            "Type": "Map",
            "Items": "{% [1..3] %}",
            "ItemProcessor": {"StartAt": "I", "States": {"I": failing}},
        }
        arn = sfn.start_execution(stateMachineArn=cloud.machine(starts(state)))["executionArn"]

        def failures() -> int:
            history = sfn.get_execution_history(executionArn=arn, maxResults=1000)["events"]
            return sum(event["type"] == "TaskScheduled" for event in history)

        until(lambda: failures() >= 3)
        sfn.stop_execution(executionArn=arn, error="Stopped", cause="by a person")
        time.sleep(0.3)
        tried = failures()
        time.sleep(1.5)
        found = sfn.describe_execution(executionArn=arn)
        assert (found["status"], found["error"], failures()) == ("ABORTED", "Stopped", tried)


class TestEvents:
    def test_express_executions_send_no_status_events(self, cloud: Cloud) -> None:
        url, queue = cloud.queue()
        events, sfn = cloud.client("events"), cloud.client("stepfunctions")
        express, standard = cloud.machine(QUICK, type="EXPRESS"), cloud.machine(QUICK)
        pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [express, standard]}}
        rule = cloud.name("rule")
        events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": queue}])
        sfn.start_execution(stateMachineArn=express)
        time.sleep(0.5)
        cloud.run(standard)
        details = [json.loads(message["Body"])["detail"] for message in cloud.received(url, 2)]
        assert {detail["stateMachineArn"] for detail in details} == {standard}
        assert {detail["status"] for detail in details} == {"RUNNING", "SUCCEEDED"}


class TestCallback:
    def test_a_function_that_fails_at_once_fails_the_task(self, cloud: Cloud) -> None:
        failing = cloud.function("def handler(event, context):\n    raise ValueError('slow')\n")
        arguments = {"FunctionName": failing, "Payload": {"token": "{% $states.context.Task.Token %}"}}
        state = task("arn:aws:states:::lambda:invoke.waitForTaskToken", arguments, TimeoutSeconds=30)
        # So MiniStack's own workers call every error; those of the local cloud give its name.
        assert cloud.run(cloud.machine(starts(state)))["error"] == "Runtime.HandlerError"
        state["Catch"] = [{"ErrorEquals": ["Runtime.HandlerError"], "Next": "Caught"}]
        assert cloud.run(cloud.machine(starts(state)))["status"] == "SUCCEEDED"


class TestJsonata:
    def test_output_of_succeed(self, cloud: Cloud) -> None:
        states = {"S": {"Type": "Succeed", "Output": {"b": "{% $states.input.a + 1 %}"}}}
        found = cloud.run(cloud.machine({"StartAt": "S", "States": states}), {"a": 1})
        assert json.loads(found["output"]) == {"b": 2}
        item = {"StartAt": "S", "States": states}
        mapped = {"Type": "Map", "Items": [{"a": 1}, {"a": 2}], "ItemProcessor": item}
        assert json.loads(cloud.run(cloud.machine(starts(mapped)))["output"]) == [{"b": 2}, {"b": 3}]

    def test_there_is_no_eval(self, cloud: Cloud) -> None:
        found = cloud.run(cloud.machine(passing("{% $eval('1 + 1') %}")))
        assert (found["status"], found["error"]) == ("FAILED", "States.QueryEvaluationError")
        assert found["cause"].startswith("T1006")
        assert json.loads(cloud.run(cloud.machine(passing("{% $parse('[1]') %}")))["output"]) == [1]

    @pytest.mark.parametrize("field", ["TimeoutSeconds", "HeartbeatSeconds"])
    def test_seconds_as_an_expression(self, cloud: Cloud, field: str) -> None:
        url, _ = cloud.queue()
        arguments = {"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"}
        more = {field: "{% $states.input.seconds / 2 %}"}
        state = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", arguments, **more)
        found = cloud.run(cloud.machine(starts(state)), {"seconds": 2})
        assert found["error"] in ("States.Timeout", "States.HeartbeatTimeout")

    @pytest.mark.parametrize(("seconds", "error"), [(1, "States.Timeout"), ("soon", "States.Runtime")])
    def test_seconds_by_a_path(self, cloud: Cloud, seconds: object, error: str) -> None:
        url, _ = cloud.queue()
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"},
            "TimeoutSecondsPath": "$.seconds",
        }
        machine = cloud.machine({**starts(state), "QueryLanguage": "JSONPath"})
        assert cloud.run(machine, {"seconds": seconds})["error"] == error

    def test_an_expression_has_time_on_a_busy_machine_and_still_an_end(self) -> None:
        class Parsed:
            timeouts: ClassVar[list[int]] = []

            @staticmethod
            def jsonata(expression: str, timeout: int) -> str:
                Parsed.timeouts.append(timeout)
                return expression

        patient = _patient(SimpleNamespace(Jsonata=Parsed, utils=None))
        assert patient.Jsonata.jsonata("1 + 1", timeout=1000) == "1 + 1"
        assert Parsed.timeouts == [60_000]


class TestNested:
    WAIT = "arn:aws:states:::states:startExecution.sync"

    def test_the_answer_of_a_child(self, cloud: Cloud) -> None:
        child = cloud.machine(passing({"sum": "{% $states.input.a + 1 %}"}))
        arguments = {"StateMachineArn": child, "Input": {"a": 1}, "Name": "named"}
        found = json.loads(cloud.run(cloud.machine(starts(task(f"{self.WAIT}:2", arguments))))["output"])
        assert (found["Output"], found["Input"], found["Status"]) == ({"sum": 2}, {"a": 1}, "SUCCEEDED")
        assert found["ExecutionArn"] == child.replace(":stateMachine:", ":execution:") + ":named"
        again = cloud.run(cloud.machine(starts(task(f"{self.WAIT}:2", arguments))))
        assert again["error"] == "StepFunctions.ExecutionAlreadyExistsException"
        as_text = task(self.WAIT, {"StateMachineArn": child, "Input": {"a": 1}})
        found = json.loads(cloud.run(cloud.machine(starts(as_text)))["output"])
        assert (found["Output"], found["Input"]) == ('{"sum": 2}', '{"a": 1}')

    def test_a_childs_failure_is_a_failed_task_with_its_json_as_cause(self, cloud: Cloud) -> None:
        fail = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}}
        child = cloud.machine(fail)
        state = task(f"{self.WAIT}:2", {"StateMachineArn": child, "Input": {"a": 1}})
        found = cloud.run(cloud.machine(starts(state)))
        assert found["error"] == "States.TaskFailed"
        cause = json.loads(found["cause"])
        assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "on purpose")
        assert json.loads(cause["Input"]) == {"a": 1}
        state["Catch"] = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]
        assert cloud.run(cloud.machine(starts(state)))["status"] == "SUCCEEDED"

    @pytest.mark.parametrize("how", ["stopped", "timed-out"])
    def test_a_child_nobody_waits_for_is_stopped(self, cloud: Cloud, how: str) -> None:
        sfn, child = cloud.client("stepfunctions"), cloud.machine(SLOW)
        more = {"TimeoutSeconds": 1} if how == "timed-out" else {}
        machine = cloud.machine(starts(task(f"{self.WAIT}:2", {"StateMachineArn": child}, **more)))
        parent = sfn.start_execution(stateMachineArn=machine)["executionArn"]
        until(lambda: sfn.list_executions(stateMachineArn=child)["executions"])
        if how == "stopped":
            sfn.stop_execution(executionArn=parent)
        else:
            assert cloud.ended(parent)["error"] == "States.Timeout"
        until(lambda: sfn.list_executions(stateMachineArn=child, statusFilter="ABORTED")["executions"])

    def test_an_express_machine_cannot_be_waited_for(self, cloud: Cloud) -> None:
        child = cloud.machine(QUICK, type="EXPRESS")
        found = cloud.run(cloud.machine(starts(task(f"{self.WAIT}:2", {"StateMachineArn": child}))))
        assert found["error"] == "States.Runtime"

    @pytest.mark.parametrize(
        "lacking", ["states:StartExecution", "states:DescribeExecution", "states:StopExecution", "events:PutRule"]
    )
    def test_waiting_needs_its_permissions(self, cloud: Cloud, lacking: str) -> None:
        child = cloud.machine(QUICK)
        executions = child.replace(":stateMachine:", ":execution:") + ":*"
        rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
        grants = {
            "states:StartExecution": child,
            "states:DescribeExecution": executions,
            "states:StopExecution": executions,
            "events:PutTargets": rule,
            "events:PutRule": rule,
            "events:DescribeRule": rule,
        }
        state = task(f"{self.WAIT}:2", {"StateMachineArn": child, "Input": {}})
        whole = cloud.role(*(allow(action, arn) for action, arn in grants.items()))
        assert cloud.run(cloud.machine(starts(state), whole))["status"] == "SUCCEEDED"
        del grants[lacking]
        role = cloud.role(*(allow(action, arn) for action, arn in grants.items()))
        found = cloud.run(cloud.machine(starts(state), role))
        assert f"is not authorized to perform: {lacking}" in found["cause"]


class TestRole:
    def test_lambda_invoke_needs_the_machines_permission(self, cloud: Cloud) -> None:
        function = cloud.function("def handler(event, context):\n    return {'seen': event}\n")
        state = task("arn:aws:states:::lambda:invoke", {"FunctionName": function, "Payload": {"a": 1}})
        state["Output"] = "{% $states.result.Payload %}"
        refused = cloud.run(cloud.machine(starts(state), cloud.role()))
        assert refused["error"] == "Lambda.AWSLambdaException"
        assert "is not authorized to perform: lambda:InvokeFunction" in refused["cause"]
        role = cloud.role(allow("lambda:InvokeFunction", function))
        assert json.loads(cloud.run(cloud.machine(starts(state), role))["output"]) == {"seen": {"a": 1}}

    @pytest.mark.parametrize("kind", ["sqs", "sns", "events", "dynamodb", "states"])
    def test_other_integrations_need_theirs(self, cloud: Cloud, kind: str) -> None:
        # A queue without a policy of its own: one that lets everybody in would not ask the role.
        url = cloud.client("sqs").create_queue(QueueName=cloud.name("private"))["QueueUrl"]
        arguments = {
            "sqs": ("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "m"}),
            "sns": ("sns:publish", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:t", "Message": "m"}),
            "events": ("events:putEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": {}}]}),
            "dynamodb": ("dynamodb:getItem", {"TableName": "t", "Key": {"pk": {"S": "1"}}}),
            "states": ("states:startExecution", {"StateMachineArn": cloud.machine(QUICK), "Input": {}}),
        }[kind]
        state = task(f"arn:aws:states:::{arguments[0]}", arguments[1])
        found = cloud.run(cloud.machine(starts(state), cloud.role()))
        assert found["status"] == "FAILED"
        assert "is not authorized to perform" in found["cause"]

    def test_sdk_integrations_are_signed_with_the_role(self, cloud: Cloud) -> None:
        bucket, s3 = cloud.name("sdk"), cloud.client("s3")
        s3.create_bucket(Bucket=bucket)
        state = task("arn:aws:states:::aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "k", "Body": "hello"})
        refused = cloud.run(cloud.machine(starts(state), cloud.role()))
        assert refused["error"] in ("S3.S3Exception", "S3.AccessDeniedException")
        assert "is not authorized to perform: s3:PutObject" in refused["cause"]
        role = cloud.role(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
        assert cloud.run(cloud.machine(starts(state), role))["status"] == "SUCCEEDED"
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"

    def test_names_of_sdk_errors(self) -> None:
        assert error_name("S3", "NoSuchKey", modelled=True) == "S3.NoSuchKeyException"
        assert error_name("DynamoDB", "ResourceNotFoundException", modelled=True) == (
            "DynamoDb.ResourceNotFoundException"
        )
        assert error_name("SageMaker Runtime", "X", modelled=False) == "SageMakerRuntime.SageMakerRuntimeException"
        assert error_name("S3", "SlowDown", modelled=False) == "S3.S3Exception"

    def test_what_a_task_needs(self) -> None:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
        waiting = "arn:aws:states:::lambda:invoke.waitForTaskToken"
        assert needed(waiting, {"FunctionName": arn}) == [("lambda:InvokeFunction", arn)]
        assert needed(arn, {}) == [("lambda:InvokeFunction", arn)]
        queue = {"QueueUrl": f"http://sqs.{REGION}.localhost/{ACCOUNT}/q"}
        assert [pair[0] for pair in needed("arn:aws:states:::sqs:sendMessage", queue)] == ["sqs:SendMessage"]
        assert needed("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": "b"}) == []
        machine = {"StateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m:live"}
        assert needed("arn:aws:states:::states:startExecution", machine) == [
            ("states:StartExecution", machine["StateMachineArn"])
        ]
        waiting_for = dict(needed("arn:aws:states:::states:startExecution.sync:2", machine))
        assert waiting_for["states:StopExecution"].startswith(f"arn:aws:states:{REGION}:{ACCOUNT}:execution:m:")
        assert len(waiting_for) == 6


class TestLogs:
    def test_history_reaches_the_log_group(self, cloud: Cloud) -> None:
        logs, group = cloud.client("logs"), cloud.name("/aws/vendedlogs/states/x")
        logs.create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
        settings = {
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
        }
        machine = cloud.machine(passing({"secret": "s3cr3t"}), loggingConfiguration=settings)
        execution = cloud.run(machine, {"secret": "s3cr3t"})["executionArn"]
        events = until(lambda: logs.filter_log_events(logGroupName=group)["events"])
        rows = [json.loads(event["message"]) for event in events]
        assert [row["type"] for row in rows] == [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "ExecutionSucceeded",
        ]
        assert {row["execution_arn"] for row in rows} == {execution}
        assert "s3cr3t" not in json.dumps(rows)

    def test_only_failures_at_level_error(self, cloud: Cloud) -> None:
        logs, group = cloud.client("logs"), cloud.name("/aws/vendedlogs/states/x")
        logs.create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
        failing = {
            "StartAt": "F",
            "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}},
        }
        machine = cloud.machine(failing, loggingConfiguration={"level": "ERROR", "destinations": [destination]})
        cloud.run(machine)
        events = until(lambda: logs.filter_log_events(logGroupName=group)["events"])
        assert [json.loads(event["message"])["type"] for event in events] == ["ExecutionFailed"]
