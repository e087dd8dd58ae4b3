"""Under which KMS key something lies, and what whoever reads or writes it asks of the key.

AWS: S3, SQS, SNS, DynamoDB, Kinesis and Secrets Manager ask KMS in the name of their caller, be it a role, a user or
another service, and pass on its refusal. The caller needs the right to the key beside the right to the resource, by the
key's own policy and its own (guides: S3 "Protecting data with SSE-KMS", SQS and SNS "Key management", DynamoDB "Using
AWS KMS keys", Kinesis "Permissions to use user-generated KMS keys", Secrets Manager "Secret encryption and
decryption").
A key of AWS's own (``alias/aws/...``) is open to everybody in the account.
MiniStack: keeps the name of the key and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, kinesis, kms, s3, secretsmanager, sns, sqs

from local.gaps._types import Json, Record

LEANS_ON = {
    "services.dynamodb._tables": "AccountRegionScopedDict",
    "services.kinesis._streams": "AccountRegionScopedDict",
    "services.kms._resolve_key": "(key_id_or_arn)",
    "services.s3._bucket_default_sse_headers": "(bucket_name)",
    "services.s3._buckets": "AccountScopedDict",
    "services.secretsmanager._resolve": "(secret_id, *, use_arn_scope=False)",
    "services.sns._topic_by_arn_any_scope": "(topic_arn)",
    "services.sqs._queue_by_arn": "(arn)",
}

HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
"""Where S3 says under which key an object lies."""

_OPENS = ("kms:Decrypt",)
_SEALS = ("kms:GenerateDataKey", "kms:Decrypt")
#: Action on a resource -> actions on its key. One object is written under a data key, which only an upload in parts
#: opens again; a table's key is opened for writes too.
_ASKED: Mapping[str, tuple[str, ...]] = {
    "s3:GetObject": _OPENS,
    "s3:GetObjectVersion": _OPENS,
    "s3:PutObject": ("kms:GenerateDataKey",),
    "sqs:ReceiveMessage": _OPENS,
    "sqs:SendMessage": _SEALS,
    "sns:Publish": _SEALS,
    "kinesis:GetRecords": _OPENS,
    "kinesis:PutRecord": ("kms:GenerateDataKey",),
    "kinesis:PutRecords": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": _OPENS,
    **{
        f"dynamodb:{name}": _OPENS
        for name in (
            "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
            "TransactGetItems", "TransactWriteItems",
        )
    },
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One action on one key, with the condition keys that KMS sees."""

    action: str
    key: str
    context: Record = field(default_factory=dict)


Kind = Literal["denied", "disabled", "state", "missing"]


@dataclass(frozen=True)
class Refusal:
    """Why a key cannot be used."""

    kind: Kind
    message: str


def uses(action: str, resource: str) -> tuple[Use, ...]:
    """What ``action`` on ``resource`` asks of the key that the resource lies under; nothing where it has none."""
    if action not in _ASKED:
        return ()
    service = resource.split(":")[2]
    if action == "s3:PutObject":
        key = s3._bucket_default_sse_headers(resource.rpartition(":")[2].partition("/")[0]).get(HEADER)
    else:
        key = _KEYS[service](resource)
    return under(key, service, _ASKED[action], resource)


def under(key: str | None, service: str, actions: tuple[str, ...], resource: str) -> tuple[Use, ...]:
    """The uses of ``key`` through a service; of a bucket's key the context is the bucket, since bucket keys are on or
    the policies here do not tell an object from its bucket.
    """
    if not key or "alias/aws/" in key:
        return ()
    record = kms._resolve_key(key)
    context = {
        "kms:viaservice": f"{service}.{get_region()}.amazonaws.com",
        "kms:calleraccount": get_account_id(),
        **({"kms:encryptioncontext:aws:s3:arn": resource.partition("/")[0]} if service == "s3" else {}),
    }
    return tuple(Use(action, record["Arn"] if record else key, context) for action in actions)


def unusable(use: Use) -> Refusal | None:
    """Why nobody can use the key now."""
    record = kms._resolve_key(use.key)
    if record is None:
        return Refusal("missing", f"Invalid keyId '{use.key}'")
    match record["KeyState"]:
        case "Enabled":
            return None
        case "Disabled":
            return Refusal("disabled", f"{use.key} is disabled.")
        case state:
            return Refusal("state", f"{use.key} is {state}.")


def _queue(arn: str) -> str | None:
    return _text(((sqs._queue_by_arn(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId"))


def _topic(arn: str) -> str | None:
    return _text(((sns._topic_by_arn_any_scope(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId"))


def _table(arn: str) -> str | None:
    table: Json = dynamodb._tables.get(arn.rpartition("table/")[2].partition("/")[0]) or {}
    return _text((table.get("SSEDescription") or {}).get("KMSMasterKeyArn"))


def _stream(arn: str) -> str | None:
    stream: Json = kinesis._streams.get(arn.rpartition("/")[2]) or {}
    return _text(stream.get("KeyId")) if stream.get("EncryptionType") == "KMS" else None


def _secret(arn: str) -> str | None:
    _, secret = secretsmanager._resolve(arn)
    return _text((secret or {}).get("KmsKeyId"))


def _object(arn: str) -> str | None:
    """Of the current version."""
    bucket, _, key = arn.rpartition(":")[2].partition("/")
    stored: Json = ((s3._buckets.get(bucket) or {}).get("objects") or {}).get(key) or {}
    return _text((stored.get("preserved_headers") or {}).get(HEADER))


def _text(value: Json) -> str | None:
    return str(value) if value else None


_KEYS: Mapping[str, Callable[[str], str | None]] = {
    "sqs": _queue,
    "sns": _topic,
    "dynamodb": _table,
    "kinesis": _stream,
    "secretsmanager": _secret,
    "s3": _object,
}
