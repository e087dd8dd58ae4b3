"""Questions asked as their readers ask them, followed to their end; and what a test may do to the stack."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from local.cloud.testing import Cloud
from local.demo.knowledge.reading import Reader, readers
from operate.questions.calls import Answered
from tests.e2e.waiting import eventually
from tests.workflow.knowledge.shelf import Shelf

PATIENCE = 120.0
BASE = "DEMOBASE01"
"""The stack's KnowledgeBaseId."""


@dataclass(frozen=True)
class Told:
    """What GET says at the end, and the states that the execution came through."""

    answer: dict[str, Any]
    states: list[str]

    @property
    def text(self) -> str:
        return str(self.answer["answer"])

    @property
    def reason(self) -> str:
        return str(self.answer["reason"]["error"])

    @property
    def sources(self) -> set[str]:
        return {found["key"] for one in self.answer["citations"] for found in one["references"]}


class Desk:
    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.shelf = cloud, Shelf(cloud)
        self.machine = cloud.outputs["AnswerFromDocumentsArn"]
        found = readers(cloud.client, cloud.outputs, cloud.url, "us-east-1", ("ann", "bob", "dan", "eve"))
        self.ann, self.bob, self.dan, self.eve = found["ann"], found["bob"], found["dan"], found["eve"]

    # Questions

    def ask(self, reader: Reader, question: str, **more: str) -> str:
        """POST /ask; the id."""
        taken = reader.door.send("POST", "/ask", {"question": question, **more})
        assert taken.status == 202, taken
        return str(taken.document["id"])

    def read(self, reader: Reader, ask: str) -> dict[str, Any]:
        found = reader.door.send("GET", f"/ask/{ask}")
        assert found.status == 200, found
        return found.document

    def told(self, reader: Reader, ask: str) -> Told:
        """Waits for the answer."""

        def look() -> dict[str, Any] | None:
            found = self.read(reader, ask)
            return None if found["state"] == "running" else found

        answer = eventually(look, f"answer of {ask}", PATIENCE)
        return Told(answer, self.states(self.execution(ask)))

    def asked(self, reader: Reader, question: str, **more: str) -> Told:
        return self.told(reader, self.ask(reader, question, **more))

    def opened(self, reader: Reader, key: str, **more: str) -> Answered:
        """GET /documents."""
        return reader.door.send("GET", f"/documents?{urlencode({'key': key, **more}, quote_via=quote)}")

    def finds(self, reader: Reader, query: str, key: str) -> str:
        """What a search of ``reader`` finds in this document, empty where nothing."""
        return "".join(hit["text"] for hit in reader.search(query) if hit["key"] == key)

    def execution(self, ask: str, attempt: int = 1) -> str:
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:ask-{ask}-{attempt}"

    def status(self, ask: str, attempt: int = 1) -> dict[str, Any]:
        """How an execution ended."""
        arn = self.execution(ask, attempt)

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.cloud.client("stepfunctions").describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        return eventually(look, f"end of {arn}", PATIENCE)

    def states(self, arn: str) -> list[str]:
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events(arn)
            if "stateEnteredEventDetails" in event
        ]

    def events(self, arn: str) -> list[dict[str, Any]]:
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    # Engines

    def model_writes(self, *faults: str) -> None:
        """The next answers have these mistakes, in order."""
        self._post("POST", "/_local/bedrock/passages", {"faults": list(faults)})

    def model_answers(self, mode: str, times: int | None = 1) -> None:
        """The name of an error of Bedrock."""
        self._post("POST", "/_local/bedrock/faults", {"mode": mode, "times": times})

    def vectors_answer(self, error: str, operation: str, times: int) -> None:
        body = {"error": error, "operation": operation, "times": times}
        self._post("POST", "/_local/s3vectors/faults", body)

    def base_has(self, *passages: dict[str, Any]) -> None:
        """The knowledge base holds these and nothing else."""
        self._post("POST", "/_local/bedrock/bases", {"id": BASE, "passages": list(passages)})

    def base_answers(self, error: str, times: int | None) -> None:
        self._post("POST", "/_local/bedrock/base-faults", {"error": error, "times": times})

    def all_is_well(self) -> None:
        for path in ("bedrock/faults", "bedrock/passages", "bedrock/base-faults", "s3vectors/faults"):
            self._post("DELETE", f"/_local/{path}", None)
        self.base_has()

    def completions(self) -> int:
        """Converse calls so far, as the day's account has them."""
        return self.spent("ask-calls")

    def held(self) -> int:
        """Asks that a worker has sent again for later."""
        sqs, name = self.cloud.client("sqs"), "ApproximateNumberOfMessagesDelayed"
        urls = [self.cloud.physical_id(f"Compose{lane}Queue") for lane in ("First", "Next")]
        return sum(
            int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]) for url in urls
        )

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

    def failed(self, ask: str) -> None:
        """Waits until the failed execution is in the failed queue; it stays there."""
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["KnowledgeFailedQueueUrl"]

        def look() -> bool | None:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return any(ask in message["Body"] for message in answer.get("Messages", [])) or None

        eventually(look, f"{ask} in the failed queue")

    def invoke(self, function: str, event: Any) -> Any:
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def dead_letters(self) -> list[str]:
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["KnowledgeDeadLettersUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in answer.get("Messages", [])]

    def table(self) -> Any:
        """The state table, as ``common.table`` has it."""
        from common.table import Table

        return Table(self.cloud.outputs["StateTableName"], self.cloud.client("dynamodb"))

    def spent(self, kind: str) -> int:
        """Of today's account."""
        items = self.cloud.client("dynamodb").scan(TableName=self.cloud.outputs["StateTableName"])["Items"]
        marked = [item for item in items if item["pk"]["S"].startswith(f"spending#knowledge#{kind}#")]
        return sum(int(item["spent"]["N"]) for item in marked if "spent" in item)

    def _post(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            self.cloud.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)
