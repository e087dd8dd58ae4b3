"""What the local cloud lets a test do to a running stack: fail Polly, hold a function, shorten waits, redrive."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.cloud.testing import Cloud
from tests.e2e.waiting import eventually
from tests.workflow.lanes import Lanes


class Operator:
    """Works on the stack of one local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    # Polly

    def polly_fails(self, mode: str, text: str, times: int | None = None) -> None:
        """``mode`` down, throttle or refuse, for requests whose text holds the pattern ``text``."""
        self._post("POST", "/_local/polly/faults", {"mode": mode, "match": text, "times": times})

    def polly_is_well(self) -> None:
        self._post("DELETE", "/_local/polly/faults", None)

    def polly_leaves(self, part: float | None) -> None:
        """Others take the rest of Polly's quotas; None: nobody does."""
        self._post("POST", "/_local/polly/throttle", {"setting": None if part is None else str(part)})

    # Lanes

    @property
    def lanes(self) -> Lanes:
        return Lanes(self.cloud, "NarrationSynthesize", ("SpeechFirstQueue", "SpeechNextQueue"))

    # State machines

    def scale_waits(self, scale: float) -> None:
        """Every wait of a state machine, between tries too, takes ``scale`` of its time (MiniStack's own switch)."""
        answer = self._post("POST", "/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": scale})
        assert answer["applied"] == {"stepfunctions._SFN_WAIT_SCALE": scale}

    @contextmanager
    def retrying(self, error: str, most: int) -> Iterator[None]:
        """The deployed machine with ``most`` instead of its own number of retries for ``error``."""
        states, arn = self.cloud.client("stepfunctions"), self.cloud.outputs["NarrateArticleArn"]
        kept = states.describe_state_machine(stateMachineArn=arn)["definition"]
        definition = json.loads(kept)
        found = [retrier for retrier in _retriers(definition) if error in retrier["ErrorEquals"]]
        assert found, f"the machine retries {error} nowhere"
        for retrier in found:
            retrier["MaxAttempts"] = most
        states.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
        try:
            yield
        finally:
            states.update_state_machine(stateMachineArn=arn, definition=kept)

    @contextmanager
    def holding(self, function: str) -> Iterator[None]:
        """Executions stay before the call of a function: Lambda refuses it, and they try again and again."""
        roles, role = self.cloud.client("iam"), self.cloud.physical_id("NarrateArticleRole")
        arn = self.cloud.client("lambda").get_function(FunctionName=self.cloud.physical_id(function))
        arn = arn["Configuration"]["FunctionArn"]
        statement = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": [arn, f"{arn}:*"]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        with self.retrying("Lambda.AWSLambdaException", 99):
            roles.put_role_policy(RoleName=role, PolicyName="held", PolicyDocument=policy)
            try:
                yield
            finally:
                roles.delete_role_policy(RoleName=role, PolicyName="held")

    # Functions and queues

    def invoke(self, function: str, event: Any) -> tuple[Any, str | None]:
        """A function's answer, and its error's type if it failed."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.physical_id(function), Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        return payload, payload["errorType"] if answer.get("FunctionError") else None

    def redrive(self) -> Any:
        """What RedriveFailed says it has done."""
        payload, error = self.invoke("NarrationRedriveFailed", {})
        assert error is None, payload
        return payload

    def failed(self, execution_arn: str) -> dict[str, Any]:
        """The event about a failed execution that waits in the failed queue. It stays there."""
        return eventually(lambda: self._failed(execution_arn), f"{execution_arn} in the failed queue")

    def _failed(self, execution_arn: str) -> dict[str, Any] | None:
        sqs, url = self.cloud.client("sqs"), self.cloud.outputs["NarrationFailedQueueUrl"]
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        for message in answer.get("Messages", []):
            event: dict[str, Any] = json.loads(message["Body"])
            if event["detail"]["executionArn"] == execution_arn:
                return event
        return None

    def waiting_failures(self) -> int:
        attributes = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.cloud.outputs["NarrationFailedQueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(value) for value in attributes.values())

    def empty_failed_queue(self) -> None:
        self.cloud.client("sqs").purge_queue(QueueUrl=self.cloud.outputs["NarrationFailedQueueUrl"])

    def _post(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address of our own cloud
            self.cloud.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)


def _retriers(node: Any) -> Iterator[dict[str, Any]]:
    """Every retrier of a definition, wherever it stands."""
    if isinstance(node, dict):
        yield from node.get("Retry", [])
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from _retriers(child)
