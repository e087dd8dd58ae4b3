"""What is referenced although its condition leaves it out, and circles of resources.

Both are asked of what really will be made: a branch of Fn::If that is not taken counts for neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import Fault, Path, references, section
from local.gaps.cloudformation._template.references import unresolved


def faults(template: Record, conditions: Mapping[str, bool]) -> Iterator[Fault]:
    """Faults that show once the conditions are known; nothing is said of what a missing one decides."""
    resources = section(template, "Resources")
    left_out = {name for name, made in resources.items() if not _active(made, conditions)}
    for block in ("Resources", "Outputs"):
        dangling: dict[str, Path] = {}
        for name, definition in section(template, block).items():
            if not _surely_active(definition, conditions):
                continue
            kept = {key: value for key, value in definition.items() if key not in ("DependsOn", "Condition")}
            for reference in references(taken(kept, conditions), (block, name)):
                if reference.name in left_out and reference.function != "Fn::If":
                    dangling.setdefault(reference.name, (block, name))
        if dangling:
            yield unresolved(set(dangling), block, next(iter(dangling.values())))
    yield from _circles({name: made for name, made in resources.items() if name not in left_out}, conditions)


def taken(node: Json, conditions: Mapping[str, bool]) -> Json:
    """`node` with each Fn::If in it replaced by the branch that is taken, None where that is not known yet."""
    if isinstance(node, list):
        return [taken(item, conditions) for item in node]
    if not isinstance(node, dict):
        return node
    argument = node.get("Fn::If") if len(node) == 1 else None
    if isinstance(argument, list) and len(argument) == 3:
        chosen = conditions.get(str(argument[0]))
        return None if chosen is None else taken(argument[1 if chosen else 2], conditions)
    return {key: taken(value, conditions) for key, value in node.items()}


def _active(definition: Json, conditions: Mapping[str, bool]) -> bool:
    condition = definition.get("Condition") if isinstance(definition, dict) else None
    return not isinstance(condition, str) or conditions.get(condition, True)


def _surely_active(definition: Json, conditions: Mapping[str, bool]) -> bool:
    condition = definition.get("Condition") if isinstance(definition, dict) else None
    return isinstance(definition, dict) and (condition is None or conditions.get(condition) is True)


def _circles(resources: Record, conditions: Mapping[str, bool]) -> Iterator[Fault]:
    graph: dict[str, set[str]] = {}
    for name, definition in resources.items():
        wanted = definition.get("DependsOn") or []
        found = {reference.name for reference in references(taken(definition.get("Properties"), conditions))}
        graph[name] = (found | {wanted} if isinstance(wanted, str) else found | set(wanted)) & resources.keys()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        members = sorted(set(error.args[1]))
        yield Fault(("Resources", members[0]), f"Circular dependency between resources: [{', '.join(members)}]")
