"""Which API calls a handler can reach, read from the code: modules it imports, also late, and operations they name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.session import get_session

from local.cloud.testing import ROOT

FUNCTIONS = ROOT / "functions"

_PREFIXES = {
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "sagemaker-runtime": "sagemaker",
    "stepfunctions": "states",
}
"""IAM's name of a service, where boto3 has another."""
_ACTIONS = {
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "GetObject"): ("s3:GetObject", "s3:GetObjectVersion"),
    ("s3", "GetObjectTagging"): ("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "WriteGetObjectResponse"): ("s3-object-lambda:WriteGetObjectResponse",),
    ("bedrock", "Converse"): ("bedrock:InvokeModel",),
    ("s3", "CopyObject"): ("s3:GetObject", "s3:PutObject"),
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage",),
    ("dynamodb", "TransactWriteItems"): ("dynamodb:ConditionCheckItem", "dynamodb:UpdateItem"),
}
"""Actions of an operation that are called otherwise (service authorization reference)."""


_BY_NAME = {
    "llm.handlers.evaluate": [
        f"llm.modules.{path.stem}" for path in sorted((FUNCTIONS / "llm" / "modules").glob("*.py"))
    ]
}
"""Handler -> modules that it imports by a name that is data."""


@dataclass(frozen=True)
class Read:
    """What a module imports of ours, which clients it makes, and every name and text that may be an operation."""

    imports: frozenset[str]
    clients: frozenset[str]
    names: frozenset[str]


def actions(handler: str) -> set[str]:
    """IAM actions that the code behind ``package.module.function`` could ask for."""
    read = [_read(path) for path in _reachable(handler.rpartition(".")[0])]
    clients = {client for each in read for client in each.clients}
    names = {name for each in read for name in each.names}
    return {action for client in clients for name in names for action in _asked(client, name)}


def _reachable(module: str) -> set[Path]:
    found: set[Path] = set()
    left = [module, *_BY_NAME.get(module, ())]
    while left:
        for path in _files(left.pop()):
            if path not in found:
                found.add(path)
                left += _read(path).imports
    return found


def _files(module: str) -> Iterator[Path]:
    """The file of a module or of the module that has this name in it, and the packages around it."""
    place = FUNCTIONS
    for part in module.split("."):
        if (place / f"{part}.py").exists():
            yield place / f"{part}.py"
        place = place / part
        if (place / "__init__.py").exists():
            yield place / "__init__.py"


@cache
def _read(path: Path) -> Read:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports, clients, names = set[str](), set[str](), set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=imported):
                imports |= {each.name for each in imported}
            case ast.ImportFrom(module=str(module), names=imported, level=0):
                imports |= {f"{module}.{each.name}" for each in imported}
            case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service)), *_]):
                clients.add(service)
            case ast.Attribute(attr=name):
                names.add(name)
            case ast.Constant(value=str(name)):
                names.add(name)
    return Read(frozenset(imports), frozenset(clients), frozenset(names))


@cache
def _operations(client: str) -> dict[str, str]:
    """boto3's method -> operation."""
    return {xform_name(name): name for name in get_session().get_service_model(client).operation_names}


def _asked(client: str, name: str) -> tuple[str, ...]:
    operation = _operations(client).get(name)
    if operation is None:
        return ()
    prefix = _PREFIXES.get(client, client)
    return _ACTIONS.get((prefix, operation), (f"{prefix}:{operation}",))
