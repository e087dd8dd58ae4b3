"""What the steps before those of the samples leave for a question, a query that has ended, and a failed execution."""

from __future__ import annotations

import json
from typing import Any

from local.samples import quiet
from local.samples.stack import EVENTS, Stack, wait

SQL = "SELECT count(*) AS trips FROM trips WHERE day >= '2019-07-01' LIMIT 1000"
"""What the samples' question comes to."""
TOKEN = "events/questions: the query that the samples have an answer of"  # noqa: S105 - Athena's ClientRequestToken
STEPS = ("prove", "judge", "answer", "refuse")
"""Samples of steps that find a statement."""


def answered_query(athena: Any, workgroup: str, database: str) -> str:
    """The id of a query that has ended: the same each time, by its token."""
    query: str = athena.start_query_execution(
        QueryString=SQL,
        WorkGroup=workgroup,
        QueryExecutionContext={"Database": database},
        ClientRequestToken=TOKEN,
    )["QueryExecutionId"]
    running = {"QUEUED", "RUNNING"}

    def ended() -> bool | None:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return None if status["State"] in running else True

    wait(ended, "the samples' query")
    return query


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("AnswersBucketName", _attempt(stack.sample(f"questions/{STEPS[-1]}")["work"])))


def seed(stack: Stack) -> list[str]:
    """Puts everything there; what it put where."""
    tables = stack.sample("questions/read_tables")
    asked = json.loads(json.loads((EVENTS / "questions" / "generate.json").read_bytes())["Records"][0]["body"])
    stack.invoke("QuestionsReadTables", {**tables, "id": asked["work"]["id"]})
    for name in STEPS:
        state = stack.sample(f"questions/{name}")
        stack.invoke("QuestionsReadTables", {**tables, "id": state["id"]})
        attempt = {"schema": 1, "sql": SQL, "missing": "", "stop_reason": "end_turn", "tokens": 512}
        stack.put("AnswersBucketName", _attempt(state["work"]), json.dumps(attempt).encode(), "application/json")
    queue, event = stack.outputs["QuestionsFailedQueueUrl"], stack.sample("questions/answer_question")
    quiet.failed_execution(stack, stack.outputs["AnswerQuestionArn"], queue, event)
    return [
        f"questions: s3://{stack.outputs['AnswersBucketName']}/steps/, what the steps before those of samples leave",
        f"questions: {queue}, one aborted execution",
    ]


def _attempt(work: str) -> str:
    return f"{work}/attempts/0.json"
