"""No service can be made to act for somebody else's account: who is let in is bound to this account or its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.template.decided import application, everything, theirs
from tests.template.resources import listed, of_type

ACCOUNT = "123456789012"
OWN_EXECUTION = frozenset({"lambda.amazonaws.com", "states.amazonaws.com"})
"""They take up a role for the function or machine that somebody with iam:PassRole on it has given it to, and for no
other caller (SAM writes these without a condition)."""
BOUND = frozenset({"aws:SourceArn", "aws:SourceAccount", "sts:ExternalId", "AWS:SourceArn", "AWS:SourceAccount"})


@cache
def templates() -> tuple[dict[str, Any], ...]:
    variants = (everything(), {**everything(), **theirs()})
    return tuple(each.decided() for given in variants for each in application(given=given).all())


def each_of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for template in templates():
        yield from of_type(template, kind).items()


def services(statement: dict[str, Any]) -> set[str]:
    principal = statement.get("Principal", {})
    return set(listed(principal.get("Service", []))) if isinstance(principal, dict) else set()


def is_bound(statement: dict[str, Any]) -> bool:
    """Whether a condition names this account, or a resource in it."""
    return any(
        key in BOUND
        and all(ACCOUNT in str(value) or str(value).startswith("arn:aws:s3:::") for value in listed(values))
        for keys in statement.get("Condition", {}).values()
        for key, values in keys.items()
    )


def test_a_service_takes_up_a_role_for_this_account_alone():
    seen = 0
    for name, role in each_of("AWS::IAM::Role"):
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            others = services(statement) - OWN_EXECUTION
            seen += bool(others)
            assert not others or is_bound(statement), f"{name}: {others} may use it for any account"
            assert services(statement), f"{name} can be taken up by somebody who is no service"
    assert seen > 3


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements of policies that resources have."""
    for template in templates():
        for name, entry in template["Resources"].items():
            if entry["Type"] not in ("AWS::IAM::Role", "AWS::IAM::Policy"):
                for key in ("PolicyDocument", "Policy"):
                    document = entry.get("Properties", {}).get(key)
                    if isinstance(document, dict):
                        yield from ((name, statement) for statement in document.get("Statement", ()))


def test_a_service_reaches_a_resource_for_this_account_alone():
    found = [(name, statement) for name, statement in policies() if services(statement)]
    assert len(found) > 10
    assert [name for name, statement in found if statement["Effect"] == "Allow" and not is_bound(statement)] == []


def test_nobody_is_let_in_by_name_of_everybody():
    found = list(policies())
    everybody = [each for each in found if each[1]["Principal"] in ("*", {"AWS": "*"}) and each[1]["Effect"] == "Allow"]
    assert everybody == []


def test_only_who_is_named_may_call_a_function():
    found = list(each_of("AWS::Lambda::Permission"))
    assert found
    for name, permission in found:
        assert permission["Principal"] != "*", name
        bound = json.dumps([permission.get("SourceArn", ""), permission.get("SourceAccount", "")])
        assert ACCOUNT in bound, f"{name}: {permission['Principal']} may call it for any account"
