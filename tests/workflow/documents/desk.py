"""Documents brought to the machine one by one, as EventBridge brings them, and what a test may do to the stack.

The rule of the inbox is off while these tests run: each says itself which event comes when, how often and in what
order. tests/e2e has the whole way.
"""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from documents import keys
from local.cloud.testing import Cloud
from local.samples import tokens
from local.samples.requests import asks
from tests.e2e.waiting import eventually
from tests.workflow.lanes import Lanes

PATIENCE = 120.0
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Version:
    """One version of one object, and the place that S3 gave it."""

    key: str
    etag: str
    version_id: str
    size: int
    sequencer: str

    def made(self, tables: int = 0) -> set[str]:
        """Keys of what is made of it where it has text of its own."""
        found = {f"summaries/{self.key}.json", f"boxes/{self.key}.json.gz", f"text/{self.key}.json.gz"}
        return found | {f"tables/{self.key}/{number}.csv" for number in range(1, tables + 1)}

    def event(self, bucket: str) -> dict[str, Any]:
        """What EventBridge says of it, as far as anybody reads it. Delivered twice it is the same."""
        found = {"key": self.key, "size": self.size, "etag": self.etag, "sequencer": self.sequencer}
        return {
            "id": self.sequencer,
            "source": "aws.s3",
            "detail-type": "Object Created",
            "time": "2026-11-20T10:00:00Z",
            "detail": {"bucket": {"name": bucket}, "object": {**found, "version-id": self.version_id}},
        }


@dataclass(frozen=True)
class Ended:
    """How an execution ended. ``output`` is None where it failed."""

    arn: str
    status: str
    output: Any
    error: str
    cause: str

    @property
    def outcome(self) -> str:
        assert self.status == "SUCCEEDED", self
        return str(self.output["outcome"])


