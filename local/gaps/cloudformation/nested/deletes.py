"""CloudFormation: a nested stack is deleted as any stack is.

AWS: the DeletionPolicy of a resource holds in a nested stack too, so that a bucket with ``Retain`` stays; a resource
that cannot be deleted leaves the nested stack DELETE_FAILED, and with it the stack above ("Embedded stack ... was not
successfully deleted"), and the next delete tries again (CloudFormation user guide, "DeletionPolicy attribute",
"Delete stack fails").
MiniStack: deletes every resource of a nested stack, and calls it deleted whatever failed.
"""

from __future__ import annotations

import asyncio

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._nested_stack_lookup_name": "(physical_id_or_arn)",
    "services.cloudformation.stacks._delete_stack_async": "(stack_name, stack_id, retain_resources=(), force=False)",
    "services.cloudformation.stacks._runs_on_worker_thread": "(resource_type)",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
}

_TYPE = "AWS::CloudFormation::Stack"


def _delete(physical_id: str, _props: Record) -> None:
    """Runs in a thread of its own, as everything that is done to a nested stack."""
    name = provisioners._nested_stack_lookup_name(physical_id)
    stack = cloudformation._stacks.get(name)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    asyncio.run(stacks._delete_stack_async(name, stack["StackId"]))
    if stack["StackStatus"] != "DELETE_COMPLETE":
        reason = stack.get("StackStatusReason", "")
        raise ValueError(f"Embedded stack {stack['StackId']} was not successfully deleted: {reason}")


def _keeping(handlers: dict[str, Json]) -> dict[str, Json]:
    handlers[_TYPE] = {**handlers[_TYPE], "delete": _delete}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _keeping)
