"""RedriveExecution as on AWS: what succeeded is not run again, what failed goes on, what cannot is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.gaps.stepfunctions.redriving import calls, journal
from tests.local.gaps.harness import Cloud, allow, until

Definition = dict[str, Any]
DAY = 24 * 3600
ENDED = "2026-11-01T00:00:00.000Z"
ENDED_AT = 1793491200.0


class Line:
    """A queue that is there, which counts what is sent, and one that is not there until it is mended."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.there, _ = cloud.queue()
        self.name = cloud.name("missing")
        self.missing = f"{self.there.rpartition('/')[0]}/{self.name}"

    def mend(self) -> None:
        self.cloud.client("sqs").create_queue(QueueName=self.name)

    def sent(self) -> int:
        sqs = self.cloud.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=self.there, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def task(self, url: str, **more: Any) -> Definition:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {"QueueUrl": url, "MessageBody": "x"},
            "Output": "{% $states.input %}",
            **(more or {"End": True}),
        }


@pytest.fixture
def line(cloud: Cloud) -> Line:
    return Line(cloud)


def machine(cloud: Cloud, definition: Definition) -> str:
    role = cloud.role(allow("sqs:SendMessage", "*"), allow("states:StartExecution", "*"))
    return cloud.machine({"QueryLanguage": "JSONata", **definition}, role)


def types(cloud: Cloud, execution: str) -> list[str]:
    states = cloud.client("stepfunctions")
    events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["type"] for event in events]


def redriven(cloud: Cloud, execution: str) -> dict[str, Any]:
    cloud.client("stepfunctions").redrive_execution(executionArn=execution)
    return cloud.ended(execution)


def two(line: Line) -> Definition:
    return {
        "StartAt": "A",
        "States": {
            "A": line.task(line.there, Assign={"seen": "{% $states.input.n + 1 %}"}, Next="B"),
            "B": line.task(line.missing, Next="C"),
            "C": {"Type": "Pass", "Output": {"seen": "{% $seen %}"}, "End": True},
        },
    }


