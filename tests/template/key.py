"""What lies under the owner's KMS key, who touches it, and what they need of the key: read from decided templates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local.cloud.deploying.template import Template
from local.cloud.testing import ROOT
from tests.template.decided import application, everything, named, theirs
from tests.template.resources import listed, of_type
from tests.template.translate import TEMPLATE, packaged

KEY = theirs()["KmsKeyArn"]
ACCOUNT, REGION = "123456789012", "us-east-1"
DECRYPT, WRITE = "kms:Decrypt", "kms:GenerateDataKey"
Needs = Mapping[str, frozenset[str]]
"""Service, as kms:ViaService or a principal has it -> actions on the key."""

_OPENS = frozenset({DECRYPT})
_SEALS = frozenset({DECRYPT, WRITE})
"""What is written lies under a data key, which SQS, S3's bucket keys and its uploads in parts open again."""
USES: Mapping[str, frozenset[str]] = {
    "s3:GetObject": _OPENS,
    "s3:GetObjectVersion": _OPENS,
    "s3:PutObject": _SEALS,
    "sqs:ReceiveMessage": _OPENS,
    "sqs:SendMessage": _SEALS,
    "sns:Publish": _SEALS,
    "kinesis:GetRecords": _OPENS,
    "kinesis:PutRecord": frozenset({WRITE}),
    "kinesis:PutRecords": frozenset({WRITE}),
    "secretsmanager:GetSecretValue": _OPENS,
    "s3vectors:PutVectors": _SEALS,
    "s3vectors:GetVectors": _OPENS,
    "s3vectors:QueryVectors": _OPENS,
    # The key of a table, which a grant seals, is opened for whoever reads or writes.
    **{
        f"dynamodb:{verb}": _OPENS
        for verb in ("GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem")
    },
}
"""Action on what lies under a key -> actions on the key that the same principal needs, by each service's own guide:
"Protecting data with SSE-KMS" (S3), "Key management" (SQS, SNS), "How do I use server-side encryption?" (Kinesis),
"Using AWS KMS keys" (DynamoDB), "Secret encryption and decryption" (Secrets Manager)."""

_SERVICES = {"s3:PutObject": frozenset({WRITE})}
"""Less, where a service writes one whole object in its own name (Bedrock user guide, "Monitor model invocation using
CloudWatch Logs and Amazon S3")."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "AWS::S3::Bucket": (
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        "0",
        "ServerSideEncryptionByDefault",
        "KMSMasterKeyID",
    ),
    "AWS::S3Vectors::VectorBucket": ("EncryptionConfiguration", "KmsKeyArn"),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::KinesisFirehose::DeliveryStream": ("DeliveryStreamEncryptionConfigurationInput", "KeyARN"),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::Athena::WorkGroup": ("WorkGroupConfiguration", "ResultConfiguration", "EncryptionConfiguration", "KmsKey"),
}
"""Kind of resource -> where its key stands."""
_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{{}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{}}-a1b2c3",
    "AWS::S3Vectors::VectorBucket": f"arn:aws:s3vectors:{REGION}:{ACCOUNT}:bucket/{{}}",
}
_LOGS = frozenset(f"kms:{word}*" for word in ("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "Describe"))
"""CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service"."""


def key_of(kind: str, properties: Mapping[str, Any]) -> str | None:
    found: Any = properties
    for name in KINDS[kind]:
        found = found[int(name)] if isinstance(found, list) else (found or {}).get(name)
    return None if found is None else str(found)


