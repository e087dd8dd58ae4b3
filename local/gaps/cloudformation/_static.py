"""Values of a template that are known before any resource exists."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ministack.services.cloudformation import engine

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import Fault, Path, calls, intrinsic, references, section
from local.gaps.cloudformation._template.references import condition_names

LEANS_ON = {
    "services.cloudformation.engine._resolve_refs": (
        "(value, resources, params, conditions, mappings, stack_name, stack_id)"
    ),
    "services.cloudformation.engine._evaluate_conditions": "(template, params)",
    "services.cloudformation.engine._NO_VALUE": "object",
}

_LATER = ("Fn::ImportValue", "Fn::GetStackOutput", "Fn::Transform")


@dataclass(frozen=True)
class Scope:
    """What the functions of a template can be asked with.

    `unknown` are the names that have no value yet: the resources, and parameters of a nested stack that come from
    resources of its parent. `conditions` lacks those that such a parameter decides. An empty `stack_name` or `stack_id`
    is not known yet.
    """

    parameters: Record
    conditions: dict[str, bool]
    mappings: Record
    unknown: frozenset[str]
    stack_name: str = ""
    stack_id: str = ""
    faults: list[Fault] = field(default_factory=list, compare=False)

    @classmethod
    def of(cls, template: Record, parameters: Record, missing: frozenset[str], name: str, arn: str) -> Scope:
        """The scope of a template whose parameters are `parameters`, but for those in `missing`."""
        known = _known_conditions(template, missing)
        conditions = engine._evaluate_conditions({**template, "Conditions": known}, parameters)
        unknown = missing | frozenset(section(template, "Resources"))
        return cls(parameters, conditions, section(template, "Mappings"), unknown, name, arn)


def _known_conditions(template: Record, missing: frozenset[str]) -> Record:
    conditions = dict(section(template, "Conditions"))
    while True:
        unsure = {
            name
            for name, expression in conditions.items()
            if any(found.name in missing for found in references(expression))
            or condition_names(expression) - conditions.keys()
        }
        if not unsure:
            return conditions
        conditions = {name: expression for name, expression in conditions.items() if name not in unsure}


def known(node: Json, scope: Scope, path: Path = ()) -> Json:
    """`node` with everything resolved that can be; what cannot yet stays a call of an intrinsic function.

    A function that fails is noted under `scope.faults`, and stays as it is.
    """
    if isinstance(node, str):
        return {"Fn::Dynamic": node} if "{{resolve:" in node else node
    if isinstance(node, list):
        items = [known(item, scope, (*path, str(index))) for index, item in enumerate(node)]
        return [item for item in items if item is not engine._NO_VALUE]
    if not isinstance(node, dict):
        return node
    if (function := intrinsic(node)) is not None:
        return _called(function, node, scope, path)
    found = {key: known(value, scope, (*path, str(key))) for key, value in node.items()}
    return {key: value for key, value in found.items() if value is not engine._NO_VALUE}


def _called(function: str, node: Record, scope: Scope, path: Path) -> Json:
    argument = node[function]
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        chosen = scope.conditions.get(str(argument[0]))
        return node if chosen is None else known(argument[1 if chosen else 2], scope, path)
    if not _answerable(node, scope):
        return node
    try:
        return engine._resolve_refs(
            copy.deepcopy(node),
            {},
            scope.parameters,
            scope.conditions,
            scope.mappings,
            scope.stack_name,
            scope.stack_id,
        )
    except ValueError as error:
        scope.faults.append(Fault(path, str(error)))
        return node


def _answerable(node: Json, scope: Scope) -> bool:
    if any(function in _LATER for _, function, _ in calls(node)):
        return False
    own = {"AWS::StackName": scope.stack_name, "AWS::StackId": scope.stack_id}
    unknown = scope.unknown | {name for name, value in own.items() if not value}
    return all(
        found.name in scope.conditions if found.function == "Fn::If" else found.name not in unknown
        for found in references(node)
    )


def failing(template: Record, scope: Scope) -> Iterator[Fault]:
    """Functions that give no value in what will be made: a mapping without the key, an index past the end."""
    for block in ("Resources", "Outputs"):
        for name, definition in section(template, block).items():
            condition: Any = definition.get("Condition") if isinstance(definition, dict) else None
            if condition is not None and scope.conditions.get(condition) is not True:
                continue
            before = len(scope.faults)
            known(definition, scope, (block, str(name)))
            yield from scope.faults[before:]