class TestStates:
    def test_it_goes_on_from_the_state_that_failed_with_its_variables(self, cloud, line):
        failed = cloud.run(machine(cloud, two(line)), {"n": 4})
        arn = failed["executionArn"]
        assert (failed["status"], failed["redriveCount"], failed["redriveStatus"]) == ("FAILED", 0, "REDRIVABLE")
        line.mend()
        done = redriven(cloud, arn)
        assert (done["status"], json.loads(done["output"]), done["redriveCount"]) == ("SUCCEEDED", {"seen": 5}, 1)
        assert done["redriveStatus"] == "NOT_REDRIVABLE"
        assert done["redriveDate"] >= done["startDate"]
        assert line.sent() == 1
        history = types(cloud, arn)
        assert history[history.index("ExecutionRedriven") :][:2] == ["ExecutionRedriven", "TaskStateEntered"]
        assert history.count("TaskStateEntered") == 3  # A, B, B

    def test_what_fails_again_is_redriven_again(self, cloud, line):
        arn = cloud.run(machine(cloud, two(line)), {"n": 1})["executionArn"]
        again = redriven(cloud, arn)
        assert (again["status"], again["redriveCount"]) == ("FAILED", 1)
        line.mend()
        assert redriven(cloud, arn)["redriveCount"] == 2
        assert line.sent() == 1

    def test_of_a_parallel_only_the_branch_that_failed_runs_again(self, cloud, line):
        def branch(name: str, url: str) -> Definition:
            return {"StartAt": name, "States": {name: line.task(url)}}

        parallel = {"Type": "Parallel", "Branches": [branch("L", line.there), branch("R", line.missing)], "End": True}
        arn = cloud.run(machine(cloud, {"StartAt": "P", "States": {"P": parallel}}), {"n": 1})["executionArn"]
        line.mend()
        assert redriven(cloud, arn)["status"] == "SUCCEEDED"
        assert line.sent() == 1

    def test_of_an_inline_map_only_the_item_that_failed_runs_again(self, cloud, line):
        send = line.task("{% $states.input %}")
        each = {"Type": "Map", "ItemProcessor": {"StartAt": "S", "States": {"S": send}}, "End": True}
        arn = cloud.run(
            machine(cloud, {"StartAt": "M", "States": {"M": each}}), [line.there, line.missing, line.there]
        )["executionArn"]
        line.mend()
        done = redriven(cloud, arn)
        assert (done["status"], len(json.loads(done["output"]))) == ("SUCCEEDED", 3)
        assert line.sent() == 2

    def test_a_retry_of_a_parallel_runs_all_of_it(self, cloud, line):
        def branch(name: str, url: str) -> Definition:
            return {"StartAt": name, "States": {name: line.task(url)}}

        retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
        branches = [branch("L", line.there), branch("R", line.missing)]
        parallel = {"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}
        cloud.run(machine(cloud, {"StartAt": "P", "States": {"P": parallel}}), {"n": 1})
        assert line.sent() == 2

    def test_it_keeps_the_definition_that_it_was_started_with(self, cloud, line):
        made = machine(cloud, two(line))
        arn = cloud.run(made, {"n": 1})["executionArn"]
        other = {"StartAt": "X", "States": {"X": {"Type": "Fail", "Error": "Other"}}}
        cloud.client("stepfunctions").update_state_machine(stateMachineArn=made, definition=json.dumps(other))
        line.mend()
        assert redriven(cloud, arn)["status"] == "SUCCEEDED"

    def test_what_was_stopped_goes_on_from_the_state_it_was_in(self, cloud, line):
        waits = {"Type": "Wait", "Seconds": "{% $states.context.Execution.RedriveCount = 1 ? 0 : 60 %}", "End": True}
        definition = {"StartAt": "A", "States": {"A": line.task(line.there, Next="W"), "W": waits}}
        states = cloud.client("stepfunctions")
        arn = states.start_execution(stateMachineArn=machine(cloud, definition))["executionArn"]
        until(lambda: "WaitStateEntered" in types(cloud, arn))
        states.stop_execution(executionArn=arn)
        assert redriven(cloud, arn)["status"] == "SUCCEEDED"
        assert line.sent() == 1


COUNT = "{% $states.context.Execution.RedriveCount %}"


def mapped(mode: str, kind: str = "") -> Definition:
    """Two items, each of which tells the count."""
    config = {"Mode": mode, **({"ExecutionType": kind} if kind else {})}
    inner = {"StartAt": "C", "States": {"C": {"Type": "Pass", "Output": COUNT, "End": True}}}
    return {"Type": "Map", "Items": [1, 2], "ItemProcessor": {"ProcessorConfig": config, **inner}, "End": True}


class TestContext:
    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ({"Type": "Pass", "Output": COUNT, "End": True}, 0),
            ({"Type": "Succeed", "Output": COUNT}, 0),
            ({"Type": "Wait", "Seconds": COUNT, "Output": "waited", "End": True}, "waited"),
            (mapped("INLINE"), [0, 0]),
            (mapped("DISTRIBUTED", "STANDARD"), [0, 0]),
            (mapped("DISTRIBUTED", "EXPRESS"), [0, 0]),
            ({"Type": "Pass", "Parameters": {"n.$": "$$.Execution.RedriveCount"}, "End": True}, {"n": 0}),
            ({"Type": "Pass", "Output": "{% $exists($states.context.Execution.RedriveTime) %}", "End": True}, False),
        ],
        ids=["pass", "succeed", "wait", "inline", "standard", "express", "jsonpath", "no time"],
    )
    def test_nothing_was_redriven_yet(self, cloud, state, expected):
        definition: Definition = {"StartAt": "S", "States": {"S": state}}
        if "Parameters" in state:
            definition["QueryLanguage"] = "JSONPath"
        done = cloud.run(machine(cloud, definition), {})
        assert (done["status"], json.loads(done.get("output", "null"))) == ("SUCCEEDED", expected), done

    def test_a_fail_that_is_the_first_state_can_tell_it(self, cloud):
        told = {"Type": "Fail", "Error": "Told", "Cause": "{% $string($states.context.Execution.RedriveCount) %}"}
        done = cloud.run(machine(cloud, {"StartAt": "F", "States": {"F": told}}), {})
        assert (done["error"], done["cause"]) == ("Told", "0")

    def test_each_redrive_has_its_number_and_its_time(self, cloud):
        said = "$string($states.context.Execution.RedriveCount) & ' ' & $states.context.Execution.RedriveTime"
        told = {"Type": "Fail", "Error": "Told", "Cause": f"{{% {said} %}}"}
        arn = cloud.run(machine(cloud, {"StartAt": "F", "States": {"F": told}}), {})["executionArn"]
        for number in (1, 2):
            done = redriven(cloud, arn)
            count, _, moment = done["cause"].partition(" ")
            assert (int(count), done["redriveCount"]) == (number, number)
            assert calls._seconds(moment) == pytest.approx(done["redriveDate"].timestamp(), abs=0.01)


