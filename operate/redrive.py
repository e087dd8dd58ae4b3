"""Failed executions that wait in a pipeline's failed queue -> started again, by the pipeline's own RedriveFailed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from operate.clients import Target
from operate.errors import OperateError


def command(target: Target, pipeline: str, most: int) -> Iterator[str]:
    """Lines for a person. Raises OperateError where the function fails; what it refuses stays in the queue."""
    name = target.output(
        f"{pipeline.capitalize()}RedriveFailedName", f"no pipeline {pipeline!r} that can be redriven is deployed there"
    )
    payload = json.dumps({"most": most})
    answer = target.client("lambda").invoke(FunctionName=name, Payload=payload.encode())
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperateError(f"{name} failed: {result.get('errorType')}: {result.get('errorMessage')}")
    yield f"{result['started']} started again, {result['running']} run or are done already"
    for refused in result["refused"]:
        yield f"stays in the queue: {refused['execution'] or 'a message'}: {refused['reason']}"