@dataclass(frozen=True)
class Stack:
    """The templates of a stack, decided."""

    templates: tuple[Template, ...]

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for template in self.templates:
            yield from of_type(template, kind).items()

    @cached_property
    def under_the_key(self) -> frozenset[str]:
        """ARNs of what is encrypted by the key, of the kinds that somebody reads or writes by name."""
        return frozenset(
            _ARNS[kind].format(named(kind, name))
            for kind in _ARNS
            for name, properties in self.of(kind)
            if key_of(kind, properties) == KEY
        )

    def is_under_it(self, resource: str) -> bool:
        return any(re.fullmatch(rf"{re.escape(arn)}(/.*)?", resource) for arn in self.under_the_key)

    @cached_property
    def roles(self) -> Mapping[str, tuple[dict[str, Any], ...]]:
        """Name -> the statements of a role."""
        found: dict[str, list[dict[str, Any]]] = {}
        for name, role in self.of("AWS::IAM::Role"):
            policies = [policy["PolicyDocument"] for policy in role.get("Policies", ())]
            found.setdefault(name, []).extend(each for policy in policies for each in listed(policy["Statement"]))
        for _, policy in self.of("AWS::IAM::Policy"):
            for name in policy["Roles"]:
                found.setdefault(name, []).extend(listed(policy["PolicyDocument"]["Statement"]))
        return {name: tuple(statements) for name, statements in found.items()}

    def touched(self, role: str) -> frozenset[tuple[str, str]]:
        """(action, resource) of what a role does to what lies under the key, its sources included."""
        found = {
            (action, str(resource))
            for statement in self.roles[role]
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
            if action in USES and self.is_under_it(str(resource))
        }
        for _, source_mapping in self.of("AWS::Lambda::EventSourceMapping"):
            owner = source_mapping["FunctionName"].split(":")[6].removesuffix("Aliaslive")
            arn = str(source_mapping["EventSourceArn"])
            if f"{owner}Role" == role and self.is_under_it(arn):
                found.add(("sqs:ReceiveMessage" if ":sqs:" in arn else "kinesis:GetRecords", arn))
        return frozenset(found)

    def needed(self, role: str) -> Needs:
        found: dict[str, set[str]] = {}
        for action, _ in self.touched(role):
            found.setdefault(action.partition(":")[0], set()).update(USES[action])
        return _frozen(found)

    def allowed(self, role: str) -> Needs:
        """Service -> actions on the key that the role has through it; "" for no service between."""
        found: dict[str, set[str]] = {}
        for statement in self.roles[role]:
            actions = {str(action) for action in listed(statement["Action"]) if str(action).startswith("kms:")}
            via = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", [""])
            for service in listed(via) if actions else ():
                found.setdefault(service.removesuffix(f".{REGION}.amazonaws.com"), set()).update(actions)
        return _frozen(found)

    def services(self) -> Needs:
        """Service principal -> actions that the key's policy must allow it."""
        found: dict[str, set[str]] = {}
        for service, action, _ in self.deliveries():
            found.setdefault(service, set()).update(_SERVICES.get(action, USES[action]))
        if any(group.get("KmsKeyId") == KEY for _, group in self.of("AWS::Logs::LogGroup")):
            found[f"logs.{REGION}.amazonaws.com"] = set(_LOGS)
        if any(":s3vectors:" in arn for arn in self.under_the_key):
            found["indexing.s3vectors.amazonaws.com"] = set(_OPENS)  # S3 user guide, "Data protection in S3 Vectors"
        return _frozen(found)

    def deliveries(self) -> Iterator[tuple[str, str, str]]:
        """(service, action, resource) of what services do in their own name, by the policies that let them in."""
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
            for _, policy in self.of(kind):
                for statement in listed(policy["PolicyDocument"]["Statement"]):
                    principal = statement["Principal"]
                    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
                    for resource in listed(statement["Resource"]):
                        for service in services if self.is_under_it(str(resource)) else ():
                            yield from ((service, str(each), str(resource)) for each in listed(statement["Action"]))


def _frozen(found: Mapping[str, set[str]]) -> Needs:
    return {name: frozenset(actions) for name, actions in found.items()}


def stack(path: Path = TEMPLATE, **more: str) -> Stack:
    """The stack of a template with everything in it and, unless ``more`` says otherwise, the key."""
    known = packaged(path)["Parameters"]
    given = {**everything(), "ExistingModelLogGroupName": "bedrock/calls", "KmsKeyArn": KEY, **more}
    found = application(path, {name: value for name, value in given.items() if name in known})
    return Stack(tuple(each.decided() for each in found.all()))


def documented_policy(account: str = ACCOUNT, region: str = REGION) -> dict[str, Any]:
    """The policy of a key that docs/security.md shows."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    return dict(json.loads(text.replace("<account>", account).replace("<Region>", region)))
