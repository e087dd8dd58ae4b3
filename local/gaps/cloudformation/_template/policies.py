"""IAM's grammar of policy documents, as far as it decides whether one is accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator

from local.gaps._types import Json, Record

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}
)
_SYNTAX = "Syntax errors in policy."


def identity_policy(document: Json) -> Iterator[str]:
    """Why IAM refuses a policy of a role, user or group."""
    for statement in _statements(document):
        if isinstance(statement, str):
            yield statement
            continue
        yield from _actions(statement)
        if not {"Resource", "NotResource"} & statement.keys():
            yield "Policy statement must contain resources."
        if {"Principal", "NotPrincipal"} & statement.keys():
            yield "Policy document should not specify a principal."


def trust_policy(document: Json) -> Iterator[str]:
    """Why IAM refuses a role's trust policy."""
    for statement in _statements(document):
        if isinstance(statement, str):
            yield statement
            continue
        yield from _actions(statement)
        if {"Resource", "NotResource"} & statement.keys():
            yield "Has prohibited field Resource"
        if not {"Principal", "NotPrincipal"} & statement.keys():
            yield "Missing required field Principal"


def resource_policy(document: Json) -> Iterator[str]:
    """Why a service refuses the policy of a bucket, queue, topic or key."""
    for statement in _statements(document):
        if isinstance(statement, str):
            yield statement
            continue
        yield from _actions(statement)
        if not {"Principal", "NotPrincipal"} & statement.keys():
            yield "Missing required field Principal"


def _statements(document: Json) -> Iterator[Record | str]:
    """The statements, or a sentence in the place of one that cannot be read."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError:
            yield "This policy contains invalid Json"
            return
    if not isinstance(document, dict) or not set(document) <= _DOCUMENT or "Statement" not in document:
        yield _SYNTAX
        return
    if str(document.get("Version", _VERSIONS[0])) not in _VERSIONS:
        yield "The policy must contain a valid version string."
    found = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    sids = [one["Sid"] for one in found if isinstance(one, dict) and one.get("Sid")]
    if len(set(sids)) != len(sids):
        yield "Statement IDs (SID) in a single policy must be unique."
    for statement in found:
        well_formed = isinstance(statement, dict) and set(statement) <= _STATEMENT
        yield statement if well_formed and statement.get("Effect") in ("Allow", "Deny") else _SYNTAX


def _actions(statement: Record) -> Iterator[str]:
    found = statement.get("Action", statement.get("NotAction"))
    if found is None:
        yield "Policy statement must contain actions."
        return
    if "Action" in statement and "NotAction" in statement:
        yield _SYNTAX
    for action in found if isinstance(found, list) else [found]:
        if action != "*" and ":" not in str(action):
            yield "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
