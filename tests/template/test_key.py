"""The owner's KMS key: what lies under it, and that each principal that needs it has exactly the actions that it needs.

Of the whole stack, and of each pipeline that is deployed by itself. What lies under the key is read from the templates,
who touches it too: roles by their statements and sources, services by the policies that let them in. The key's policy
that docs/security.md shows is compared with both.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache

import pytest

from local.cloud.testing import ROOT
from tests.template import key
from tests.template.key import ACCOUNT, DECRYPT, KEY, KINDS, WRITE, Stack, documented_policy
from tests.template.resources import listed
from tests.template.translate import TEMPLATE

PATHS = (TEMPLATE, *sorted((ROOT / "pipelines").glob("*.yaml")))
NAMES = [path.stem for path in PATHS]

ELSEWHERE = {
    "AlarmTopic": "alarms name metrics, not people; CloudWatch would need the key to ring",
    "AnalysisTopic": "says that a job of Textract has ended, and publishes with a role that Textract assumes",
}
"""Resources that could lie under the key and do not, and why."""


@cache
def stack(name: str, with_key: bool = True) -> Stack:
    return key.stack(PATHS[NAMES.index(name)], **({} if with_key else {"KmsKeyArn": ""}))


def missing(found: Stack, role: str) -> set[tuple[str, str]]:
    """(service, action) that the role cannot do, though its other statements allow it."""
    allowed = found.allowed(role)
    return {
        (service, action)
        for service, actions in found.needed(role).items()
        for action in actions - allowed.get(service, frozenset())
    }


def superfluous(found: Stack, role: str) -> set[tuple[str, str]]:
    needed = found.needed(role)
    return {
        (service, action)
        for service, actions in found.allowed(role).items()
        for action in actions - needed.get(service, frozenset())
    }


# What lies under the key


@pytest.mark.parametrize("name", NAMES)
def test_whatever_may_hold_what_people_wrote_lies_under_the_key(name: str):
    outside = {
        resource
        for kind in KINDS
        for resource, properties in stack(name).of(kind)
        if key.key_of(kind, properties) != KEY
    }
    assert outside <= ELSEWHERE.keys()
    assert stack(name).under_the_key


@pytest.mark.parametrize("name", NAMES)
def test_without_a_key_nothing_speaks_of_one_of_the_owners(name: str):
    for template in stack(name, with_key=False).templates:
        assert "kms:" not in json.dumps(template)


def test_each_kind_is_seen_and_each_exception_is_one():
    whole = stack(TEMPLATE.stem)
    assert {arn.split(":")[2] for arn in whole.under_the_key} == {
        "s3", "sqs", "sns", "dynamodb", "kinesis", "secretsmanager", "s3vectors"
    }  # fmt: skip
    assert all(list(whole.of(kind)) for kind in KINDS)
    assert {name for name, _ in whole.of("AWS::SNS::Topic")} >= ELSEWHERE.keys()


@pytest.mark.parametrize("name", NAMES)
def test_buckets_ask_for_a_key_once_per_bucket_and_not_per_object(name: str):
    for bucket, properties in stack(name).of("AWS::S3::Bucket"):
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["BucketKeyEnabled"] is True, bucket
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms", bucket


@pytest.mark.parametrize("name", NAMES)
def test_a_queue_has_one_encryption(name: str):
    assert all(queue["SqsManagedSseEnabled"] is False for _, queue in stack(name).of("AWS::SQS::Queue"))
    without = stack(name, with_key=False)
    assert all(queue["SqsManagedSseEnabled"] is True for _, queue in without.of("AWS::SQS::Queue"))


# Roles


@pytest.mark.parametrize("name", NAMES)
def test_a_role_may_use_the_key_for_what_it_touches_and_for_no_more(name: str):
    found = stack(name)
    assert {role: wrong for role in found.roles if (wrong := missing(found, role))} == {}
    assert {role: wrong for role in found.roles if (wrong := superfluous(found, role))} == {}
    assert any(found.needed(role) for role in found.roles)


@pytest.mark.parametrize("name", NAMES)
def test_no_role_may_use_another_key_or_do_more_with_it(name: str):
    for role, statements in stack(name).roles.items():
        for statement in statements:
            actions = {str(each) for each in listed(statement["Action"]) if str(each).startswith("kms:")}
            if actions:
                assert listed(statement["Resource"]) == [KEY], role
                assert actions == set(listed(statement["Action"])), role
                assert actions <= {DECRYPT, WRITE}, role


def test_a_right_that_is_gone_or_too_much_is_found():
    """Each statement about the key is taken from its role once, and each role is given one more right once."""
    whole, taken = stack(TEMPLATE.stem), 0
    for role, statements in whole.roles.items():
        about = [each for each in statements if KEY in listed(each["Resource"])]
        for statement in about:
            rest = tuple(each for each in statements if each is not statement)
            without = Stack(whole.templates)
            without.__dict__["roles"] = {**whole.roles, role: rest}
            assert missing(without, role), role
            taken += 1
        more = {"Action": "kms:Encrypt", "Resource": KEY, "Condition": {}}
        wider = Stack(whole.templates)
        wider.__dict__["roles"] = {**whole.roles, role: (*statements, more)}
        assert superfluous(wider, role) == {("", "kms:Encrypt")}, role
    assert taken > 40


# The key's own policy


def test_the_documented_policy_gives_each_service_what_it_needs_and_no_more():
    given = {
        service: frozenset(listed(statement["Action"]))
        for statement in documented_policy()["Statement"]
        for service in listed(statement["Principal"].get("Service", []))
    }
    assert given == stack(TEMPLATE.stem).services()
    assert given.keys() >= {"sns.amazonaws.com", "bedrock.amazonaws.com", "cloudfront.amazonaws.com"}


def test_no_service_may_use_the_key_for_another_account():
    for statement in documented_policy()["Statement"]:
        assert statement["Effect"] == "Allow"
        if "Service" in statement["Principal"]:
            assert ACCOUNT in json.dumps(statement["Condition"]), statement["Sid"]
            assert "kms:*" not in listed(statement["Action"])


def test_the_accounts_own_policies_count():
    """Without this statement none of the roles could use the key, whatever their policies say."""
    (root,) = (each for each in documented_policy()["Statement"] if "AWS" in each["Principal"])
    assert root["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert root["Action"] == "kms:*"


# What it costs

MONTH = 30 * 24 * 60 // 5
"""Times of five minutes in a month of thirty days: as often SQS, SNS and DynamoDB ask KMS for a busy principal."""


def test_the_documented_cost_is_that_of_this_stack():
    """SQS Developer Guide, "Estimating AWS KMS costs": 2 * senders + receivers in each data key reuse period."""
    whole = stack(TEMPLATE.stem)
    queues = {arn for arn in whole.under_the_key if ":sqs:" in arn}
    uses = {(role, *each) for role in whole.roles for each in whole.touched(role)} | set(whole.deliveries())
    ends = sum(2 if action == "sqs:SendMessage" else 1 for _, action, arn in uses if arn in queues)
    users = sum(any(action.startswith("dynamodb:") for action, _ in whole.touched(role)) for role in whole.roles)
    text = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8").partition("# What a KMS key costs")[2]
    prices = tomllib.loads((ROOT / "operate" / "prices.toml").read_text(encoding="utf-8"))["documents_usd"]

    def row(name: str) -> list[str]:
        (line,) = [each for each in text.splitlines() if each.startswith(f"| {name} |")]
        return [cell.strip() for cell in line.strip("|").split("|")][1:]

    def usd(requests: int) -> str:
        return f"{requests * prices['kms_10000_requests'] / 10_000:.2f}"

    assert row("the key") == ["a month", f"{prices['kms_key_month']:.2f}"]
    assert row("queues") == [f"{len(queues)} queues, {ends} x {MONTH:,}", usd(ends * MONTH)]
    assert row("the table") == [f"{users} roles, {users} x {MONTH:,}", usd(users * MONTH)]
    assert row("buckets, stream, logs, secret") == ["100,000, assumed", usd(100_000)]
