"""Step Functions: a distributed Map, with readers, selectors, batches, thresholds and result files.

AWS (Developer Guide, "Using Map state in Distributed mode" and the pages on its fields; API reference, DescribeMapRun):
items come from S3 with the machine's role or from the input; each item or batch is the input, at most 256 KiB, of a
child execution with a context and variables of its own; MaxConcurrency can be changed while it runs; too many failures
end the Map Run with States.ExceedToleratedFailureThreshold, abort what runs and leave the rest unstarted; what ends the
parent aborts its children; ResultWriter writes a manifest and result files.
MiniStack: with JSONata it takes the whole input for one item and hands the selector on unevaluated, leaves out
batches and result files, reads S3 without asking the role, lets children see their parent's context and variables, and
runs everything to the end whatever failed, all of it silently and with SUCCEEDED.

A Map Run that failed is redriven with its parent, by the thresholds that UpdateMapRun has set meanwhile: children that
succeeded stay, Standard ones that did not go on where they failed, Express ones begin anew, those never begun begin.

What is still not built fails with States.Runtime: ``_map_items`` and ``_map_results`` say what. At most
``MOST_AT_ONCE`` children run at a time, where AWS runs 10,000; children send no status events and write no logs.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _authority, _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions._map_items import Values, inputs, read
from local.gaps.stepfunctions._map_results import Writer
from local.gaps.stepfunctions.execution import acting_for, left_behind, stop_if_ended
from local.gaps.stepfunctions.redriving import calls, journal
from local.gaps.stepfunctions.role import machine_role, session_name

LEANS_ON = {
    "services.stepfunctions._run_distributed_map": ("(state_def, raw_input, effective, iterator, execution, ctx)"),
    "services.stepfunctions._run_sub_machine": "(states, start_at, input_data, execution, ctx)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._apply_jsonata_template": "(value, raw_input, ctx=None, result=None, error_output=None)",
    "services.stepfunctions._jsonata_state_field": "(state_def, field, expected, raw_input, ctx)",
    "services.stepfunctions._apply_jsonata_output": (
        "(state_def, raw_input, ctx=None, result=None, error_output=None, default=None)"
    ),
    "services.stepfunctions._apply_state_assign": "(state_def, raw_input, ctx, result=None, error_output=None)",
    "services.stepfunctions._resolve_params_obj": "(template, data, ctx=None)",
    "services.stepfunctions._resolve_path_or_ctx": "(path, data, ctx)",
    "services.stepfunctions._apply_result_selector": "(state_def, data)",
    "services.stepfunctions._apply_result_path": "(state_def, original, result)",
    "services.stepfunctions._apply_output_path": "(state_def, data, ctx=None)",
    "services.stepfunctions._next_or_end": "(state_def)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
    "services.stepfunctions._executions": "AccountRegionScopedDict",
    "services.stepfunctions._map_runs": "AccountRegionScopedDict",
    "services.stepfunctions._ExecutionError": "class",
}

THRESHOLD = "States.ExceedToleratedFailureThreshold"

#: Children are threads here.
MOST_AT_ONCE = 100

_COUNTS = (
    "pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
    "failuresNotRedrivable", "pendingRedrive",
)  # fmt: skip
_UNSUCCESSFUL = {"FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
_LOOK_EVERY = 0.1

#: The last Map Run of a state: its execution's ARN and place -> the run, and in which drive it was.
_runs: dict[tuple[str, str], tuple[MapRun, int]] = {}


class MapRun:
    """One run: its record, as DescribeMapRun shows it, and the children that work on it."""

    def __init__(self, values: Values, processor: Record, parent: Record, work: list[tuple[Json, int]]) -> None:
        self.values, self.processor, self.parent = values, processor, parent
        self._changed = threading.Condition()
        self._running = 0
        machine = parent["stateMachineArn"].split("/")[0]
        label = values.state.get("Label") or sfn.new_uuid()
        self._express = processor["ProcessorConfig"]["ExecutionType"] == "EXPRESS"
        self.record: Record = {
            "mapRunArn": f"{machine.replace(':stateMachine:', ':mapRun:')}/{label}:{sfn.new_uuid()}",
            "executionArn": parent["executionArn"],
            "status": "RUNNING",
            "startDate": sfn.now_iso(),
            "maxConcurrency": int(values.number(values.state, "MaxConcurrency") or 0),
            "toleratedFailurePercentage": values.number(values.state, "ToleratedFailurePercentage") or 0.0,
            "toleratedFailureCount": int(values.number(values.state, "ToleratedFailureCount") or 0),
            "itemCounts": _counts(sum(items for _, items in work)),
            "executionCounts": _counts(len(work)),
            "redriveCount": 0,
            "_stateMachineArn": f"{machine}/{label}",
        }
        self.children = [self._child(given, items) for given, items in work]

    def _child(self, given: Json, items: int) -> Record:
        name = sfn.new_uuid()
        kind = ":express:" if self._express else ":execution:"
        arn = f"{self.record['_stateMachineArn'].replace(':stateMachine:', kind)}:{name}"
        return {
            "executionArn": f"{arn}:{sfn.new_uuid()}" if self._express else arn,
            "stateMachineArn": self.record["_stateMachineArn"],
            "name": name,
            "status": "PENDING",
            "startDate": None,
            "stopDate": None,
            "input": json.dumps(given, ensure_ascii=False),
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": {"included": True},
            "mapRunArn": self.record["mapRunArn"],
            "events": [],
            "testCase": self.parent.get("testCase"),
            "mockAttempts": {},
            "_items": items,
            **({} if self._express else {journal.KEY: {}}),
        }

    def redrive(self) -> None:
        """Let ``run`` work on what did not succeed."""
        count = self.record["redriveCount"] + 1
        self.record.update(status="RUNNING", redriveCount=count, redriveDate=sfn.now_iso())
        self.record.pop("stopDate", None)
        with self._changed:
            self._running = 0
            for child in self.children:
                if child["status"] in _UNSUCCESSFUL:
                    self._count(child, _UNSUCCESSFUL[child["status"]], "pendingRedrive")
                    child["status"] = "PENDING_REDRIVE"

    def run(self) -> None:
        """Work on all children; returns when none runs any more: all done, too many failed, or the parent ended."""
        waiting = deque(child for child in self.children if child["status"] in ("PENDING", "PENDING_REDRIVE"))
        with self._changed:
            while self.parent["status"] == "RUNNING" and not self.too_many_failed():
                while waiting and self._running < (self.record["maxConcurrency"] or MOST_AT_ONCE):
                    if self._running >= MOST_AT_ONCE:
                        break
                    self._begin(waiting.popleft())
                if not waiting and not self._running:
                    break
                self._changed.wait(_LOOK_EVERY)
            for child in self.children:
                if child["status"] == "RUNNING":
                    self._end(child, "ABORTED", "ExecutionAborted", {})
        self.record["stopDate"] = sfn.now_iso()

    def too_many_failed(self) -> bool:
        """More failures than the run tolerates; where it tolerates both a count and a share, either ends it."""
        counts = self.record["itemCounts"]
        failed = counts["failed"] + counts["timedOut"]
        if not failed:
            return False
        over_count = failed > self.record["toleratedFailureCount"]
        over_share = failed * 100 > self.record["toleratedFailurePercentage"] * counts["total"]
        by_count, by_share = self.record["toleratedFailureCount"] > 0, self.record["toleratedFailurePercentage"] > 0
        return (by_count and over_count) or (by_share and over_share) or not (by_count or by_share)

    def _begin(self, child: Record) -> None:
        redriven = child["status"] == "PENDING_REDRIVE"
        if redriven:
            calls.again(child)
        if not redriven or self._express:
            child.update(status="RUNNING", startDate=sfn.now_iso())
            sfn._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": {"input": child["input"]}})
        sfn._executions[child["executionArn"]] = child
        self._running += 1
        self._count(child, "pendingRedrive" if redriven else "pending", "running")
        threading.Thread(target=contextvars.copy_context().run, args=(self._work, child), daemon=True).start()

    def _work(self, child: Record) -> None:
        given = json.loads(child["input"])
        ctx = {
            "QueryLanguage": self.processor.get("QueryLanguage") or self.values.ctx.get("QueryLanguage", "JSONPath"),
            "Execution": {
                "Id": child["executionArn"],
                "Input": given,
                "Name": child["name"],
                "StartTime": child["startDate"],
            },
            "StateMachine": {
                "Id": child["stateMachineArn"],
                "Name": child["stateMachineArn"].rsplit(":", 1)[-1],
            },
            "variables": {},
        }
        with acting_for(child):
            try:
                states, start = self.processor.get("States", {}), self.processor.get("StartAt")
                output = json.dumps(sfn._run_sub_machine(states, start, given, child, ctx))
                end: tuple[str, str, Record] = ("SUCCEEDED", "ExecutionSucceeded", {"output": output})
            except sfn._ExecutionError as error:
                end = ("FAILED", "ExecutionFailed", {"error": error.error, "cause": error.cause})
            except Exception as error:  # noqa: BLE001 - whatever MiniStack did not foresee fails this child only
                end = ("FAILED", "ExecutionFailed", {"error": "States.Runtime", "cause": str(error)})
            behind = left_behind()
        with self._changed:
            if not behind:
                self._running -= 1
                if child["status"] == "RUNNING":
                    self._end(child, *end)
            self._changed.notify_all()

    def _end(self, child: Record, status: str, event: str, details: Record) -> None:
        child.update(status=status, stopDate=sfn.now_iso(), **details)
        sfn._add_event(child, event, {f"{event[0].lower()}{event[1:]}EventDetails": details})
        self._count(child, "running", status.lower())

    def _count(self, child: Record, before: str, after: str) -> None:
        for counts, number in ((self.record["itemCounts"], child["_items"]), (self.record["executionCounts"], 1)):
            counts[before] -= number
            counts[after] += number


def _counts(total: int) -> dict[str, int]:
    return {name: total if name in ("total", "pending") else 0 for name in _COUNTS}


def _check(parent: Record) -> None:
    """Raise where the machine's role may not start the children."""
    role = machine_role(parent)
    machine = parent["stateMachineArn"].split("/")[0]
    denied = _authority.role_may(role, session_name(parent), "states:StartExecution", machine) if role else None
    if denied is not None:
        raise sfn._ExecutionError("States.Permissions", denied.message)


