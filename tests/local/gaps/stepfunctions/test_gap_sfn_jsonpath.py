"""JSONPath states find what Step Functions finds, and fail as it does where nothing is to be found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.asl.builders import scope
from tests.local.gaps.harness import Cloud
from tests.local.gaps.stepfunctions.jsonpath_tables import FAILS, FOUND, INPUT, INTRINSIC, over, send


@pytest.fixture(scope="module")
def ended(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """How each machine of the tables ended: all run at the same time."""
    sfn, role = cloud.client("stepfunctions"), cloud.role()
    started = {}
    for table, rows in (("found", FOUND), ("fails", FAILS)):
        for name, (definition, *_) in rows.items():
            arn = cloud.machine({"QueryLanguage": "JSONPath", **definition}, role)
            run = sfn.start_execution(stateMachineArn=arn, input=json.dumps(INPUT))
            started[f"{table}: {name}"] = run["executionArn"]
    return {name: cloud.ended(arn) for name, arn in started.items()}


class TestPaths:
    @pytest.mark.parametrize("name", FOUND)
    def test_what_is_found(self, ended: dict[str, dict[str, Any]], name: str) -> None:
        run = ended[f"found: {name}"]
        assert run["status"] == "SUCCEEDED", (run["error"], run["cause"])
        assert json.loads(run["output"]) == FOUND[name][1]

    @pytest.mark.parametrize("name", FAILS)
    def test_what_fails(self, ended: dict[str, dict[str, Any]], name: str) -> None:
        _, error, cause = FAILS[name]
        run = ended[f"fails: {name}"]
        assert (run["status"], run["error"]) == ("FAILED", error), run
        _, state_named, told = run["cause"].partition("An error occurred while executing the state '")
        assert state_named, run["cause"]
        place, _, told = told.partition("). ")
        assert place.endswith(("(entered at the event id #2", "(entered at the event id #4")), run["cause"]
        assert told.startswith(cause)

    def test_a_retry_takes_the_failure_of_a_call(self, cloud: Cloud) -> None:
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": send("States.Format('{}', States.ArrayGetItem($.list, $$.State.RetryCount))"),
            "Retry": [{"ErrorEquals": [INTRINSIC], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
            "End": True,
        }
        machine = scope(S=task, Caught={"Type": "Pass", "Parameters": {"count.$": "$$.State.RetryCount"}, "End": True})
        run = cloud.run(cloud.machine({"QueryLanguage": "JSONPath", **machine}), {"list": []})
        assert run["status"] == "SUCCEEDED"

    def test_a_token_is_a_parameter(self, cloud: Cloud) -> None:
        url, _ = cloud.queue()
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
        sfn = cloud.client("stepfunctions")
        arn = cloud.machine({"QueryLanguage": "JSONPath", **scope(S=task)})
        run = sfn.start_execution(stateMachineArn=arn)["executionArn"]
        sfn.send_task_success(taskToken=cloud.received(url)[0]["Body"], output='"done"')
        assert json.loads(cloud.ended(run)["output"]) == "done"


class TestScopes:
    """A Parallel in JSONata, and variables of branches."""

    def test_arguments_output_and_assign(self, cloud: Cloud) -> None:
        branch = scope(B={"Type": "Pass", "Output": "{% $states.input.a %}", "End": True})
        run = cloud.run(
            cloud.machine(
                scope(
                    S={
                        "Type": "Parallel",
                        "Arguments": {"a": "{% $states.input.one + 1 %}"},
                        "Branches": [branch, scope(C={"Type": "Pass", "Output": 5, "End": True})],
                        "Assign": {"sum": "{% $sum($states.result) %}"},
                        "Output": {"first": "{% $states.result[0] %}", "before": "{% $states.input.one %}"},
                        "Next": "T",
                    },
                    T={"Type": "Pass", "Output": {"sum": "{% $sum %}", "given": "{% $states.input %}"}, "End": True},
                )
            ),
            {"one": 1},
        )
        assert json.loads(run["output"]) == {"sum": 7, "given": {"first": 2, "before": 1}}

    def test_branches_keep_their_variables(self, cloud: Cloud) -> None:
        def branch(name: str) -> dict[str, Any]:
            assigns = {"Type": "Pass", "Assign": {"own": f"{{% $outer & '{name}' %}}"}, "Next": f"Wait{name}"}
            waits = {"Type": "Wait", "Seconds": 1, "Next": f"Read{name}"}
            reads = {"Type": "Pass", "Output": "{% $own & $states.context.State.Name %}", "End": True}
            return scope(**{f"Assign{name}": assigns, f"Wait{name}": waits, f"Read{name}": reads})

        machine = scope(
            S={"Type": "Pass", "Assign": {"outer": "o"}, "Next": "P"},
            P={"Type": "Parallel", "Branches": [branch("A"), branch("B")], "Next": "T"},
            T={"Type": "Pass", "Output": ["{% $exists($own) %}", "{% $states.input %}"], "End": True},
        )
        run = cloud.run(cloud.machine(machine))
        assert json.loads(run["output"]) == [False, ["oAReadA", "oBReadB"]]

    def test_a_map_without_an_array(self, cloud: Cloud) -> None:
        run = cloud.run(cloud.machine(over()), {"one": 1})
        assert (run["status"], run["error"]) == ("FAILED", "States.QueryEvaluationError")
