"""Step Functions: RedriveExecution, and what is said of it.

AWS (API reference, RedriveExecution, DescribeExecution): an execution of a Standard machine that FAILED, TIMED_OUT or
was ABORTED within the last 14 days goes on from the state that did not succeed; others are ExecutionNotRedrivable,
with the sentence that redriveStatusReason has. Children of a Map Run are redriven with it, by their parent's
redrive. The same clientToken within 15 minutes is the same redrive.
MiniStack: does not know the call; its events say that TIMED_OUT and ABORTED cannot be redriven.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record, json_answer, json_error
from local.gaps.stepfunctions.redriving import journal

LEANS_ON = {
    "services.stepfunctions.handle_request": "(method, path, headers, body, query_params)",
    "services.stepfunctions._describe_execution": "(data)",
    "services.stepfunctions._list_executions": "(data)",
    "services.stepfunctions._run_execution": "(exec_arn)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
    "services.stepfunctions._emit_execution_status_event": "(execution)",
    "services.stepfunctions._finalize_response": "(response)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.eventbridge._put_events": "(data, allow_aws_source=False)",
}

REDRIVABLE, NOT, BY_MAP_RUN = "REDRIVABLE", "NOT_REDRIVABLE", "REDRIVABLE_BY_MAP_RUN"
#: Seconds in which an execution that has ended can be redriven.
PERIOD = 14 * 24 * 3600
#: Events of a history from which on there is no room for a redrive.
MOST_EVENTS = 24_999
#: Seconds for which a clientToken is remembered.
_TOKEN_SECONDS = 900.0

_told: contextvars.ContextVar[Record | None] = contextvars.ContextVar("sfn_status_event", default=None)


def status_of(record: Record, machine: Record | None, now: float) -> tuple[str, str]:
    """redriveStatus and, where it cannot be redriven, redriveStatusReason."""
    status = record["status"]
    if status in ("RUNNING", "SUCCEEDED", "PENDING", "PENDING_REDRIVE"):
        return NOT, f"Execution is {status} and cannot be redriven"
    if "mapRunArn" in record:
        return BY_MAP_RUN, ""
    reasons = {
        "State machine is in DELETING status": machine is None,
        "Execution was started before the launch of RedriveExecution": journal.KEY not in record,
        "Execution redrivable period exceeded": now - _seconds(record["stopDate"] or sfn.now_iso()) > PERIOD,
        "Execution history event limit exceeded": len(record["events"]) >= MOST_EVENTS,
    }
    reason = next((reason for reason, holds in reasons.items() if holds), "")
    return (NOT, reason) if reason else (REDRIVABLE, "")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def _status_of(record: Record) -> tuple[str, str]:
    return status_of(record, sfn._state_machines.get(record["stateMachineArn"].split("/")[0]), time.time())


def _redrive(data: Record) -> Answer:
    arn = data.get("executionArn", "")
    record = sfn._executions.get(arn)
    if record is None:
        return json_error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    token, earlier = data.get("clientToken"), record.get("_redriveToken") or ("", 0.0)
    if token and token == earlier[0] and time.time() - earlier[1] < _TOKEN_SECONDS:
        return json_answer({"redriveDate": record["redriveDate"]})
    status, reason = _status_of(record)
    if status != REDRIVABLE:
        why = reason or "The execution is a child of a Map Run; redrive the execution that started the Map Run"
        return json_error("ExecutionNotRedrivable", f"Execution '{arn}' cannot be redriven: {why}")
    again(record)
    record["_redriveToken"] = (token, time.time())
    sfn._emit_execution_status_event(record)
    threading.Thread(
        target=contextvars.copy_context().run, args=(sfn._run_execution, arn), daemon=True, name="redrive"
    ).start()
    return json_answer({"redriveDate": record["redriveDate"]})


def again(record: Record) -> None:
    """``record`` runs once more: its count, its date, its event; what it ended with is gone."""
    count = record.get("redriveCount", 0) + 1
    record.update(redriveCount=count, redriveDate=sfn.now_iso(), status="RUNNING", stopDate=None, output=None)
    for member in ("error", "cause"):
        record.pop(member, None)
    sfn._add_event(record, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": count}})


def _with_redrive(handle: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    @wraps(handle)
    async def handle_request(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer:
        if headers.get("x-amz-target", "").rpartition(".")[2] == "RedriveExecution":
            answer: Answer = sfn._finalize_response(_redrive(json.loads(body or b"{}")))
            return answer
        return await handle(method, path, headers, body, query)

    return handle_request


def _described(describe: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def describe_execution(data: Record) -> Answer:
        status, headers, body = describe(data)
        record = sfn._executions.get(data.get("executionArn"))
        if status != 200 or record is None:
            return status, headers, body
        return json_answer({**json.loads(body), **_members(record)})

    return describe_execution


def _members(record: Record) -> Record:
    status, reason = _status_of(record)
    found: Record = {"redriveCount": record.get("redriveCount", 0), "redriveStatus": status}
    if reason:
        found["redriveStatusReason"] = reason
    if "redriveDate" in record:
        found["redriveDate"] = record["redriveDate"]
    return found


def _listed(listed: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def list_executions(data: Record) -> Answer:
        status, headers, body = listed(data)
        if status != 200:
            return status, headers, body
        found = json.loads(body)
        for entry in found["executions"]:
            record = sfn._executions.get(entry["executionArn"]) or {}
            entry["redriveCount"] = record.get("redriveCount", 0)
            if "redriveDate" in record:
                entry["redriveDate"] = record["redriveDate"]
        if wanted := data.get("redriveFilter"):
            redriven = wanted == "REDRIVEN"
            found["executions"] = [entry for entry in found["executions"] if bool(entry["redriveCount"]) == redriven]
        return json_answer(found)

    return list_executions


def _remembering(emit: Callable[[Record], None]) -> Callable[[Record], None]:
    def emit_execution_status_event(execution: Record) -> None:
        token = _told.set(execution)
        try:
            emit(execution)
        finally:
            _told.reset(token)

    return emit_execution_status_event


def _truly(put: Callable[..., Json]) -> Callable[..., Json]:
    def put_events(data: Record, allow_aws_source: bool = False) -> Json:
        record = _told.get()
        if record is None or not allow_aws_source:
            return put(data, allow_aws_source)
        token = _told.set(None)  # what this event starts is told for itself
        try:
            return put({"Entries": [_entry(each, record) for each in data["Entries"]]}, allow_aws_source)
        finally:
            _told.reset(token)

    return put_events


def _entry(entry: Record, record: Record) -> Record:
    said: dict[str, Any] = {"redriveDate": None, "redriveStatusReason": None, **_members(record)}
    if said["redriveDate"] is not None:
        said["redriveDate"] = sfn._iso_to_epoch_ms(said["redriveDate"])
    return {**entry, "Detail": json.dumps({**json.loads(entry["Detail"]), **said})}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions.handle_request", _with_redrive)
    _seams.replace("services.stepfunctions._describe_execution", _described)
    _seams.replace("services.stepfunctions._list_executions", _listed)
    _seams.replace("services.stepfunctions._emit_execution_status_event", _remembering)
    _seams.replace("services.eventbridge._put_events", _truly)
