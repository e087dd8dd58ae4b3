"""Names that a template gives to resources and that are taken already."""

from __future__ import annotations

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets

from local.gaps._types import Json, Record

LEANS_ON = {
    "services.cloudformation.changesets._IMPORT_LOOKUPS": "dict",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
}

#: The property that names a resource of the type, which is also what AWS looks it up by.
_NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SSM::Parameter": "Name",
}


def conflict(kind: str, properties: Json, stack_name: str) -> str | None:
    """AWS's sentence when the name that `properties` ask for belongs to something outside of the stack."""
    key = _NAMES.get(kind)
    name = properties.get(key) if key is not None and isinstance(properties, dict) else None
    if key is None or not isinstance(name, str) or _own(kind, name, stack_name):
        return None
    _, problem = changesets._IMPORT_LOOKUPS[kind]
    if problem(name) is not None:  # nothing of this name can be imported: it is free
        return None
    return f"Resource of type '{kind}' with identifier '{name}' already exists."


def _own(kind: str, name: str, stack_name: str) -> bool:
    """Whether the stack, or one nested in it, has made it: an update does not stumble over its own resources."""
    for other, stack in cloudformation._stacks.items():
        if other == stack_name or other.startswith(f"{stack_name}-"):
            made: list[Record] = list(stack.get("_resources", {}).values())
            if any(one.get("ResourceType") == kind and one.get("PhysicalResourceId") == name for one in made):
                return True
    return False
