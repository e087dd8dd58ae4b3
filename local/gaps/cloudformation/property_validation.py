"""CloudFormation: properties are compared with the resource schemas before any resource is made.

AWS: CreateStack and UpdateStack answer, then the operation fails before the first resource, with a VALIDATION_ERROR
event for each property that does not exist, is missing, read-only, of the wrong type or outside its values, and for
each name that is taken; ``DisableValidation`` leaves it out (CloudFormation user guide, "Validate stack deployments").
Templates of nested stacks are read when their stack is made, and fail that resource.
MiniStack: has the events and looks at the names of buckets and at the values of one property of one type.

Nested templates are looked into from the root's validation here, so that all faults are told at once, before anything
is made; their paths go through the resource that nests them. A nested stack whose address or parameters were not
known then is validated when it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudformation import _stack, _static
from local.gaps.cloudformation._template.nodes import section

LEANS_ON = {
    "services.cloudformation.stacks._validation_errors": (
        "(resources_defs, ordered, param_values, conditions, mappings, stack_name, stack_id, owned_buckets=frozenset())"
    ),
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    **_stack.LEANS_ON,
}

#: Logical id, type, name of the validation, path and reason.
Error = tuple[str, str, str, str, str]


def _with_schemas(shipped: Callable[..., list[Error]]) -> Callable[..., list[Error]]:
    def validation_errors(  # noqa: PLR0917 - MiniStack's own shape
        resources_defs: Record,
        ordered: list[str],
        param_values: Record,
        conditions: Record,
        mappings: Record,
        stack_name: str,
        stack_id: str,
        owned_buckets: frozenset[str] = frozenset(),
    ) -> list[Error]:
        unknown = frozenset(resources_defs)
        scope = _static.Scope(param_values, conditions, mappings, unknown, stack_name, stack_id)
        found = [
            (one.logical_id, one.kind, one.validation, one.fault.pointer(), one.fault.sentence)
            for one in _stack.findings({name: resources_defs[name] for name in ordered}, scope)
        ]
        paths = {path for _, _, _, path, _ in found}
        own = shipped(resources_defs, ordered, param_values, conditions, mappings, stack_name, stack_id, owned_buckets)
        return [error for error in own if error[3] not in paths] + found

    return validation_errors


def _validated(handlers: dict[str, Json]) -> dict[str, Json]:
    """The provisioner of nested stacks: the second door, with every parameter known."""
    nesting = handlers["AWS::CloudFormation::Stack"]
    create, update = nesting["create"], nesting["update"]

    def validated_create(logical_id: str, props: Record, stack_name: str) -> Any:
        _refuse(logical_id, props, stack_name)
        return create(logical_id, props, stack_name)

    def validated_update(physical_id: str, old_props: Record, new_props: Record, stack_name: str) -> Any:
        _refuse(physical_id, new_props, stack_name)
        return update(physical_id, old_props, new_props, stack_name)

    handlers["AWS::CloudFormation::Stack"] = {**nesting, "create": validated_create, "update": validated_update}
    return handlers


def _refuse(name: str, props: Record, stack_name: str) -> None:
    scope = _static.Scope({}, {}, {}, frozenset(), stack_name)
    for one in _stack.nested(name, section({"Properties": props}, "Properties"), scope):
        raise ValueError(f"{one.fault.sentence} ({one.fault.pointer()})" if one.fault.path else one.fault.sentence)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.stacks._validation_errors", _with_schemas)
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _validated)
