"""The errors of a state that cannot go on, and the context object that it runs with.

Step Functions opens such a cause with the state and the event by which the execution entered it.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Iterator
from contextlib import contextmanager

from ministack.services import stepfunctions as sfn

from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import current

RUNTIME = "States.Runtime"

_context: contextvars.ContextVar[Record | None] = contextvars.ContextVar("sfn_context", default=None)


def context() -> Record:
    """The context object of the state that this thread works on, with the variables that MiniStack keeps in it."""
    return _context.get() or {}


@contextmanager
def running(ctx: Record) -> Iterator[None]:
    """Inside, this thread works on the state that ``ctx`` names."""
    token = _context.set(ctx)
    try:
        yield
    finally:
        _context.reset(token)


def text(value: Json) -> str:
    """A value as a cause shows it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _where(ctx: Record) -> str:
    name = (ctx.get("State") or {}).get("Name")
    if not name:
        return ""
    events = (current() or {}).get("events", [])
    entered = [event["id"] for event in events if (event.get("stateEnteredEventDetails") or {}).get("name") == name]
    at = f" (entered at the event id #{entered[-1]})" if entered else ""
    return f"An error occurred while executing the state '{name}'{at}. "


def failure(error: str, cause: str, ctx: Record | None = None) -> sfn._ExecutionError:
    """The error of the state that ``ctx`` names, by default of the one that this thread works on."""
    return sfn._ExecutionError(error, f"{_where(context() if ctx is None else ctx)}{cause}")


def runtime(cause: str, ctx: Record | None = None) -> sfn._ExecutionError:
    """The error that ends an execution: no Retry or Catch takes it."""
    return failure(RUNTIME, cause, ctx)
