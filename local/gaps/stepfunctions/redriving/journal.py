"""Step Functions: what each state has answered, kept with its execution until it has succeeded.

AWS: a redrive keeps the results of the states that have succeeded and does not run them again; of an inline Map or a
Parallel only the items and branches that have not succeeded (API reference, RedriveExecution). A Retry of a Map or
Parallel runs all of it again.
MiniStack: keeps no result but the last one.

A state is known by its place: the number of the state on its way, below the branch or item of the state around it.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.stepfunctions.execution import current, stop_if_ended

_WITHOUT_EXECUTION = ("_execute_pass", "_execute_choice", "_execute_wait")
_WITH_EXECUTION = ("_execute_task", "_execute_parallel", "_execute_map")

LEANS_ON = {
    **{f"services.stepfunctions.{name}": "(state_def, raw_input, ctx=None)" for name in _WITHOUT_EXECUTION},
    **{f"services.stepfunctions.{name}": "(state_def, raw_input, execution, ctx)" for name in _WITH_EXECUTION},
    "services.stepfunctions._run_sub_machine": "(states, start_at, input_data, execution, ctx)",
    "services.stepfunctions._run_parallel_branches": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_map_items": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._add_event": "(execution, event_type, details=None)",
}

#: Where an execution's record holds its journal; there for those that may be redriven.
KEY = "_journal"


@dataclass
class _Way:
    """One way through states: an execution's own, or that of a branch or an item. ``count``: states on it so far."""

    place: str
    count: int = 0

    def following(self) -> str:
        self.count += 1
        return f"{self.place}/{self.count}"


_way: contextvars.ContextVar[_Way | None] = contextvars.ContextVar("sfn_way", default=None)
_at: contextvars.ContextVar[str] = contextvars.ContextVar("sfn_place", default="")
#: Maps and Parallels whose branches this drive has begun: what begins again there is a retry.
_begun: contextvars.ContextVar[set[str] | None] = contextvars.ContextVar("sfn_begun", default=None)


@contextmanager
def on_the_way(redriven: bool) -> Iterator[None]:
    """Inside, states are numbered from the first one; a redriven execution makes its own way in a sub machine."""
    tokens = _way.set(None if redriven else _Way("")), _begun.set(set())
    try:
        yield
    finally:
        _way.reset(tokens[0])
        _begun.reset(tokens[1])


def place() -> str:
    """The place of the state at work."""
    return _at.get()


def _known(record: Record, where: str, ctx: Record) -> tuple[Json, Json] | None:
    """What the state there has answered in an earlier drive; its variables are as after it."""
    kept = record[KEY].get(where)
    if kept is None:
        return None
    answer, variables = json.loads(kept[0]), json.loads(kept[2])
    ctx.setdefault("variables", {}).clear()
    ctx["variables"].update(variables)
    return answer, kept[1]


def _kept(kind: str) -> Callable[[Callable[..., tuple[Any, Any]]], Callable[..., tuple[Any, Any]]]:
    def make(execute: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
        def execute_state(state_def: Record, raw_input: Json, *rest: Any) -> tuple[Any, Any]:
            record, way = current(), _way.get()
            if record is None or way is None or KEY not in record:
                return execute(state_def, raw_input, *rest)
            ctx, where = rest[-1], way.following()
            known = _known(record, where, ctx)
            if known is not None:
                return known
            tell = bool(record.get("redriveCount")) and way.place == "" and "mapRunArn" not in record
            if tell:
                _tell(record, kind, "Entered", ctx, "input", raw_input)
            token = _at.set(where)
            try:
                answer, following = execute(state_def, raw_input, *rest)
            finally:
                _at.reset(token)
            stop_if_ended()
            record[KEY][where] = [json.dumps(answer), following, json.dumps(ctx.get("variables", {}))]
            if tell:
                _tell(record, kind, "Exited", ctx, "output", answer)
            return answer, following

        return execute_state

    return make


def _tell(record: Record, kind: str, what: str, ctx: Record, member: str, value: Json) -> None:
    details = {"name": ctx["State"]["Name"], member: json.dumps(value)}
    sfn._add_event(record, f"{kind}State{what}", {f"state{what}EventDetails": details})


def _with_a_way_of_its_own(run: Callable[..., Json]) -> Callable[..., Json]:
    def run_sub_machine(states: Record, start_at: str, input_data: Json, execution: Record, ctx: Record) -> Json:
        above = _way.get()
        index = ((ctx.get("Map") or {}).get("Item") or {}).get("Index", "")
        token = _way.set(_Way("" if above is None else f"{_at.get()}>{start_at}#{index}"))
        try:
            return run(states, start_at, input_data, execution, ctx)
        finally:
            _way.reset(token)

    return run_sub_machine


def _forgetting_on_retry(run: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def run_parts(state_def: Record, raw_input: Json, execution: Record, ctx: Record) -> tuple[Any, Any]:
        record, begun, where = current(), _begun.get(), _at.get()
        if record is not None and begun is not None and KEY in record:
            if where in begun:
                for key in [key for key in record[KEY] if key.startswith(f"{where}>")]:
                    del record[KEY][key]
            begun.add(where)
        return run(state_def, raw_input, execution, ctx)

    return run_parts


def install() -> None:
    """Close the gap in this process."""
    for name in (*_WITHOUT_EXECUTION, *_WITH_EXECUTION):
        _seams.replace(f"services.stepfunctions.{name}", _kept(name.removeprefix("_execute_").capitalize()))
    _seams.replace("services.stepfunctions._run_sub_machine", _with_a_way_of_its_own)
    for name in ("_run_parallel_branches", "_run_map_items"):
        _seams.replace(f"services.stepfunctions.{name}", _forgetting_on_retry)
