"""DynamoDB, Kinesis and Secrets Manager: what lies under a KMS key is reached by those who may use the key.

AWS: items of a table need kms:Decrypt, for writes too, since the table's key is opened for each principal (DynamoDB
Developer Guide, "Using AWS KMS keys"); records need kms:GenerateDataKey to be put and kms:Decrypt to be read, else
KMSAccessDeniedException (Kinesis Developer Guide, "Permissions to use user-generated KMS keys"); a secret needs
kms:Decrypt (Secrets Manager User Guide, "Secret encryption and decryption").
MiniStack: keeps the key's name and asks nobody.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import wraps

from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id

from local.gaps import _authority, _keys, _seams
from local.gaps._types import Answer, Json, Record, json_error

LEANS_ON = {
    **_authority.LEANS_ON,
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.dynamodb.handle_request": "(method, path, headers, body, query_params)",
    "services.kinesis.handle_request": "(method, path, headers, body, query_params)",
    "services.secretsmanager.handle_request": "(method, path, headers, body, query_params)",
}

_Handler = Callable[..., Awaitable[Answer]]

_KINESIS = {
    "denied": "KMSAccessDeniedException",
    "disabled": "KMSDisabledException",
    "state": "KMSInvalidStateException",
    "missing": "KMSNotFoundException",
}
_OTHERS = dict.fromkeys(_KINESIS, "AccessDeniedException")


def _here(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _tables(data: Record) -> Iterator[str]:
    names = [data.get("TableName"), *(data.get("RequestItems") or {})]
    for item in data.get("TransactItems") or ():
        names += [operation.get("TableName") for operation in item.values()]
    yield from (name if name.startswith("arn:") else _here("dynamodb", f"table/{name}") for name in names if name)


def _streams(data: Record) -> Iterator[str]:
    name = data.get("StreamARN") or data.get("StreamName")
    if name:
        yield name if name.startswith("arn:") else _here("kinesis", f"stream/{name}")


def _secrets(data: Record) -> Iterator[str]:
    name = str(data.get("SecretId") or "")
    if name:
        yield name if name.startswith("arn:") else _here("secretsmanager", f"secret:{name}")


def _asking(
    service: str, resources: Callable[[Record], Iterator[str]], codes: Mapping[str, str]
) -> Callable[[_Handler], _Handler]:
    def make(handle: _Handler) -> _Handler:
        @wraps(handle)
        async def handle_request(method: str, path: str, headers: Record, body: bytes, query: Record) -> Answer:
            action = f"{service}:{headers.get('x-amz-target', '').rpartition('.')[2]}"
            caller = extract_access_key_id(headers, query)
            for resource in resources(_members(body)) if caller else ():
                refusal = _authority.keys_refuse(caller, _keys.uses(action, resource))
                if refusal is not None:
                    return json_error(codes[refusal.kind], refusal.message)
            return await handle(method, path, headers, body, query)

        return handle_request

    return make


def _members(body: bytes) -> Record:
    """Of the request; none of what is no JSON object, which MiniStack refuses itself."""
    try:
        data: Json = json.loads(body or b"{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.dynamodb.handle_request", _asking("dynamodb", _tables, _OTHERS))
    _seams.replace("services.kinesis.handle_request", _asking("kinesis", _streams, _KINESIS))
    _seams.replace("services.secretsmanager.handle_request", _asking("secretsmanager", _secrets, _OTHERS))
