"""CloudFormation: names of exports are unique, and what is imported stays as it is.

AWS: an export's name is unique in an account and Region ("Export with name X is already exported by stack Y"); what
another stack imports can be neither changed nor taken away ("Cannot update export X as it is in use by Y"; user guide,
"Get exported outputs from a deployed CloudFormation stack"); an import without an export fails the stack ("No export
named X found").
MiniStack: lets the later stack take over the name, keeps an export that an update took away, changes what is imported,
and says that the export was not found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import engine, handlers

from local.gaps import _seams
from local.gaps._types import Json, Record

_RESOLVE = "(value, resources, params, conditions, mappings, stack_name, stack_id)"
LEANS_ON = {
    "services.cloudformation._exports": "AccountRegionScopedDict",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
    "services.cloudformation.stacks._resolve_stack_outputs": (
        "(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)"
    ),
    "services.cloudformation.handlers._imported_export_names": "(stack, stack_name)",
    "services.cloudformation.engine._resolve_refs": _RESOLVE,
    "services.cloudformation.stacks._resolve_refs": _RESOLVE,
}


def _importer(export: str, but: str) -> str | None:
    """A stack that imports `export`, other than the one that has it."""
    for name, stack in cloudformation._stacks.items():
        status = stack.get("StackStatus", "")
        alive = status.endswith("_COMPLETE") and "DELETE" not in status and status != "ROLLBACK_COMPLETE"
        if alive and name != but and export in handlers._imported_export_names(stack, name):
            return str(name)
    return None


def _refuse(outputs: list[Record], exports: Record, stack_name: str, stack_id: str) -> None:
    """Raise ValueError for the first export that may not be as it is wanted."""
    for name, count in Counter(one["ExportName"] for one in outputs if one.get("ExportName")).items():
        held = cloudformation._exports.get(name)
        owner = stack_name if count > 1 else None
        if held is not None and held["StackId"] != stack_id:
            owner = held["StackId"].split("/")[1]
        if owner is not None:
            raise ValueError(f"Export with name {name} is already exported by stack {owner}")
    for name in _own(stack_id):
        changed = exports.get(name, {}).get("Value") != cloudformation._exports[name]["Value"]
        used_by = _importer(name, stack_name) if changed else None
        if used_by is not None:
            what = "update" if name in exports else "delete"
            raise ValueError(f"Cannot {what} export {name} as it is in use by {used_by}")


def _own(stack_id: str) -> list[str]:
    return [name for name, export in cloudformation._exports.items() if export["StackId"] == stack_id]


def _unique(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_stack_outputs(
        outputs_defs: Record,
        conditions: Record,
        resources: Record,
        param_values: Record,
        mappings: Record,
        stack_name: str,
        stack_id: str,
    ) -> tuple[list[Record], Record]:
        outputs, exports = resolve(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)
        _refuse(outputs, exports, stack_name, stack_id)
        for name in _own(stack_id):
            if name not in exports:
                del cloudformation._exports[name]
        return outputs, exports

    return resolve_stack_outputs


def _told(resolve: Callable[..., Json]) -> Callable[..., Json]:
    def resolve_refs(value: Json, *scope: Any) -> Json:
        if isinstance(value, dict) and "Fn::ImportValue" in value:
            name = str(engine._resolve_refs(value["Fn::ImportValue"], *scope))
            if name not in cloudformation._exports:
                raise ValueError(f"No export named {name} found")
        return resolve(value, *scope)

    return resolve_refs


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.stacks._resolve_stack_outputs", _unique)
    for module in ("engine", "stacks"):
        _seams.replace(f"services.cloudformation.{module}._resolve_refs", _told)
