"""Questions asked as a caller asks them, followed to their end; and what a test may do to the stack."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.cloud.testing import Cloud
from operate.clients import Target
from operate.questions.command import door_of
from tests.e2e.waiting import eventually
from tests.workflow.questions import lake

PATIENCE = 120.0


@dataclass(frozen=True)
class Told:
    """What GET says at the end, and the states that the execution came through."""

    answer: dict[str, Any]
    states: list[str]

    @property
    def errors(self) -> list[str | None]:
        return [attempt["error"] for attempt in self.answer["attempts"]]

    @property
    def reason(self) -> str:
        return str(self.answer["reason"]["error"])


class Desk:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.machine, self.bucket = cloud.outputs["AnswerQuestionArn"], cloud.outputs["AnswersBucketName"]
        self.door = door_of(Target(cloud.stack, int(cloud.url.rpartition(":")[2])))

    # Questions

    def ask(self, question: str, *, key: str = "", **more: str) -> str:
        """POST /questions, under an Idempotency-Key where it is not to be a repeat; the id."""
        taken = self.door.post({"question": question, **more}, **({"Idempotency_Key": key} if key else {}))
        assert taken.status == 202, taken
        return str(taken.document["id"])

    def told(self, question: str) -> Told:
        """Waits for the answer."""

        def look() -> dict[str, Any] | None:
            found = self.door.get(question)
            assert found.status == 200, found
            return None if found.document["state"] == "running" else found.document

        answer = eventually(look, f"answer of {question}", PATIENCE)
        return Told(answer, self.states(self.execution(question)))

    def asked(self, question: str, *, key: str = "", **more: str) -> Told:
        return self.told(self.ask(question, key=key, **more))

    def start(self, question: str, *statements: str) -> str:
        """Starts the machine as the door does, with statements that a model has written already; the id."""
        found = secrets.token_hex(20)
        for number, sql in enumerate(statements):
            attempt = {"schema": 1, "sql": sql, "missing": "", "stop_reason": "end_turn", "tokens": 0, "problem": None}
            key = f"steps/{found}/attempts/{number}.json"
            self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=json.dumps(attempt))
        taken = {"id": found, "user": "0" * 40, "question": question, "database": lake.DATABASE, "session": None}
        self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.machine,
            name=f"question-{found}-1",
            input=json.dumps({"schema": 1, **taken, "asked_at": "2026-11-30T08:00:00.000Z"}),
        )
        return found

    def kept(self, question: str) -> Told:
        """Waits for the end of an execution that nobody asked for at the door."""
        assert self.status(question)["status"] == "SUCCEEDED", self.status(question)
        return Told(self.read(f"answers/{question}.json"), self.states(self.execution(question)))

    def execution(self, question: str, attempt: int = 1) -> str:
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:question-{question}-{attempt}"

    def status(self, question: str, attempt: int = 1) -> dict[str, Any]:
        """How an execution ended."""
        arn = self.execution(question, attempt)

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.cloud.client("stepfunctions").describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        return eventually(look, f"end of {arn}", PATIENCE)

    def states(self, arn: str) -> list[str]:
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def queries(self) -> list[str]:
        """Statements that Athena ran in the workgroup of questions, without plans and samples, the last first."""
        athena, group = self.cloud.client("athena"), self.cloud.outputs["QuestionsWorkGroupName"]
        ids = athena.list_query_executions(WorkGroup=group)["QueryExecutionIds"]
        found = [athena.get_query_execution(QueryExecutionId=each)["QueryExecution"]["Query"] for each in ids]
        return [query for query in found if not query.startswith(("EXPLAIN ", 'SELECT "'))]

    def read(self, key: str) -> Any:
        body = self.cloud.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return json.loads(body)

    def spent(self, kind: str) -> int:
        """Of today's account."""
        items = self.cloud.client("dynamodb").scan(TableName=self.cloud.outputs["StateTableName"])["Items"]
        marked = [item for item in items if item["pk"]["S"].startswith(f"spending#questions#{kind}#")]
        return sum(int(item["spent"]["N"]) for item in marked if "spent" in item)

    # Engines

    def model_writes(self, *faults: str) -> None:
        """The next statements have these mistakes, in order."""
        self._post("POST", "/_local/bedrock/sql", {"faults": list(faults)})

    def model_answers(self, mode: str, times: int | None = 1) -> None:
        """The name of an error of Bedrock."""
        self._post("POST", "/_local/bedrock/faults", {"mode": mode, "times": times})

    def model_requests(self) -> int:
        return int(self._post("GET", "/_local/bedrock/usage", None).get("requests", 0))

    def model_is_well(self) -> None:
        self._post("DELETE", "/_local/bedrock/faults", None)
        self._post("DELETE", "/_local/bedrock/sql", None)

    # The stack

    def scale_waits(self, scale: float) -> None:
        answer = self._post("POST", "/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": scale})
        assert answer["applied"] == {"stepfunctions._SFN_WAIT_SCALE": scale}

    @contextmanager
    def forbidden(self, role: str, *actions: str, resource: str = "*") -> Iterator[None]:
        """A role may not do this; a denial outweighs whatever its policies allow."""
        roles, name = self.cloud.client("iam"), self.cloud.physical_id(role)
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        roles.put_role_policy(RoleName=name, PolicyName="forbidden", PolicyDocument=policy)
        try:
            yield
        finally:
            roles.delete_role_policy(RoleName=name, PolicyName="forbidden")

    def failed(self, question: str) -> None:
        """Waits until the failed execution is in the failed queue; it stays there."""
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["QuestionsFailedQueueUrl"]

        def look() -> bool | None:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return any(question in message["Body"] for message in answer.get("Messages", [])) or None

        eventually(look, f"{question} in the failed queue")

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def dead_letters(self) -> list[str]:
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["QuestionsDeadLettersUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def table(self) -> Any:
        """The state table, as ``common.table`` has it."""
        from common.table import Table

        return Table(self.cloud.outputs["StateTableName"], self.cloud.client("dynamodb"))

    def _post(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            self.cloud.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)
