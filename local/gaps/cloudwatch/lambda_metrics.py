"""Lambda: metrics of every invocation.

AWS: each invocation counts in AWS/Lambda under [FunctionName], from every caller: Invocations, Errors and
Duration when it ran, Throttles when it was refused for lack of concurrency, which is no invocation (Developer
Guide, "Using CloudWatch metrics with Lambda"). One that names an alias or version counts under [FunctionName,
Resource] too.
MiniStack: counts calls of the Invoke API only, once more for every asynchronous one before it has run, and a
throttle as an invocation.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudwatch.metric_data import store

LEANS_ON = {
    "services.lambda_svc._emit_lambda_metrics": "(function_name, duration_ms, error, throttle)",
    "services.lambda_svc._emit_lambda_logs": ("(func, request_id, log_text, error, duration_ms, *, log_source=None)"),
    "services.lambda_svc._execute_function": "(func, event)",
}

NAMESPACE = "AWS/Lambda"


def dimension_sets(config: Record) -> list[Record]:
    """The dimension sets under which an invocation of ``config`` counts."""
    name = config.get("FunctionName", "unknown")
    qualifier = str(config.get("FunctionArn", "")).split(":")[7:8]
    sets: list[Record] = [{"FunctionName": name}, {}]  # the latter: of all functions of the account
    if qualifier and qualifier[0] != "$LATEST":
        sets.append({"FunctionName": name, "Resource": f"{name}:{qualifier[0]}"})
    return sets


def record(config: Record, **values: tuple[str, float]) -> None:
    """Store metrics of one invocation, each ``Name=(unit, value)``."""
    now = time.time()
    for dimensions in dimension_sets(config):
        for name, (unit, value) in values.items():
            store(NAMESPACE, name, dimensions, now, unit, [value])


def _counting(emit: Callable[..., None]) -> Callable[..., None]:
    def emit_lambda_logs(
        func: Record, request_id: str, log_text: str, error: bool, duration_ms: int, **more: Json
    ) -> None:
        emit(func, request_id, log_text, error, duration_ms, **more)
        record(
            func.get("config") or func,
            Invocations=("Count", 1.0),
            Errors=("Count", float(error)),
            Throttles=("Count", 0.0),
            Duration=("Milliseconds", float(duration_ms)),
        )

    return emit_lambda_logs


def _throttles(execute: Callable[[Record, Json], Record]) -> Callable[[Record, Json], Record]:
    def execute_function(func: Record, event: Json) -> Record:
        result = execute(func, event)
        if isinstance(result, dict) and result.get("throttle"):
            record(func.get("config") or func, Throttles=("Count", 1.0))
        return result

    return execute_function


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._emit_lambda_metrics", lambda _original: lambda *_args, **_kwargs: None)
    _seams.replace("services.lambda_svc._emit_lambda_logs", _counting)
    _seams.replace("services.lambda_svc._execute_function", _throttles)
