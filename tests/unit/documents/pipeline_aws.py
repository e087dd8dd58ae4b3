"""What stands around the handlers in their tests: moto for S3, DynamoDB and EventBridge, and fakes for the rest.

Textract and Step Functions are fakes that keep what they were told and answer as a test says; moto's own Textract gives
no pages and its Step Functions no tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

INBOX, SUMMARIES, TABLE, BUS = "inbox", "summaries", "state", "default"


def refusal(code: str, status: int = 400, operation: str = "AnalyzeDocument") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "No."}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


@dataclass
class FakeTextract:
    """``pages`` are the result pages of every job, ``status`` is what it says; the next calls raise ``fails``."""

    pages: list[dict[str, Any]] = field(default_factory=lambda: [{"Blocks": [{"Id": "a"}]}])
    status: str = "SUCCEEDED"
    message: str = ""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    fails: list[ClientError | None] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)
    on_start: Callable[[str], None] = lambda _job: None

    def _called(self, name: str, arguments: dict[str, Any]) -> None:
        self.calls.append((name, arguments))
        if self.fails and (error := self.fails.pop(0)) is not None:
            raise error

    def analyze_document(self, **arguments: Any) -> dict[str, Any]:
        self._called("analyze", arguments)
        return {**self.pages[0], "DocumentMetadata": {"Pages": 1}, "ResponseMetadata": {"RequestId": "r"}}

    def start_document_analysis(self, **arguments: Any) -> dict[str, Any]:
        self._called("start", arguments)
        token = arguments["ClientRequestToken"]
        job = self.jobs.setdefault(token, f"job-{len(self.jobs) + 1}")
        self.on_start(job)
        return {"JobId": job}

    def get_document_analysis(self, **arguments: Any) -> dict[str, Any]:
        self._called("get", arguments)
        number = int(arguments.get("NextToken", "0"))
        following = {"NextToken": str(number + 1)} if number + 1 < len(self.pages) else {}
        said = {"StatusMessage": self.message} if self.message else {}
        body = self.pages[number] if self.status == "SUCCEEDED" else {}
        return {**body, **following, **said, "JobStatus": self.status, "Warnings": self.warnings}

    def count(self, name: str) -> int:
        return sum(called == name for called, _ in self.calls)


@dataclass
class FakeStates:
    """``executions``: arn -> (status, output). ``open`` are the task tokens that somebody waits with."""

    executions: dict[str, tuple[str, Any]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    started: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, Any]] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    fails: list[ClientError] = field(default_factory=list)

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if executionArn not in self.executions:
            raise refusal("ExecutionDoesNotExist", operation="DescribeExecution")
        status, output = self.executions[executionArn]
        return {"status": status, **({} if output is None else {"output": json.dumps(output)})}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.executions:
            raise refusal("ExecutionAlreadyExists", operation="StartExecution")
        self.executions[arn] = ("RUNNING", None)
        self.started[arn] = json.loads(input)
        return {"executionArn": arn}

    def send_task_success(self, *, taskToken: str, output: str) -> None:  # noqa: N803 - boto3's names
        if self.fails:
            raise self.fails.pop(0)
        if taskToken not in self.open:
            raise refusal("TaskTimedOut", operation="SendTaskSuccess")
        self.open.discard(taskToken)
        self.sent.append((taskToken, json.loads(output)))

    def send_task_heartbeat(self, *, taskToken: str) -> None:  # noqa: N803 - boto3's names
        if taskToken not in self.open:
            raise refusal("TaskDoesNotExist", operation="SendTaskHeartbeat")

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:  # noqa: N803 - boto3's names
        self.send_task_heartbeat(taskToken=taskToken)
        self.open.discard(taskToken)
        self.failed.append((taskToken, error, cause))


@dataclass
class FakeQueues:
    """SQS: what was sent."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)

    def bodies(self, queue: str) -> list[dict[str, Any]]:
        return [json.loads(each["MessageBody"]) for each in self.sent if each["QueueUrl"].endswith(f"/{queue}")]


@dataclass
class FakeEvents:
    entries: list[dict[str, Any]] = field(default_factory=list)
    refuses: int = 0

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.refuses:
            self.refuses -= 1
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{}]}

    def details(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for entry in self.entries if entry["DetailType"] == kind]
