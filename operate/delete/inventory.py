"""The resources of a stack and of the applications nested in it, and which of them a deletion leaves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from operate.clients import Target

STAYS = frozenset({"Retain", "Snapshot"})
"""DeletionPolicies that leave something of a resource. RetainExceptOnCreate is read as Retain: the stack is made."""

WITH_THEIR_FUNCTION = frozenset({"AWS::Lambda::Version"})
"""SAM retains versions, so that an update keeps the old one; they go with their function all the same."""

NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Resource:
    """``name``: physical id, that is a name, URL or ARN."""

    logical_id: str
    kind: str
    name: str
    stays: bool


@dataclass(frozen=True)
class Inventory:
    """What a stack has before it is deleted."""

    stack: str
    resources: tuple[Resource, ...]

    @property
    def kept(self) -> list[Resource]:
        """What a deletion leaves."""
        return [each for each in self.resources if each.stays]

    def names(self, kind: str) -> list[str]:
        """Of the resources of a type that go."""
        return [each.name for each in self.resources if each.kind == kind and not each.stays]

    def counts(self) -> list[tuple[str, int]]:
        """Types of what goes with how many of each, the most frequent first."""
        return Counter(each.kind for each in self.resources if not each.stays).most_common()


def read(target: Target) -> Inventory:
    """Raises NoStack where there is none of the name."""
    target.parameters()
    cloudformation = target.client("cloudformation")
    return Inventory(target.stack, tuple(_of(cloudformation, target.stack)))


def _of(cloudformation: Any, stack: str) -> Iterator[Resource]:
    policies = _policies(cloudformation, stack)
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            name, logical_id = str(each.get("PhysicalResourceId", "")), str(each["LogicalResourceId"])
            if not name or each["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            if each["ResourceType"] == NESTED:
                yield from _of(cloudformation, name)
            kind = str(each["ResourceType"])
            stays = policies.get(logical_id, "").removesuffix("ExceptOnCreate") in STAYS
            yield Resource(logical_id, kind, name, stays and kind not in WITH_THEIR_FUNCTION)


def _policies(cloudformation: Any, stack: str) -> Mapping[str, str]:
    """Logical id -> DeletionPolicy, by the template as the transform left it."""
    body = cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    return {name: str(each.get("DeletionPolicy", "")) for name, each in template["Resources"].items()}
