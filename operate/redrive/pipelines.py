"""Failed executions of a pipeline -> started again by its RedriveFailed; its dead letters -> sent on; what is left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from operate.clients import Target
from operate.errors import OperateError
from operate.redrive import dead_letters

AT_A_TIME = 50
"""Messages in one call of RedriveFailed: between two calls the operator hears how far it is."""


def command(target: Target, pipeline: str, most: int) -> Iterator[str]:
    """Lines for a person. Raises OperateError where the function fails; what it refuses stays in the queue."""
    outputs = target.outputs()
    name = pipeline.capitalize()
    function, letters = outputs.get(f"{name}RedriveFailedName"), outputs.get(f"{name}DeadLettersUrl")
    if pipeline == "trips":
        raise OperateError("What trips gave up lies in the lake: send it again with python -m operate resend --failed.")
    if not (function or letters):
        raise OperateError(f"The stack {target.stack} has no pipeline {pipeline!r} that can be redriven.")
    left: Counter[str] = Counter()
    if function:
        yield from _executions(target, function, outputs[f"{name}FailedQueueUrl"], most, left)
    if letters:
        of_letters: Counter[str] = Counter()
        yield from dead_letters.again(target, letters, most, of_letters)
        _count_unseen(target, letters, of_letters)
        left += of_letters
    yield from _told(left)


def _executions(target: Target, function: str, queue: str, most: int, left: Counter[str]) -> Iterator[str]:
    """One call after the other, until the queue gives nothing more; ``left`` counts what stays by its reason."""
    done = 0
    while done < most:
        result = _called(target, function, min(AT_A_TIME, most - done))
        taken = result["started"] + result["running"] + len(result["refused"])
        for refused in result["refused"]:
            left[refused["reason"]] += 1
            yield f"stays in the queue: {refused['execution'] or 'a message'}: {refused['reason']}"
        done += taken
        if taken or not done:
            yield f"{result['started']} started again, {result['running']} run or are done already"
        if not taken:
            break
    _count_unseen(target, queue, left)


def _count_unseen(target: Target, url: str, left: Counter[str]) -> None:
    """What the queue still holds beside ``left``: there were more than were asked for, or they are out of sight."""
    if waits := max(0, dead_letters.depth(target, url) - left.total()):
        left["not looked at yet, or seen again within five minutes; run it once more"] += waits


def _called(target: Target, function: str, most: int) -> dict[str, Any]:
    answer = target.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"most": most}).encode())
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperateError(f"{function} failed: {result.get('errorType')}: {result.get('errorMessage')}")
    return result


def _told(left: Counter[str]) -> Iterator[str]:
    if not left:
        yield "nothing is left"
        return
    yield f"left: {left.total()}"
    for reason, count in left.most_common():
        yield f"{count:>6}  {reason}"
