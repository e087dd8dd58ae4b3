"""Step Functions: execution logs in CloudWatch Logs.

AWS: a machine's loggingConfiguration sends history events to its log group; ALL sends every event, ERROR
those that mean an error, FATAL those that end the execution badly; ``includeExecutionData`` decides whether
input and output are in them (Developer Guide, "Using CloudWatch Logs to log execution history in Step
Functions").
MiniStack: keeps the configuration and writes nothing.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from ministack.services import cloudwatch_logs as logs
from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.cloudwatch_logs._log_groups": "AccountRegionScopedDict",
    "services.cloudwatch_logs._append_log_events": "(stream, events)",
    "services.cloudwatch_logs._fanout_to_subscription_filters": "(group_name, stream_name, events)",
}

_log = logging.getLogger("local.gaps.stepfunctions.logs")

_FATAL = frozenset({"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})
_DATA = frozenset({"input", "output"})


def wanted(level: str, event_type: str) -> bool:
    """Whether a machine that logs at ``level`` logs an event of ``event_type``."""
    if level == "ALL":
        return True
    if level == "ERROR":
        return event_type in _FATAL or event_type.endswith(("Failed", "TimedOut", "Aborted"))
    return level == "FATAL" and event_type in _FATAL


def lines(execution: Record, level: str, with_data: bool) -> list[str]:
    """The JSON lines that the execution's history leaves in the log."""
    rows = []
    for event in execution["events"]:
        if not wanted(level, event["type"]):
            continue
        details: Record = next((v for k, v in event.items() if k.endswith("Details")), {})
        shown = details if with_data else {k: v for k, v in details.items() if k not in _DATA}
        row = {
            "id": str(event["id"]),
            "type": event["type"],
            "details": shown,
            "execution_arn": execution["executionArn"],
            "event_timestamp": str(event["timestamp"]),
        }
        rows.append(json.dumps(row, ensure_ascii=False))
    return rows


def deliver(execution: Record) -> None:
    """Write the execution's history to the log group of its machine, if it has one."""
    machine = sfn._state_machines.get(execution["stateMachineArn"]) or {}
    settings = machine.get("loggingConfiguration") or {}
    level = settings.get("level", "OFF")
    destinations = settings.get("destinations") or []
    if level == "OFF" or not destinations:
        return
    arn = destinations[0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    name = arn.split(":log-group:", 1)[1].removesuffix(":*")
    group = logs._log_groups.get(name)
    if group is None:
        _log.warning("The log group %s does not exist: machine %s logged nothing.", name, machine.get("name"))
        return
    now = int(time.time() * 1000)
    minute = time.strftime("%Y-%m-%d-%H-%M", time.gmtime())
    stream_name = f"states/{machine['name']}/{minute}/{execution['name']}"
    stream = group["streams"].setdefault(stream_name, _empty_stream(now))
    rows = lines(execution, level, bool(settings.get("includeExecutionData")))
    events = [{"timestamp": now, "message": row, "ingestionTime": now} for row in rows]
    logs._append_log_events(stream, events)
    logs._fanout_to_subscription_filters(name, stream_name, events)


def _empty_stream(now: int) -> Record:
    return {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": now,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }


def _logged(run: Callable[[str], None]) -> Callable[[str], None]:
    def run_execution(exec_arn: str) -> None:
        run(exec_arn)
        execution = sfn._executions.get(exec_arn)
        if execution is not None:
            deliver(execution)

    return run_execution


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_execution", _logged)
