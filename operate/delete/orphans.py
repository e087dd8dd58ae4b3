"""What is there after a deletion though the stack is gone, each with the command that removes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from operate.delete.inventory import Inventory, Resource

if TYPE_CHECKING:
    from operate.clients import Target

REMOVING = {
    "AWS::S3::Bucket": "empty it with all versions (console, Empty), then aws s3 rb s3://{name}",
    "AWS::DynamoDB::Table": "aws dynamodb delete-table --table-name {name}",
    "AWS::KMS::Key": "aws kms schedule-key-deletion --key-id {name}, once nothing is encrypted by it",
    "AWS::Logs::LogGroup": "aws logs delete-log-group --log-group-name {name}",
    "AWS::SecretsManager::Secret": "aws secretsmanager delete-secret --secret-id {name}",
}


def removing(resource: Resource) -> str:
    """How to remove what a deletion has left."""
    command = REMOVING.get(resource.kind, "delete it where it is (" + resource.kind + ")")
    return command.format(name=resource.name)


def found(target: Target, before: Inventory) -> Iterator[str]:
    """A line for each thing that nobody meant to keep: none of them belongs to what stays."""
    functions = [name for name in before.names("AWS::Lambda::Function") if name]
    yield from _log_groups(target.client("logs"), before, functions)
    yield from _mappings(target.client("lambda"), functions)
    yield from _functions(target.client("lambda"), functions)


def _log_groups(logs: Any, before: Inventory, functions: list[str]) -> Iterator[str]:
    """Groups of the stack, and those that Lambda makes for a function that has none of its own."""
    known = set(before.names("AWS::Logs::LogGroup")) | {f"/aws/lambda/{name}" for name in functions}
    for prefix in sorted({*known, f"/aws/lambda/{before.stack}-"}):
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for group in page["logGroups"]:
                name = group["logGroupName"]
                # A stack of another name may begin with the name of this one: only what was known is ours.
                if name in known and name == prefix:
                    yield f"log group {name}: aws logs delete-log-group --log-group-name {name}"
                elif name not in known and prefix.endswith("-"):
                    yield f"log group {name}, perhaps of a stack that is named alike: look at it"


def _mappings(client: Any, functions: list[str]) -> Iterator[str]:
    for page in client.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            parts = str(mapping.get("FunctionArn", "")).split(":")
            if len(parts) > 6 and parts[6] in functions and mapping.get("State") != "Deleting":
                uuid = mapping["UUID"]
                yield f"event source mapping of {parts[6]}: aws lambda delete-event-source-mapping --uuid {uuid}"


def _functions(client: Any, functions: list[str]) -> Iterator[str]:
    there = {
        each["FunctionName"] for page in client.get_paginator("list_functions").paginate() for each in page["Functions"]
    }
    for name in functions:
        if name in there:
            yield f"function {name}: aws lambda delete-function --function-name {name}"
