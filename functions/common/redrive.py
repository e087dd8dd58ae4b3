"""Executions that wait in a failed queue -> started again from the input they had; each pipeline has its RedriveFailed.

An operator invokes it once the cause is mended. Every step of the state machines looks for what is done already, so a
redrive pays only for what is missing. A message is deleted only after its execution runs; one that cannot be started
stays in the queue and is named in the answer. So does one whose execution this very call has started and which failed
again meanwhile: else one that always fails would use up all attempts of its work, and the places of the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common import aws, executions, settings
from common.observability import count, logger

NAME = re.compile(r"(?P<kind>[a-z-]+)-(?P<work>[0-9a-f]{40})-(?P<attempt>[0-9]{1,2})")
BATCH = 10
WAIT_SECONDS = 2
MOST = 100
"""Messages that one call works on, where it asks for no other number."""


@dataclass(frozen=True)
class Settings:
    failed_queue: str


def start_again(event: dict[str, Any], again: Callable[[Any], Any] = lambda given: given) -> dict[str, Any]:
    """``{"most": 100}`` in: at most so many messages; ``{started, running, refused: [...]}`` out.

    ``again``: the input that an execution had -> the one that its successor has.
    """
    queue_url, left = settings.read(Settings).failed_queue, int(event.get("most", MOST))
    result: dict[str, Any] = {"started": 0, "running": 0, "refused": []}
    begun: set[str] = set()
    sqs = aws.client("sqs")
    while left > 0:
        # Without a wait SQS asks only some of its servers, and a queue that is not empty may look so.
        wanted = min(BATCH, left)
        answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=wanted, WaitTimeSeconds=WAIT_SECONDS)
        batch = answer.get("Messages", [])
        if not batch:
            break
        left -= len(batch)
        for message in batch:
            if _again(message["Body"], result, begun, again):
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    count("ExecutionsRedriven", result["started"])
    return result


def _again(body: str, result: dict[str, Any], begun: set[str], again: Callable[[Any], Any]) -> bool:
    """Starts one failed execution's successor, once a call (``begun``); False where the message has to stay."""
    from botocore.exceptions import ClientError

    try:
        detail = json.loads(body)["detail"]
        arn, machine, payload = detail["executionArn"], detail["stateMachineArn"], again(json.loads(detail["input"]))
    except (ValueError, KeyError, TypeError):
        # EventBridge leaves the input out where it is too long; and a message may be written by hand.
        reason = "This is no event of a failed execution with its input; delete it, or start its work by hand."
        result["refused"].append({"execution": None, "reason": reason})
        return False
    if arn in begun:
        reason = f"It was started again and failed again ({detail.get('error', 'no error')}); mend the cause first."
        result["refused"].append({"execution": arn, "reason": reason})
        return False
    named = NAME.fullmatch(arn.rpartition(":")[2])
    kind = named["kind"] if named else "redrive"
    work = named["work"] if named else executions.digest(arn.encode())
    try:
        started = executions.start(machine, kind, work, payload, attempt=int(named["attempt"]) + 1 if named else 1)
    except (ClientError, executions.AttemptsExhausted) as error:
        logger().exception("redrive refused", extra={"execution": arn})
        result["refused"].append({"execution": arn, "reason": str(error)})
        return False
    begun.add(started.arn)
    result["running" if started.duplicate else "started"] += 1
    return True