def _result(run: MapRun, writer: Writer) -> Json:
    """The Map's result, its files written; raises where the run failed or its parent ended."""
    stop_if_ended()
    started = [child for child in run.children if child["status"] != "PENDING"]
    pending = [child for child in run.children if child["status"] == "PENDING"]
    result = writer.write(run.record, started, pending) if writer.place is not None else writer.output(started)
    if run.too_many_failed():
        raise sfn._ExecutionError(THRESHOLD, "The specified tolerated failure threshold was exceeded")
    return result


def _run_and_record(run: MapRun, writer: Writer) -> Json:
    arn, count = run.record["mapRunArn"], run.record.get("redriveCount", 0)
    sfn._map_runs[arn] = run.record
    told = {"mapRunArn": arn, **({"redriveCount": count} if count else {})}
    if count:
        sfn._add_event(run.parent, "MapRunRedriven", {"mapRunRedrivenEventDetails": told})
    else:
        sfn._add_event(run.parent, "MapRunStarted", {"mapRunStartedEventDetails": told})
    try:
        run.run()
        result = _result(run, writer)
    except Exception as error:
        # Whatever it was, nothing works on this Map Run any more, so it must not be shown as RUNNING.
        ended = run.parent["status"] != "RUNNING"
        run.record["status"] = "ABORTED" if ended else "FAILED"
        if not ended:
            name, cause = getattr(error, "error", "States.Runtime"), getattr(error, "cause", str(error))
            details = {"error": name, "cause": cause}
            sfn._add_event(run.parent, "MapRunFailed", {"mapRunFailedEventDetails": details})
        raise
    run.record["status"] = "SUCCEEDED"
    sfn._add_event(run.parent, "MapRunSucceeded")
    _runs.pop((run.parent["executionArn"], journal.place()), None)
    return result


