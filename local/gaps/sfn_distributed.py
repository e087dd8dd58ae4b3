"""Step Functions: a distributed Map that MiniStack would run wrongly is refused.

AWS: a distributed Map evaluates ``Items`` and ``ItemSelector`` in JSONata, groups items by ItemBatcher and
writes results by ResultWriter (Developer Guide, "Using Map state in Distributed mode").
MiniStack: with JSONata it takes the whole input for one item and hands the selector on unevaluated, and it
leaves out batches and result files, all of it silently and with SUCCEEDED.

A wrong success is worse than an error: these fail with States.Runtime here until they are built.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import stepfunctions as sfn

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.stepfunctions._run_distributed_map": "(state_def, raw_input, effective, iterator, execution, ctx)",
    "services.stepfunctions._state_query_language": "(state_def, ctx=None)",
    "services.stepfunctions._ExecutionError": "class",
}

#: Fields that are silently ignored, in either query language and in JSONata.
_ALWAYS = ("ItemBatcher", "ResultWriter")
_IN_JSONATA = ("Items", "ItemSelector", "Output", "Assign")


def unsupported(state_def: Record, language: str) -> list[str]:
    """The fields of a distributed Map that would be ignored."""
    names = (*_ALWAYS, *_IN_JSONATA) if language == "JSONata" else _ALWAYS
    return [name for name in names if name in state_def]


def _refusing(run: Callable[..., tuple[Json, Json]]) -> Callable[..., tuple[Json, Json]]:
    def run_distributed_map(
        state_def: Record, raw_input: Json, effective: Json, iterator: Record, execution: Record, ctx: Record
    ) -> tuple[Json, Json]:
        fields = unsupported(state_def, sfn._state_query_language(state_def, ctx))
        if fields:
            raise sfn._ExecutionError(
                "States.Runtime", f"The local cloud cannot run a distributed Map with {', '.join(fields)} yet."
            )
        return run(state_def, raw_input, effective, iterator, execution, ctx)

    return run_distributed_map


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._run_distributed_map", _refusing)
