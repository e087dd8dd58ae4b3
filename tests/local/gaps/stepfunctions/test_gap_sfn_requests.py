"""Requests of Step Functions that AWS refuses for their members, and those that it takes again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.asl.builders import scope
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud
from tests.local.gaps.refusals import refused

PASS = scope(P={"Type": "Pass", "End": True})
WAITS = scope(W={"Type": "Wait", "Seconds": 60, "End": True})
STATES = f"arn:aws:states:{REGION}:{ACCOUNT}"
EXECUTION, NO_MACHINE = f"{STATES}:execution:m:e", f"{STATES}:stateMachine:nope"
ROUTES = [{"stateMachineVersionArn": f"{STATES}:stateMachine:m:1", "weight": 100}]


@pytest.fixture(scope="module")
def machine(cloud: Cloud) -> str:
    return cloud.machine(PASS)


@pytest.mark.parametrize("text", ["", "{", "abc", "{'a': 1}", "NaN", '{"a": }', "[" * 200_000])
def test_input_that_is_no_json(cloud: Cloud, machine: str, text: str) -> None:
    sfn = cloud.client("stepfunctions")
    for call in (sfn.start_execution, sfn.start_sync_execution):
        refused(
            call,
            "InvalidExecutionInput",
            "Invalid State Machine Execution Input: '",
            stateMachineArn=machine,
            input=text,
        )


@pytest.mark.parametrize("text", ["1", "null", '"text"', "[]", ' {"a": "ä"} '])
def test_any_json_is_an_input(cloud: Cloud, machine: str, text: str) -> None:
    arn = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=text)["executionArn"]
    assert json.loads(cloud.ended(arn)["output"]) == json.loads(text)


def test_no_input_is_an_empty_object(cloud: Cloud, machine: str) -> None:
    arn = cloud.client("stepfunctions").start_execution(stateMachineArn=machine)["executionArn"]
    assert json.loads(cloud.ended(arn)["output"]) == {}


@pytest.mark.parametrize(
    ("operation", "code", "says", "request_"),
    [
        ("list_executions", "ValidationException", "less than or equal to 1000", {"maxResults": 1001}),
        ("list_executions", "ValidationException", "enum value set", {"statusFilter": "FOO"}),
        ("list_executions", "ValidationException", "either", {"mapRunArn": f"{STATES}:mapRun:m/l:u"}),
        ("list_executions", "InvalidArn", "Invalid ARN prefix", {"stateMachineArn": "foo"}),
        ("list_executions", "StateMachineDoesNotExist", "'", {"stateMachineArn": NO_MACHINE}),
        ("list_executions", "InvalidArn", "Resource type", {"stateMachineArn": EXECUTION}),
        ("list_state_machines", "ValidationException", "maxResults", {"maxResults": 1001}),
        ("get_execution_history", "ValidationException", "maxResults", {"executionArn": EXECUTION, "maxResults": 1001}),
        (
            "update_state_machine",
            "InvalidArn",
            "Invalid ARN prefix: foo",
            {"stateMachineArn": "foo", "definition": json.dumps(PASS)},
        ),
        ("describe_execution", "InvalidArn", "Invalid ARN prefix: foo", {"executionArn": "foo"}),
        ("stop_execution", "InvalidArn", "Resource type", {"executionArn": f"{STATES}:stateMachine:m"}),
        ("describe_execution", "ExecutionDoesNotExist", "", {"executionArn": EXECUTION}),
        ("start_execution", "InvalidArn", "Invalid ARN prefix: foo", {"stateMachineArn": "foo"}),
        ("start_execution", "StateMachineDoesNotExist", "", {"stateMachineArn": NO_MACHINE}),
        ("describe_activity", "InvalidArn", "Invalid ARN prefix: foo", {"activityArn": "foo"}),
        ("create_activity", "InvalidName", "Invalid Name: 'a b'", {"name": "a b"}),
        ("create_activity", "ValidationException", "less than or equal to 80", {"name": "a" * 81}),
        ("send_task_success", "InvalidOutput", "Invalid Output: '", {"taskToken": "t", "output": "{"}),
        ("send_task_success", "TaskDoesNotExist", "", {"taskToken": "t", "output": "1"}),
        ("create_state_machine_alias", "ValidationException", "pattern", {"name": "1", "routingConfiguration": ROUTES}),
    ],
)
def test_refused(cloud: Cloud, machine: str, operation: str, code: str, says: str, request_: dict[str, Any]) -> None:
    needs_machine = operation == "list_executions" and "stateMachineArn" not in request_
    request = {"stateMachineArn": machine, **request_} if needs_machine else request_
    refused(getattr(cloud.client("stepfunctions"), operation), code, says, **request)


def test_an_activity_is_made_and_deleted_again(cloud: Cloud) -> None:
    sfn, name = cloud.client("stepfunctions"), cloud.name("activity")
    made = sfn.create_activity(name=name)
    again = sfn.create_activity(name=name)
    assert (again["activityArn"], again["creationDate"]) == (made["activityArn"], made["creationDate"])
    for _ in range(2):
        sfn.delete_activity(activityArn=made["activityArn"])
    refused(sfn.describe_activity, "ActivityDoesNotExist", activityArn=made["activityArn"])


def test_a_machine_is_deleted_again(cloud: Cloud) -> None:
    sfn, arn = cloud.client("stepfunctions"), cloud.machine(PASS)
    for _ in range(2):
        sfn.delete_state_machine(stateMachineArn=arn)
    refused(sfn.describe_state_machine, "StateMachineDoesNotExist", stateMachineArn=arn)


def test_what_the_filters_find(cloud: Cloud) -> None:
    sfn, arn = cloud.client("stepfunctions"), cloud.machine(WAITS)
    running = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    for status, found in (("RUNNING", [running]), ("SUCCEEDED", []), ("PENDING_REDRIVE", [])):
        listed = sfn.list_executions(stateMachineArn=arn, statusFilter=status, maxResults=1000)["executions"]
        assert [each["executionArn"] for each in listed] == found
    sfn.stop_execution(executionArn=running)