class TestMapRuns:
    @pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
    def test_children_that_succeeded_stay(self, cloud, line, kind):
        inner = {"StartAt": "S", "States": {"S": line.task("{% $states.input %}")}}
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **inner}
        tolerated = {"ToleratedFailurePercentage": 10, "MaxConcurrency": 1}
        each = {"Type": "Map", "ItemProcessor": processor, **tolerated, "End": True}
        states = cloud.client("stepfunctions")
        arn = cloud.run(machine(cloud, {"StartAt": "M", "States": {"M": each}}), [line.there, line.missing])[
            "executionArn"
        ]
        (run,) = states.list_map_runs(executionArn=arn)["mapRuns"]
        line.mend()
        done = redriven(cloud, arn)
        assert done["status"] == "SUCCEEDED", done
        found = states.describe_map_run(mapRunArn=run["mapRunArn"])
        assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 1)
        assert {name: found["itemCounts"][name] for name in ("succeeded", "failed", "pendingRedrive", "total")} == {
            "succeeded": 2, "failed": 0, "pendingRedrive": 0, "total": 2,
        }  # fmt: skip
        assert len(states.list_map_runs(executionArn=arn)["mapRuns"]) == 1
        assert line.sent() == 1
        assert "MapRunRedriven" in types(cloud, arn)

    def test_a_redrive_goes_by_the_tolerance_that_was_set_meanwhile(self, cloud, line):
        inner = {"StartAt": "S", "States": {"S": line.task("{% $states.input %}")}}
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **inner}
        each = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 1, "End": True}
        states = cloud.client("stepfunctions")
        arn = cloud.run(machine(cloud, {"StartAt": "M", "States": {"M": each}}), [line.there, line.missing])[
            "executionArn"
        ]
        (run,) = states.list_map_runs(executionArn=arn)["mapRuns"]
        (child,) = states.list_executions(mapRunArn=run["mapRunArn"], statusFilter="FAILED")["executions"]
        with pytest.raises(ClientError, match="redrive the execution that started the Map Run"):
            states.redrive_execution(executionArn=child["executionArn"])
        described = states.describe_execution(executionArn=child["executionArn"])
        assert described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
        states.update_map_run(mapRunArn=run["mapRunArn"], toleratedFailureCount=1)
        assert redriven(cloud, arn)["status"] == "SUCCEEDED"


class TestRefusals:
    def test_what_succeeded_is_not_redrivable(self, cloud, line):
        done = cloud.run(machine(cloud, {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}), {})
        with pytest.raises(ClientError, match="SUCCEEDED and cannot be redriven") as refused:
            cloud.client("stepfunctions").redrive_execution(executionArn=done["executionArn"])
        assert refused.value.response["Error"]["Code"] == "ExecutionNotRedrivable"

    def test_what_is_not_there_is_refused(self, cloud, line):
        arn = cloud.run(machine(cloud, {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}), {})["executionArn"]
        with pytest.raises(ClientError) as refused:
            cloud.client("stepfunctions").redrive_execution(executionArn=f"{arn}x")
        assert refused.value.response["Error"]["Code"] == "ExecutionDoesNotExist"

    def test_the_same_token_is_the_same_redrive(self, cloud, line):
        states = cloud.client("stepfunctions")
        arn = cloud.run(machine(cloud, two(line)), {"n": 1})["executionArn"]
        dates = set()
        for _ in range(2):
            dates.add(states.redrive_execution(executionArn=arn, clientToken="once")["redriveDate"])
            found = cloud.ended(arn)
        assert (len(dates), found["redriveCount"]) == (1, 1)

    def test_lists_tell_what_was_redriven(self, cloud, line):
        made = machine(cloud, two(line))
        first, second = (cloud.run(made, {"n": 1})["executionArn"] for _ in range(2))
        redriven(cloud, first)
        states = cloud.client("stepfunctions")

        def listed(wanted: str) -> list[str]:
            found = states.list_executions(stateMachineArn=made, redriveFilter=wanted)["executions"]
            return [each["executionArn"] for each in found]

        assert (listed("REDRIVEN"), listed("NOT_REDRIVEN")) == ([first], [second])

    @pytest.mark.parametrize(
        ("changes", "machine", "days", "expected"),
        [
            ({}, {"type": "STANDARD"}, 13, (calls.REDRIVABLE, "")),
            ({}, {"type": "STANDARD"}, 15, (calls.NOT, "Execution redrivable period exceeded")),
            ({"events": [{}] * 24_999}, {"type": "STANDARD"}, 1, (calls.NOT, "Execution history event limit exceeded")),
            ({}, None, 1, (calls.NOT, "State machine is in DELETING status")),
            ({"status": "RUNNING"}, {}, 1, (calls.NOT, "Execution is RUNNING and cannot be redriven")),
            ({"status": "TIMED_OUT"}, {}, 1, (calls.REDRIVABLE, "")),
            ({"status": "ABORTED"}, {}, 1, (calls.REDRIVABLE, "")),
            ({"mapRunArn": "arn"}, {}, 1, (calls.BY_MAP_RUN, "")),
        ],
    )
    def test_what_can_be_redriven(self, changes, machine, days, expected):
        record = {"status": "FAILED", "stopDate": ENDED, "events": [], journal.KEY: {}, **changes}
        assert calls.status_of(record, machine, ENDED_AT + days * DAY) == expected
