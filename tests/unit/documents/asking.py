"""The way from the state machine to a worker behind a queue and back, in memory: asks, tokens, answers."""

from __future__ import annotations

import builtins
import importlib
import json
from collections.abc import Callable
from typing import Any

from tests.unit.documents.pipeline_aws import FakeStates
from tests.unit.documents.pipeline_builders import AT, Context

QUEUES = {
    f"{step}_{lane}_QUEUE": f"https://sqs.test/1/{step.lower()}-{lane.lower()}"
    for step in ("ANALYSIS", "JOBS", "SUMMARIES")
    for lane in ("FIRST", "NEXT")
} | {"ANALYSIS_QUEUE": "https://sqs.test/1/ended"}
"""Variables of the workers."""

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def body(work: dict[str, Any], token: str = "t1", **changes: Any) -> dict[str, Any]:  # noqa: S107 - no secret
    """An ask as the state machine sends it; ``work`` may be its whole state."""
    wanted = {name: work[name] for name in ("document", "work")} | {"seconds": work.get("seconds", 21_600)}
    if "pages" in work.get("inspection", {}):
        wanted["pages"] = work["inspection"]["pages"]
    wanted["unlocked"] = work.get("inspection", {}).get("unlocked", False)
    return {"schema": 1, "work": wanted, "token": token, "asked_at": AT, "handed": 0, **changes}


def event(ask: dict[str, Any], queue: str) -> dict[str, Any]:
    """A message of a lane, as Lambda hands it over."""
    arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    return {"Records": [{"messageId": "m1", "body": json.dumps(ask), "eventSourceARN": arn}]}


def queue_of(handler: Handler, lane: str = "next") -> str:
    step = {"analyze": "analysis", "start_analysis": "jobs", "summarize": "summaries"}
    return f"{step[handler.__module__.rpartition('.')[2]]}-{lane}"


def answer(
    states: FakeStates,
    handler: Handler,
    work: dict[str, Any],
    token: str = "t1",  # noqa: S107 - a task token, no secret
    context: Context | None = None,
) -> dict[str, Any] | None:
    """What the execution gets that waits with the token; None where it waits still.

    Raises the error under whose name its task fails, and AssertionError where the message comes back.
    """
    states.open.add(token)
    told, failed = len(states.sent), len(states.failed)
    found = handler(event(body(work, token), queue_of(handler)), context or Context())
    assert found == {"batchItemFailures": []}
    if states.failed[failed:]:
        ((_, name, cause),) = states.failed[failed:]
        raise _error(name)(cause)
    outputs = [output for whose, output in states.sent[told:] if whose == token]
    return dict(outputs[0]) if outputs else None


def _error(name: str) -> type[Exception]:
    for module in ("documents.errors", "common.errors", "botocore.exceptions"):
        if hasattr(importlib.import_module(module), name):
            found: type[Exception] = getattr(importlib.import_module(module), name)
            return found if module != "botocore.exceptions" else type(name, (Exception,), {})
    return type(name, (Exception,), {}) if not hasattr(builtins, name) else getattr(builtins, name)  # type: ignore[no-any-return]
