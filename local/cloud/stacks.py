"""Resources of a stack and of the applications nested in it, by the logical ids of the templates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class UnknownResource(LookupError):
    """Neither the stack nor an application nested in it has the resource; the message names it."""


def physical_id(cloudformation: Any, stack: str, logical_id: str) -> str:
    """What a resource is called once it exists. Logical ids are unique over all templates of this application.

    Raises UnknownResource where there is none.
    """
    for resource in resources(cloudformation, stack):
        if resource["LogicalResourceId"] == logical_id:
            return str(resource["PhysicalResourceId"])
    raise UnknownResource(f"The stack {stack!r} has no resource {logical_id!r}; the templates list them.")


def resources(cloudformation: Any, stack: str) -> Iterator[dict[str, Any]]:
    """Everything in the stack and in the applications nested in it, as ListStackResources tells of it."""
    for name in _with_nested(cloudformation, stack):
        yield from _resources(cloudformation, name)


def _with_nested(cloudformation: Any, stack: str) -> Iterator[str]:
    yield stack
    for resource in _resources(cloudformation, stack):
        if resource["ResourceType"] == "AWS::CloudFormation::Stack" and resource.get("PhysicalResourceId"):
            yield from _with_nested(cloudformation, resource["PhysicalResourceId"])


def _resources(cloudformation: Any, stack: str) -> Iterator[dict[str, Any]]:
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        yield from page["StackResourceSummaries"]