class Desk:
    """The stack of the documents pipeline."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.inbox, self.summaries = cloud.outputs["InboxBucketName"], cloud.outputs["SummariesBucketName"]
        self.machine = cloud.outputs["SummarizeDocumentArn"]

    # Documents

    def upload(self, body: bytes, key: str = "") -> Version:
        """Puts an object into the inbox; nothing is started."""
        key = key or f"deep/er/{uuid4().hex[:8]} + ä.bin"
        put = self.cloud.client("s3").put_object(Bucket=self.inbox, Key=key, Body=body)
        return Version(key, put["ETag"].strip('"'), put["VersionId"], len(body), f"{next(_numbers):018X}")

    def start(self, event: Version | dict[str, Any]) -> str:
        """Starts an execution as the rule does, under a name that says nothing; its ARN."""
        body = event.event(self.inbox) if isinstance(event, Version) else event
        started = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.machine, name=str(uuid4()), input=json.dumps(body)
        )
        return str(started["executionArn"])

    def ended(self, arn: str) -> Ended:
        """Waits for the end of an execution."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.cloud.client("stepfunctions").describe_execution(executionArn=arn)
            return None if found["status"] == "RUNNING" else found

        found = eventually(look, f"end of {arn}", PATIENCE)
        output = json.loads(found["output"]) if found["status"] == "SUCCEEDED" else None
        return Ended(arn, found["status"], output, found.get("error", ""), found.get("cause", ""))

    def run(self, event: Version | dict[str, Any]) -> Ended:
        return self.ended(self.start(event))

    def by_hand(self, key: str, **more: Any) -> dict[str, Any]:
        """The least that somebody has to write."""
        return {"detail": {"bucket": {"name": self.inbox}, "object": {"key": key}, **more}}

    def gone(self, version: Version, how: str, version_id: str, sequencer: str) -> dict[str, Any]:
        """Tells of a deletion at a place, as the queue does, and looks that it was carried out."""
        about = {"key": version.key, "version-id": version_id, "sequencer": sequencer}
        detail = {"bucket": {"name": self.inbox}, "object": about, "deletion-type": how, "reason": "DeleteObject"}
        event = {"id": str(uuid4()), "detail-type": "Object Deleted", "time": "2026-11-20T10:00:00Z", "detail": detail}
        message = {"messageId": event["id"], "body": json.dumps(event)}
        assert self.invoke("DocumentsDelete", {"Records": [message]}) == {"batchItemFailures": []}
        return event

    def states(self, arn: str) -> list[str]:
        """Names of the states that an execution came through."""
        pages = self.cloud.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def read(self, key: str) -> bytes | None:
        s3 = self.cloud.client("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.summaries, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return body

    def summary(self, version: Version) -> Any:
        """The summary document of a key, whichever version it is of; None where there is none."""
        found = self.read(f"summaries/{version.key}.json")
        return found and json.loads(found)

    def rejection(self, version: Version) -> Any:
        found = self.read(f"rejected/{version.key}.json")
        return found and json.loads(found)

    def results(self, version: Version) -> set[str]:
        """Keys of everything that was written for a key, without the work between steps."""
        listed = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.summaries)
        everything = {found["Key"] for page in listed for found in page.get("Contents", [])}
        return {key for key in everything if version.key in key and not key.startswith("steps/")}

    def work_of(self, version: Version) -> list[str]:
        """Keys of what the steps of a document have left to each other."""
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.summaries, Prefix=keys.works(version.key))
        return [found["Key"] for found in listed.get("Contents", [])]

    # Engines

    def textract_job(self, **fault: Any) -> None:
        """How the next job differs: delay, status, message, lost_pages, notifications, times."""
        self._post("POST", "/_local/textract/jobs", fault)

    def textract_refuses(self, error: str, operation: str, times: int | None = 1) -> None:
        self._post("POST", "/_local/textract/calls", {"error": error, "operation": operation, "times": times})

    def textract_leaves(self, part: float | None) -> None:
        """Others take the rest of Textract's rates; None: nobody does."""
        self._post("POST", "/_local/textract/throttle", {"setting": part})

    def textract_usage(self, name: str) -> int:
        return int(self._post("GET", "/_local/textract/usage", None).get(name, 0))

    def model_answers(self, mode: str, times: int | None = None) -> None:
        """``prose``, ``cut``, ..., or the name of an error."""
        self._post("POST", "/_local/bedrock/faults", {"mode": mode, "times": times})

    def model_usage(self, name: str) -> int:
        """``requests``, ``answers``, ``tokens`` or ``guardrails``."""
        return int(self._post("GET", "/_local/bedrock/usage", None).get(name, 0))

    def engines_are_well(self) -> None:
        for path in ("textract/jobs", "textract/calls", "bedrock/faults"):
            self._post("DELETE", f"/_local/{path}", None)

    # The stack

    def scale_waits(self, scale: float) -> None:
        """Every wait of a state machine, between tries too, takes ``scale`` of its time (MiniStack's own switch)."""
        answer = self._post("POST", "/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": scale})
        assert answer["applied"] == {"stepfunctions._SFN_WAIT_SCALE": scale}

    @contextmanager
    def waiting_for_jobs(self, seconds: int) -> Iterator[None]:
        """The deployed machine with less patience for Textract."""
        states = self.cloud.client("stepfunctions")
        kept = states.describe_state_machine(stateMachineArn=self.machine)["definition"]
        definition = json.loads(kept)
        definition["States"]["StartAnalysis"]["Arguments"]["MessageBody"]["work"]["seconds"] = seconds
        states.update_state_machine(stateMachineArn=self.machine, definition=json.dumps(definition))
        try:
            yield
        finally:
            states.update_state_machine(stateMachineArn=self.machine, definition=kept)

    @contextmanager
    def with_parameters(self, **values: str) -> Iterator[None]:
        """The stack updated with these parameters, and with what it had before at the end."""
        before = {each["ParameterKey"]: each["ParameterValue"] for each in self._described()["Parameters"]}
        self._update(values)
        try:
            yield
        finally:
            self._update({name: before[name] for name in values})

    def _described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cloud.client("cloudformation").describe_stacks(StackName=self.cloud.stack)
        return dict(found["Stacks"][0])

    def _update(self, values: dict[str, str]) -> None:
        others = [
            each["ParameterKey"] for each in self._described()["Parameters"] if each["ParameterKey"] not in values
        ]
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
        kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in others]
        self.cloud.client("cloudformation").update_stack(
            StackName=self.cloud.stack,
            UsePreviousTemplate=True,
            Parameters=[*given, *kept],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )

        def ended() -> str | None:
            status = str(self._described()["StackStatus"])
            return None if status.endswith("IN_PROGRESS") else status

        assert eventually(ended, "end of the update", PATIENCE) == "UPDATE_COMPLETE"

    @contextmanager
    def forbidden(self, function: str, *actions: str, resource: str = "*") -> Iterator[None]:
        """The function's role may not do this; a denial outweighs whatever its policies allow."""
        roles, role = self.cloud.client("iam"), self.cloud.physical_id(f"{function}Role")
        statement = {"Effect": "Deny", "Action": list(actions), "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        roles.put_role_policy(RoleName=role, PolicyName="forbidden", PolicyDocument=policy)
        try:
            yield
        finally:
            roles.delete_role_policy(RoleName=role, PolicyName="forbidden")

    def failed(self, arn: str) -> dict[str, Any]:
        """The event about a failed execution that waits in the failed queue; it is taken out, as a redrive does."""
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["DocumentsFailedQueueUrl"]

        def look() -> dict[str, Any] | None:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            for message in answer.get("Messages", []):
                event: dict[str, Any] = json.loads(message["Body"])
                if event["detail"]["executionArn"] == arn:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    return event
            return None

        return eventually(look, f"{arn} in the failed queue")

    def dead_letters(self) -> list[str]:
        """Bodies of what waits in the queue of dead letters, which is empty afterwards."""
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["DocumentsDeadLettersUrl"]
        bodies: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def invoke(self, function: str, event: Any) -> Any:
        """A function's answer; it must not fail."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    @property
    def pages(self) -> Lanes:
        return Lanes(self.cloud, "DocumentsAnalyze", ("AnalysisFirstQueue", "AnalysisNextQueue"))

    @property
    def jobs(self) -> Lanes:
        return Lanes(self.cloud, "DocumentsStartAnalysis", ("JobsFirstQueue", "JobsNextQueue"))

    @property
    def texts(self) -> Lanes:
        return Lanes(self.cloud, "DocumentsSummarize", ("SummariesFirstQueue", "SummariesNextQueue"))

    def asked(self, function: str, queue: str, state: dict[str, Any]) -> Any:
        """What a worker behind a queue answers to somebody who waits."""
        token, arn = tokens.fresh(self.cloud.client)
        work = {"document": state["document"], "work": state["work"]}
        name = self.cloud.physical_id(queue).rpartition("/")[2]
        assert self.invoke(function, asks.asked(work, token, name, at=asks.AT)) == {"batchItemFailures": []}
        ended = self.ended(arn)
        assert ended.status == "SUCCEEDED", ended
        return ended.output

    def _post(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            self.cloud.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)
