"""What a template references and nowhere declares."""

from __future__ import annotations

from collections.abc import Iterator

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import (
    PSEUDO_PARAMETERS,
    Fault,
    Path,
    Reference,
    calls,
    references,
    section,
)

_BLOCKS = ("Resources", "Outputs")
_CONDITION_FUNCTIONS = ("Fn::And", "Fn::Or", "Fn::Not")


def faults(template: Record) -> Iterator[Fault]:
    """Every reference without an end, the ones of the Conditions first: a stack evaluates these first."""
    yield from _conditions(template)
    for block in _BLOCKS:
        for name, definition in section(template, block).items():
            if isinstance(definition, dict):
                yield from _condition(template, block, str(name), definition)
                if block == "Resources":
                    yield from _depends_on(template, str(name), definition.get("DependsOn"))
        yield from _unresolved(template, block)
    yield from _mappings(template)
    yield from _export_names(template)


def _export_names(template: Record) -> Iterator[Fault]:
    """The name of an export is known before any resource is."""
    for output, definition in section(template, "Outputs").items():
        export = definition.get("Export") if isinstance(definition, dict) else None
        name = export.get("Name") if isinstance(export, dict) else None
        path = ("Outputs", str(output), "Export", "Name")
        named = {reference.name for reference in references(name, path)}
        called = {function for _, function, _ in calls(name, path)}
        if named & section(template, "Resources").keys() or called & {"Fn::ImportValue", "Fn::GetAZs"}:
            yield Fault(
                path,
                f"Template format error: Output {output} is malformed.  The Name field of Export must not depend on any"
                " resources, imported values, or Fn::GetAZs.",
            )


def unresolved(names: set[str], block: str, path: Path) -> Fault:
    """AWS's sentence for names that nothing in the template has."""
    listed = ", ".join(sorted(names))
    return Fault(
        path, f"Template format error: Unresolved resource dependencies [{listed}] in the {block} block of the template"
    )


def _unresolved(template: Record, block: str) -> Iterator[Fault]:
    resources, parameters = section(template, "Resources"), section(template, "Parameters")
    conditions = section(template, "Conditions")
    dangling: dict[str, Path] = {}
    for reference in references(section(template, block), (block,)):
        if reference.function == "Fn::If":
            if reference.name not in conditions:
                yield Fault(
                    reference.path, f"Template error: unresolved condition dependency {reference.name} in Fn::If"
                )
        elif reference.attribute is None:
            if not {reference.name} & (resources.keys() | parameters.keys() | PSEUDO_PARAMETERS):
                dangling.setdefault(reference.name, reference.path)
        elif reference.name not in resources:
            yield _attribute_of_nothing(reference)
    if dangling:
        yield unresolved(set(dangling), block, next(iter(dangling.values())))


def _attribute_of_nothing(reference: Reference) -> Fault:
    if reference.function == "Fn::GetAtt":
        sentence = f"instance of Fn::GetAtt references undefined resource {reference.name}"
    else:
        sentence = f"instance of Fn::Sub references invalid resource attribute {reference.name}.{reference.attribute}"
    return Fault(reference.path, f"Template error: {sentence}")


def _depends_on(template: Record, name: str, wanted: Json) -> Iterator[Fault]:
    listed = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    missing = {other for other in listed if isinstance(other, str)} - section(template, "Resources").keys()
    if missing:
        yield unresolved(missing, "Resources", ("Resources", name, "DependsOn"))


def _condition(template: Record, block: str, name: str, definition: Record) -> Iterator[Fault]:
    wanted = definition.get("Condition")
    if isinstance(wanted, str) and wanted not in section(template, "Conditions"):
        yield Fault((block, name, "Condition"), f"Template format error: Condition {wanted} is not defined.")


def _conditions(template: Record) -> Iterator[Fault]:
    conditions = section(template, "Conditions")
    known = section(template, "Parameters").keys() | PSEUDO_PARAMETERS
    for name, expression in conditions.items():
        path = ("Conditions", str(name))
        foreign = {found.name: found.path for found in references(expression, path) if found.function != "Fn::If"}
        foreign = {other: where for other, where in foreign.items() if other not in known}
        if foreign:
            yield Fault(
                next(iter(foreign.values())),
                f"Template format error: Unresolved dependencies [{', '.join(sorted(foreign))}]. Cannot reference"
                " resources in the Conditions block of the template",
            )
        missing = sorted(condition_names(expression) - conditions.keys())
        if missing:
            yield Fault(
                path,
                f"Template format error: Unresolved condition dependencies [{', '.join(missing)}] in the Conditions"
                " block of the template",
            )
    yield from _circles(conditions)


def condition_names(expression: Json) -> set[str]:
    """The other conditions that a condition names."""
    if isinstance(expression, list):
        return {name for part in expression for name in condition_names(part)}
    if not isinstance(expression, dict):
        return set()
    if set(expression) == {"Condition"}:
        return {str(expression["Condition"])}
    return {name for key in _CONDITION_FUNCTIONS for name in condition_names(expression.get(key))}


def _circles(conditions: Record) -> Iterator[Fault]:
    from graphlib import CycleError, TopologicalSorter

    graph = {name: condition_names(expression) for name, expression in conditions.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        members = sorted(set(error.args[1]))
        yield Fault(
            ("Conditions", members[0]),
            f"Template error: Circular dependency between conditions: [{', '.join(members)}]",
        )


def _mappings(template: Record) -> Iterator[Fault]:
    mappings = section(template, "Mappings")
    for block in ("Conditions", *_BLOCKS):
        for path, function, argument in calls(section(template, block), (block,)):
            if function != "Fn::FindInMap" or not isinstance(argument, list) or not argument:
                continue
            fallback = len(argument) > 3 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]
            if isinstance(argument[0], str) and argument[0] not in mappings and not fallback:
                yield Fault(
                    path,
                    f"Template error: Mapping named '{argument[0]}' is not present in the 'Mappings' section of"
                    " template.",
                )
