"""Task tokens for whoever calls a function by hand that answers one: an execution of a machine of its own waits.

The application's own machines send their tokens to queues that its functions read at once. So a small machine and a
queue are made beside the stack, once an account; each token is that of a new execution.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

NAME = "sample-that-waits"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
PATIENCE = 30


def fresh(client: Callable[[str], Any]) -> tuple[str, str]:
    """A token, and the ARN of the execution that waits for its answer; ``client`` makes clients of the account."""
    states, sqs = client("stepfunctions"), client("sqs")
    queue = sqs.create_queue(QueueName=NAME)["QueueUrl"]
    machine = _machine(client, queue)
    name = uuid.uuid4().hex
    execution = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"name": name}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=2)
        for message in answer.get("Messages", ()):
            found = json.loads(message["Body"])
            if found["name"] == name:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                return found["token"], execution["executionArn"]
    raise TimeoutError(f"The execution {name} of {NAME} sent no token within {PATIENCE} s.")


def _machine(client: Callable[[str], Any], queue: str) -> str:
    states = client("stepfunctions")
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Wait",
        "States": {
            "Wait": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "TimeoutSeconds": 3600,
                "Arguments": {
                    "QueueUrl": queue,
                    "MessageBody": {
                        "name": "{% $states.input.name %}",
                        "token": "{% $states.context.Task.Token %}",
                    },
                },
                "End": True,
            }
        },
    }
    role = _role(client, queue)
    made = states.create_state_machine(name=NAME, definition=json.dumps(definition), roleArn=role)
    return str(made["stateMachineArn"])


def _role(client: Callable[[str], Any], queue: str) -> str:
    roles = client("iam")
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    try:
        role = str(roles.get_role(RoleName=NAME)["Role"]["Arn"])
    except roles.exceptions.NoSuchEntityException:
        role = str(roles.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"])
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    roles.put_role_policy(RoleName=NAME, PolicyName="send", PolicyDocument=policy)
    return role
