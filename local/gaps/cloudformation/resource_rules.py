"""CloudFormation: what fails when the resource is made, with every value known.

AWS: each resource is compared with its schema once more when its turn comes, which finds what came from another
resource or was let through by ``DisableValidation``; then the service refuses what no schema says: a key without its
attribute, a policy without an effect (the API references of the services; IAM user guide, "Grammar of the IAM JSON
policy language").
MiniStack: writes most properties into its stores as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_region

from local.gaps import _seams
from local.gaps._types import Record
from local.gaps.cloudformation._template import rules, schemas

_CREATE = "(resource_type, logical_id, props, stack_name)"
_UPDATE = "(resource_type, physical_id, old_props, new_props, stack_name, logical_id=None, old_attrs=None)"
LEANS_ON = {
    f"services.cloudformation.{module}.{name}": shape
    for module in ("stacks", "provisioners")
    for name, shape in (("_provision_resource", _CREATE), ("_update_resource", _UPDATE))
}


def _refuse(kind: str, name: str, properties: Record) -> None:
    """Raise ValueError for the first thing that the resource's provider or service refuses."""
    for fault in schemas.faults(kind, properties, get_region()):
        raise ValueError(
            f"Properties validation failed for resource {name} with message: #{fault.pointer()}: {fault.sentence}"
        )
    for sentence in rules.sentences(kind, properties):
        raise ValueError(sentence)


def _creating(provision: Callable[..., Any]) -> Callable[..., Any]:
    def provision_resource(resource_type: str, logical_id: str, props: Record, stack_name: str) -> Any:
        _refuse(resource_type, logical_id, props)
        return provision(resource_type, logical_id, props, stack_name)

    return provision_resource


def _updating(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_resource(
        resource_type: str,
        physical_id: str,
        old_props: Record,
        new_props: Record,
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: Record | None = None,
    ) -> Any:
        if new_props != old_props:
            _refuse(resource_type, logical_id or physical_id, new_props)
        return update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    return update_resource


def install() -> None:
    """Close the gap in this process."""
    for path in LEANS_ON:
        _seams.replace(path, _creating if path.endswith("_provision_resource") else _updating)
