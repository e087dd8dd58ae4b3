"""Step Functions: ResultPath puts a result into the state's input, of a state and of a Catch.

AWS: the names of a ResultPath that the input has not are made; where the path leads through something that is no
object, or to an index that an array has not, the state fails with States.ResultPathMatchFailure, which Retry and Catch
take (the specification, "ResultPath" and appendix A; ``Unable to apply ReferencePath $.a to input "text"``).
MiniStack: splits the path at its dots, so that indices and names in brackets become names with brackets; overwrites
what is no object, the whole input too.
"""

from __future__ import annotations

from local.asl.queries import jsonpath
from local.gaps import _seams
from local.gaps._types import Json
from local.gaps.stepfunctions.jsonpath._failing import failure, text

LEANS_ON = {
    "services.stepfunctions._apply_result_path_raw": "(result_path, original, result)",
}

MATCH_FAILURE = "States.ResultPathMatchFailure"


class _ConflictError(Exception):
    """The path leads through what is neither an object nor an array with that place."""


def _put(value: Json, steps: tuple[Json, ...], result: Json) -> Json:
    """A copy of ``value`` with ``result`` at the place that ``steps`` lead to."""
    if not steps:
        return result
    step, rest = steps[0], steps[1:]
    if hasattr(step, "fields"):
        if not isinstance(value, dict | None):
            raise _ConflictError
        name, known = step.fields[0], value or {}
        return {**known, name: _put(known.get(name), rest, result)}
    index = step.indices[0]
    if not isinstance(value, list) or not 0 <= index < len(value):
        raise _ConflictError
    return [_put(each, rest, result) if number == index else each for number, each in enumerate(value)]


def _placed(result_path: str | None, original: Json, result: Json) -> Json:
    if result_path is None:
        return original
    try:
        return _put(original, jsonpath.parse(result_path).steps, result)
    except _ConflictError:
        cause = f"Unable to apply ReferencePath {result_path} to input {text(original)}"
        raise failure(MATCH_FAILURE, cause) from None


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._apply_result_path_raw", lambda _: _placed)
