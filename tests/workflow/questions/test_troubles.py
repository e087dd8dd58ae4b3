"""What fails on the way: the model throttles or may not be asked, the day's money is spent, a right is missing."""

from __future__ import annotations

import json
import time

from common.spending import accounts
from questions.model import SCANNED, SPENDING
from tests.e2e.waiting import eventually
from tests.workflow.questions import lake
from tests.workflow.questions.desk import Desk


def test_a_model_that_throttles_is_waited_for_and_paid_once(desk: Desk):
    before = desk.spent("question-calls")
    desk.model_answers("ThrottlingException", 3)
    told = desk.asked("How many rides are there in July 2019?")
    assert told.answer["state"] == "answered"
    assert told.states.count("Generate") == 1
    assert desk.spent("question-calls") == before + 1


def test_a_model_that_may_not_be_asked_fails_the_execution_and_a_redrive_answers(desk: Desk):
    desk.model_answers("AccessDeniedException", 9)
    question = desk.ask("What is the average duration of rides in July 2019?")
    ended = desk.status(question)
    assert (ended["status"], ended["error"]) == ("FAILED", "ModelRefused")
    assert desk.door.get(question).document["state"] == "running"
    desk.failed(question)
    desk.model_is_well()
    assert desk.invoke("QuestionsRedriveFailed", {})["started"] == 1
    assert desk.status(question, 2)["status"] == "SUCCEEDED"
    assert desk.door.get(question).document["preview"] == [["270.0"]]


def test_a_redrive_pays_for_no_statement_twice(desk: Desk):
    """The statement was written, and Prove could not read the catalogue."""
    with desk.forbidden("QuestionsProveRole", "glue:GetTable"):
        question = desk.ask("What is the longest duration of rides in July 2019?")
        ended = desk.status(question)
        assert (ended["status"], ended["error"]) == ("FAILED", "LakeForbidden")
    desk.failed(question)
    before = desk.model_requests()
    assert desk.invoke("QuestionsRedriveFailed", {})["started"] == 1
    assert desk.status(question, 2)["status"] == "SUCCEEDED"
    assert desk.door.get(question).document["preview"] == [["600"]]
    assert desk.model_requests() == before


def test_at_the_ceiling_of_scans_nothing_runs_and_afterwards_it_goes_on(desk: Desk):
    day = accounts.day_of(time.time())
    key, table = accounts.key(SPENDING, SCANNED, day), desk.table()
    spent = 200_000
    assert table.add(key, accounts.SPENT, spent, seconds=3600) is not None
    try:
        question = desk.ask("What is the shortest duration of rides in July 2019?")

        def held() -> bool | None:
            history = desk.cloud.client("stepfunctions").get_execution_history(
                executionArn=desk.execution(question), maxResults=1000
            )["events"]
            return any("CeilingReached" in json.dumps(event, default=str) for event in history) or None

        eventually(held, "a run that is held back")
        assert "Run" not in desk.states(desk.execution(question))
    finally:
        table.add(key, accounts.SPENT, -spent, seconds=3600)
    assert desk.told(question).answer["preview"] == [["60"]]


def test_the_machine_can_read_the_lake_and_change_nothing(desk: Desk):
    """What a statement would do that no guard had seen: the machine's own role may not."""
    group = desk.cloud.outputs["QuestionsWorkGroupName"]
    target = f"s3://{lake.BUCKET}/stolen/"
    as_table = f"CREATE TABLE copied WITH (external_location = '{target}') AS"
    written = [
        "INSERT INTO rides VALUES (1, 'x', 1, 'x', '2019-07-01')",
        f"{as_table} SELECT * FROM rides WHERE day = '2019-07-01'",  # noqa: S608
        "DROP TABLE rides",
    ]
    for sql in written:
        ended = _run_as_the_machine(desk, group, sql)
        assert ended["status"] == "FAILED", sql
        assert "SUCCEEDED" not in ended["cause"], ended
    listed = desk.cloud.client("s3").list_objects_v2(Bucket=lake.BUCKET)["Contents"]
    assert {entry["Key"].split("/")[0] for entry in listed} == {"rides"}
    assert [
        table["Name"] for table in desk.cloud.client("glue").get_tables(DatabaseName=lake.DATABASE)["TableList"]
    ] == ["rides"]


def _run_as_the_machine(desk: Desk, group: str, sql: str) -> dict[str, str]:
    """The machine's Run and Look for a statement of our own, under the machine's own role."""
    states = desk.cloud.client("stepfunctions")
    kept = states.describe_state_machine(stateMachineArn=desk.machine)
    whole = json.loads(kept["definition"])["States"]
    run = {**whole["Run"], "Next": "Wait", "Output": "{% $states.result %}"}
    run["Arguments"] = {
        **run["Arguments"],
        "QueryString": sql,
        "WorkGroup": group,
        "ClientRequestToken": "t" * 40 + sql[:8],
    }
    run["Arguments"]["QueryExecutionContext"] = {"Database": lake.DATABASE}
    look = {key: value for key, value in whole["Look"].items() if key not in {"Next", "Output"}}
    look |= {"Arguments": {"QueryExecutionId": "{% $states.input.QueryExecutionId %}"}, "Next": "Ended"}
    look["Output"] = "{% $states.result.QueryExecution %}"
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Run",
        "States": {
            "Run": run,
            "Wait": {"Type": "Wait", "Seconds": 40, "Next": "Look"},
            "Look": look,
            "Ended": {
                "Type": "Choice",
                "Choices": [{"Condition": '{% $states.input.Status.State = "FAILED" %}', "Next": "Refused"}],
                "Default": "Done",
            },
            "Refused": {"Type": "Fail", "Error": "Refused", "Cause": "{% $states.input.Status.StateChangeReason %}"},
            "Done": {"Type": "Succeed"},
        },
    }
    name = f"as-the-machine-{abs(hash(sql))}"
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=kept["roleArn"])
    arn = states.start_execution(stateMachineArn=made["stateMachineArn"], input="{}")["executionArn"]

    def look_at() -> dict[str, str] | None:
        found = states.describe_execution(executionArn=arn)
        return None if found["status"] == "RUNNING" else found

    ended = eventually(look_at, "end of a statement of our own")
    return {"status": ended["status"], "cause": ended.get("cause", "")}
