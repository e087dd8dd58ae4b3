"""A KMS key of one's own: each principal that needs it has exactly the actions that it needs, in all pipelines.

What lies under the key is read from the templates, who touches it too: roles by their statements, services by what they
deliver to. The key's policy that docs/security.md shows is tried with both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from local.cloud.testing import ROOT
from tests.template.decided import application, everything, theirs
from tests.template.resources import listed, of_type

KEY = theirs()["KmsKeyArn"]
READS = frozenset({"s3:GetObject", "s3:GetObjectVersion", "sqs:ReceiveMessage"})
WRITES = frozenset({"s3:PutObject", "sqs:SendMessage"})
"""A message or an object is written with a data key, and SQS and S3's multipart uploads decrypt it again."""
ACCOUNT, REGION = "123456789012", "us-east-1"


@cache
def templates() -> tuple[dict[str, Any], ...]:
    given = {**everything(), "KmsKeyArn": KEY, "ExistingModelLogGroupName": "bedrock/calls"}
    return tuple(each.decided() for each in application(given=given).all())


def each_of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for template in templates():
        yield from of_type(template, kind).items()


@cache
def under_the_key() -> frozenset[str]:
    """ARNs of buckets and queues, and names of log groups, that are encrypted by the key."""
    found = set()
    for name, bucket in each_of("AWS::S3::Bucket"):
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") == KEY:
            found.add(f"arn:aws:s3:::{name}")
    for name, queue in each_of("AWS::SQS::Queue"):
        if queue.get("KmsMasterKeyId") == KEY:
            found.add(f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
    return frozenset(found)


def is_under_it(resource: str) -> bool:
    return any(re.fullmatch(rf"{re.escape(arn)}(/.*)?", resource) for arn in under_the_key())


@cache
def roles() -> Mapping[str, tuple[dict[str, Any], ...]]:
    """Name -> the statements of a role."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, role in each_of("AWS::IAM::Role"):
        policies = [policy["PolicyDocument"] for policy in role.get("Policies", ())]
        found.setdefault(name, []).extend(each for policy in policies for each in listed(policy["Statement"]))
    for _, policy in each_of("AWS::IAM::Policy"):
        for name in policy["Roles"]:
            found.setdefault(name, []).extend(listed(policy["PolicyDocument"]["Statement"]))
    return {name: tuple(statements) for name, statements in found.items()}


def touched(role: str) -> frozenset[tuple[str, str]]:
    """(action, resource) of what a role does to what lies under the key, its sources included."""
    found = {
        (action, resource)
        for statement in roles()[role]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if is_under_it(str(resource)) and action in READS | WRITES
    }
    for _, source in each_of("AWS::Lambda::EventSourceMapping"):
        owner = source["FunctionName"].split(":")[6].removesuffix("Aliaslive")
        if f"{owner}Role" == role and source["EventSourceArn"] in under_the_key():
            found.add(("sqs:ReceiveMessage", source["EventSourceArn"]))
    return frozenset(found)


def allowed(role: str) -> Mapping[str, frozenset[str]]:
    """Service -> actions on the key that the role has through it."""
    found: dict[str, set[str]] = {}
    for statement in roles()[role]:
        if KEY in listed(statement["Resource"]):
            for service in listed(statement["Condition"]["StringEquals"]["kms:ViaService"]):
                found.setdefault(service.partition(".")[0], set()).update(listed(statement["Action"]))
    return {service: frozenset(actions) for service, actions in found.items()}


def needed(role: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for action, _ in touched(role):
        actions = {"kms:Decrypt"} | ({"kms:GenerateDataKey"} if action in WRITES else set())
        found.setdefault(action.partition(":")[0], set()).update(actions)
    return {service: frozenset(actions) for service, actions in found.items()}


def test_something_lies_under_the_key():
    assert {arn.split(":")[2] for arn in under_the_key()} == {"s3", "sqs"}
    assert sum(bool(touched(role)) for role in roles()) > 15


@pytest.mark.parametrize("role", sorted(roles()))
def test_a_role_may_use_the_key_for_what_it_touches(role: str):
    lacking = {
        (service, action)
        for service, actions in needed(role).items()
        for action in actions - allowed(role).get(service, set())
    }
    assert lacking == set(), f"{role} cannot do what its other statements allow"


@pytest.mark.parametrize("role", sorted(roles()))
def test_a_role_has_no_more_of_the_key_than_it_needs(role: str):
    most = frozenset[str]().union(*needed(role).values())
    given = frozenset[str]().union(*allowed(role).values())
    assert given <= most, f"{role} has more than it needs"
    assert set(allowed(role)) <= set(needed(role)) | ({"sqs", "s3"} if needed(role) else set())


def test_no_role_may_use_the_key_without_a_service_between():
    for role, statements in roles().items():
        for statement in statements:
            actions = [action for action in listed(statement["Action"]) if action.startswith("kms:")]
            if actions:
                assert listed(statement["Resource"]) == [KEY], role
                assert "kms:ViaService" in statement["Condition"]["StringEquals"], role
                assert set(actions) <= {"kms:Decrypt", "kms:GenerateDataKey"}, role


# The key's own policy


@cache
def policy() -> dict[str, Any]:
    text = (ROOT / "docs" / "security.md").read_text().partition("```json\n")[2].partition("```")[0]
    return dict(json.loads(text.replace("<account>", ACCOUNT).replace("<Region>", REGION)))


def services() -> dict[str, frozenset[str]]:
    """Service -> actions that it needs on the key to deliver to what lies under it."""
    found: dict[str, set[str]] = {}
    both = {"kms:Decrypt", "kms:GenerateDataKey"}
    for _, subscription in each_of("AWS::SNS::Subscription"):
        dead = subscription.get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if {subscription["Endpoint"], dead} & under_the_key():
            found.setdefault("sns.amazonaws.com", set()).update(both)
    for _, rule in each_of("AWS::Events::Rule"):
        for target in rule["Targets"]:
            if {target["Arn"], target.get("DeadLetterConfig", {}).get("Arn")} & under_the_key():
                found.setdefault("events.amazonaws.com", set()).update(both)
    if any(group.get("KmsKeyId") == KEY for _, group in each_of("AWS::Logs::LogGroup")):
        # CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
        wanted = {f"kms:{word}*" for word in ("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "Describe")}
        found.setdefault(f"logs.{REGION}.amazonaws.com", set()).update(wanted)
    for _, bucket in each_of("AWS::S3::Bucket"):
        for queue in bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", ()):
            if queue["Queue"] in under_the_key():
                found.setdefault("s3.amazonaws.com", set()).update(both)
    for _, topic in each_of("AWS::SNS::Topic"):
        if topic.get("KmsMasterKeyId") == KEY:
            found.setdefault("cloudwatch.amazonaws.com", set()).update(both)
    return {service: frozenset(actions) for service, actions in found.items()}


def test_the_documented_policy_gives_each_service_what_it_needs_and_no_more():
    given = {
        service: frozenset(listed(statement["Action"]))
        for statement in policy()["Statement"]
        for service in listed(statement["Principal"].get("Service", []))
    }
    assert given == services()
    assert "sns.amazonaws.com" in given


def test_no_service_may_use_the_key_for_another_account():
    for statement in policy()["Statement"]:
        assert statement["Effect"] == "Allow"
        if "Service" in statement["Principal"]:
            assert ACCOUNT in json.dumps(statement["Condition"]), statement["Sid"]
            assert "kms:*" not in listed(statement["Action"])


def test_the_accounts_own_policies_count():
    """Without this statement none of the roles could use the key, whatever their policies say."""
    (root,) = (each for each in policy()["Statement"] if "AWS" in each["Principal"])
    assert root["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert root["Action"] == "kms:*"
