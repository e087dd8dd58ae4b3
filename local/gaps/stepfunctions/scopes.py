"""Step Functions: Arguments, Output and Assign of a Parallel in JSONata, and the scope of variables.

AWS: Arguments of a Parallel are the input of its branches; Output and Assign read the list of their results as
``$states.result``. The branches of a Parallel and the items of a Map read the variables around them and keep their own:
what they assign is not seen outside or beside them (Developer Guide, "Passing data between states with variables").
MiniStack: ignores the three fields; the branches of a Parallel write into one set of variables, which the states after
it read, and into one name of the state at work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._run_parallel_branches": "(state_def, raw_input, execution, ctx)",
    "services.stepfunctions._run_sub_machine": "(states, start_at, input_data, execution, ctx)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._apply_jsonata_arguments": "(state_def, raw_input, ctx=None)",
    "services.stepfunctions._apply_jsonata_output": (
        "(state_def, raw_input, ctx=None, result=None, error_output=None, default=None)"
    ),
    "services.stepfunctions._apply_state_assign": "(state_def, raw_input, ctx, result=None, error_output=None)",
}


def _with_fields(run: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def run_parallel_branches(state_def: Record, raw_input: Json, execution: Record, ctx: Record) -> tuple[Any, Any]:
        if sfn._state_query_language(state_def, ctx) != "JSONata":
            return run(state_def, raw_input, execution, ctx)
        arguments = sfn._apply_jsonata_arguments(state_def, raw_input, ctx)
        results, following = run(state_def, arguments, execution, ctx)
        output = sfn._apply_jsonata_output(state_def, raw_input, ctx, result=results, default=results)
        sfn._apply_state_assign(state_def, raw_input, ctx, result=results)
        return output, following

    return run_parallel_branches


def _scoped(run: Callable[..., Json]) -> Callable[..., Json]:
    def run_sub_machine(states: Record, start_at: str, input_data: Json, execution: Record, ctx: Record) -> Json:
        own = {**ctx, "variables": dict(ctx.get("variables", {}))}
        return run(states, start_at, input_data, execution, own)

    return run_sub_machine


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_parallel_branches", _with_fields)
    _seams.replace("services.stepfunctions._run_sub_machine", _scoped)
