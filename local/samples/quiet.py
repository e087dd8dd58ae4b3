"""What a sample needs to have something left to do: an upload that the pipeline has not heard of, and an execution that
failed.

A pipeline works off whatever is put into its bucket, and a sample that came after it would find its work done. So the
function's event source is switched off while an object is put there; its message is taken out of the queue; then the
event source is switched on again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from local.samples.stack import SeedError, Stack, wait

TRIES = 20


def upload(stack: Stack, function: str, put: Callable[[], bool]) -> bool:
    """Runs `put`, which uploads one object of which `function` shall not hear; False where it was there already."""
    functions = stack.client("lambda")
    (source,) = functions.list_event_source_mappings(FunctionName=f"{stack.physical_id(function)}:live")[
        "EventSourceMappings"
    ]
    queue = stack.client("sqs").get_queue_url(QueueName=source["EventSourceArn"].rpartition(":")[2])["QueueUrl"]
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    try:
        if not put():
            return False
        _taken(stack, queue)
    finally:
        functions.update_event_source_mapping(UUID=source["UUID"], Enabled=True)
    return True


def _taken(stack: Stack, queue: str) -> None:
    sqs = stack.client("sqs")

    def look() -> Any:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=1).get("Messages")
        return found[0]["ReceiptHandle"] if found else None

    sqs.delete_message(QueueUrl=queue, ReceiptHandle=wait(look, "the message of an upload"))


def failed_execution(stack: Stack, machine: str, queue: str, event: Any) -> bool:
    """Leaves one aborted execution in the failed queue, which a redrive starts again; False where one waits there."""
    if _waiting(stack, queue):
        return False
    states = stack.client("stepfunctions")
    for _ in range(TRIES):  # an execution may be quicker than its abort
        name = f"sample-{uuid.uuid4()}"
        arn = states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(event))["executionArn"]
        states.stop_execution(executionArn=arn, cause="So that a redrive has something to start again.")
        if stack.ended(arn)["status"] == "ABORTED":
            wait(lambda: _waiting(stack, queue) or None, "the aborted execution in the failed queue")
            return True
    raise SeedError(f"No execution of {machine.rpartition(':')[2]} could be aborted before it was done.")


def _waiting(stack: Stack, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = stack.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
