"""A definition's text -> its problems.

python -c "from local.asl.check import problems; print(problems('{}'))"
"""

from __future__ import annotations

from collections.abc import Sequence

from local.asl import choices, failures, graph, hints, kinds, maps, names, resources, shape, tree
from local.asl.problem import Problem, Problems
from local.asl.queries import expressions, paths

#: Of a scope, in this order; then of each of its states.
_SCOPE = (shape.scope, kinds.scope, graph.scope)
_STATE = (
    shape.state, kinds.state, names.state, resources.state, choices.state, failures.state, maps.state,
    expressions.state, paths.state, hints.state,
)  # fmt: skip


def _all(definition: object, express: bool) -> Problems:
    if definition is None:
        yield Problem("Received a null or empty workflow input.", None, "MISSING_DESCRIPTION")
        return
    if not isinstance(definition, dict):
        yield Problem("Expected value of type [OBJECT]", "/")
        return
    scopes = list(tree.scopes(definition, express))
    yield from names.scopes(scopes)
    for scope in scopes:
        for of_scope in _SCOPE:
            yield from of_scope(scope)
        for state in scope.states():
            # A state of no known type is told once; nothing more can be said of it.
            rules = _STATE if state.type in shape.TYPES else (shape.state,)
            for of_state in rules:
                yield from of_state(state)


def problems(text: str, *, express: bool = False, warnings: bool = False) -> list[Problem]:
    """Everything that AWS refuses in a definition, and with ``warnings`` what it only remarks."""
    if not text.strip():
        return [Problem("Received a null or empty workflow input.", None, "MISSING_DESCRIPTION")]
    try:
        found = list(_all(tree.parsed(text), express))
    except RecursionError:
        return [Problem("The states are too deeply nested.", None, "TOO_DEEPLY_NESTED")]
    except ValueError as error:
        return [Problem(str(error), None, "INVALID_JSON_DESCRIPTION")]
    return [problem for problem in found if warnings or problem.severity == "ERROR"]


def sentence(found: Sequence[Problem]) -> str:
    """The message of the InvalidDefinition error."""
    return f"Invalid State Machine Definition: '{', '.join(map(str, found))}'"
