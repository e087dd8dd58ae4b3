"""CloudFormation: what a nested application keeps when its stack is updated.

AWS: a resource whose properties do not change is not touched, its attributes stay what they are, and one that can be
changed in place keeps its name, in nested stacks as anywhere (CloudFormation user guide, "Update behaviors of stack
resources").
MiniStack: in nested stacks it forgets the attributes of what did not change, so that every ``Fn::GetAtt`` of it fails
the update; and what is made after a bucket is named after the bucket's own random seed, which is not kept, so that the
first update makes functions and machines anew under other names.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners

from local.gaps import _seams
from local.gaps._types import Record

_UPDATE = "(resource_type, physical_id, old_props, new_props, stack_name, logical_id=None, old_attrs=None)"
LEANS_ON = {
    "services.cloudformation.provisioners._update_resource": _UPDATE,
    "services.cloudformation.stacks._update_resource": _UPDATE,
    "services.cloudformation.provisioners._provision_resource": "(resource_type, logical_id, props, stack_name)",
    "services.cloudformation.provisioners._NAME_SEED": "ContextVar",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
}

_SEED = "_name_seed"
"""Where a nested resource's seed is kept: among its attributes, which are saved with the stack."""

_updating: ContextVar[bool] = ContextVar("updating", default=False)


def _unseeded(provision: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    def provision_resource(resource_type: str, logical_id: str, props: Record, stack_name: str) -> tuple[str, Record]:
        if _updating.get():  # a replacement, under the seed that its update has drawn
            return provision(resource_type, logical_id, props, stack_name)
        provisioners._NAME_SEED.set("")
        physical_id, attributes = provision(resource_type, logical_id, props, stack_name)
        seed = provisioners._NAME_SEED.get()
        return physical_id, {**attributes, _SEED: seed} if seed else attributes

    return provision_resource


def _remembering(update: Callable[..., tuple[str, Record]]) -> Callable[..., tuple[str, Record]]:
    def update_resource(
        resource_type: str,
        physical_id: str,
        old_props: Record,
        new_props: Record,
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: Record | None = None,
    ) -> tuple[str, Record]:
        attributes = _attributes(stack_name, logical_id) if old_attrs is None else old_attrs
        if not provisioners._NAME_SEED.get():
            provisioners._NAME_SEED.set((attributes or {}).get(_SEED, ""))
        # Inside a nested stack its own resources are made, each by itself.
        token = _updating.set(resource_type != "AWS::CloudFormation::Stack")
        try:
            return update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, attributes)
        finally:
            _updating.reset(token)

    return update_resource


def _attributes(stack_name: str, logical_id: str | None) -> Record | None:
    stack: dict[str, Any] = cloudformation._stacks.get(stack_name) or {}
    attributes: Record | None = stack.get("_resources", {}).get(logical_id, {}).get("Attributes")
    return attributes


def install() -> None:
    """Close the gap in this process."""
    for module in ("provisioners", "stacks"):  # the nested and the outermost: a replacement keeps its seed in both
        _seams.replace(f"services.cloudformation.{module}._update_resource", _remembering)
    _seams.replace("services.cloudformation.provisioners._provision_resource", _unseeded)