def _run_of(values: Values, iterator: Record, execution: Record) -> MapRun:
    """The Map Run that failed here in an earlier drive, to be redriven; else a new one, as for each Retry."""
    state, drive = (execution["executionArn"], journal.place()), execution.get("redriveCount", 0)
    run, driven = _runs.get(state, (None, drive))
    if run is not None and driven < drive and run.record["status"] != "SUCCEEDED":
        run.redrive()
    else:
        run = MapRun(values, iterator, execution, inputs(values, read(values)))
    _runs[state] = run, drive
    return run


def _properly(_run: Callable[..., tuple[Json, Json]]) -> Callable[..., tuple[Json, Json]]:
    def run_distributed_map(
        state_def: Record, raw_input: Json, effective: Json, iterator: Record, execution: Record, ctx: Record
    ) -> tuple[Any, Any]:
        values = Values(state_def, raw_input, effective, ctx)
        _check(execution)
        writer = Writer(values)
        run = _run_of(values, iterator, execution)
        result = _run_and_record(run, writer)
        if values.jsonata:
            output = sfn._apply_jsonata_output(state_def, raw_input, ctx, result=result, default=result)
            sfn._apply_state_assign(state_def, raw_input, ctx, result=result)
        else:
            selected = sfn._apply_result_selector(state_def, result)
            output = sfn._apply_output_path(state_def, sfn._apply_result_path(state_def, raw_input, selected), ctx)
        return output, sfn._next_or_end(state_def)

    return run_distributed_map


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_distributed_map", _properly)
