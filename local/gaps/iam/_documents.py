"""The grammar of policy documents: of identities, of trust and of resources.

IAM User Guide, "Grammar of the IAM JSON policy language"; the sentences are those that IAM answers.
"""

from __future__ import annotations

import json
import re
from collections import Counter

from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

VERSIONS = ("2012-10-17", "2008-10-17")

_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+")
_TRUST_ACTION = re.compile(r"sts:[a-zA-Z0-9*?]+")
_SID = re.compile(r"[0-9A-Za-z]*")
_OPERATOR = re.compile(
    r"(ForAllValues:|ForAnyValue:)?"
    r"(String(Not)?(Equals(IgnoreCase)?|Like)|Numeric((Not)?Equals|(Less|Greater)Than(Equals)?)"
    r"|Date((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))"
    r"(IfExists)?|Null",
    re.IGNORECASE,
)
_ANY, _NOBODY = re.compile(r".+"), re.compile(r"(?!)")
_AWS = re.compile(r"\*|\d{12}|arn:aws[\w-]*:(iam|sts)::(\d{12}|cloudfront):.+|A[A-Z0-9]{15,}")
_SERVICE = re.compile(r"[\w.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)")

_PRINCIPALS = {"AWS": _AWS, "Service": _SERVICE, "Federated": _ANY, "CanonicalUser": _ANY}

SYNTAX = "Syntax errors in policy."


def _malformed(message: str) -> RefusedError:
    return RefusedError("MalformedPolicyDocument", message)


def listed(value: Json) -> list[Json]:
    """One thing or a list of them, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def size(document: Json) -> int:
    """Its characters as IAM counts them: white space does not count."""
    text = document if isinstance(document, str) else json.dumps(document)
    return len(re.sub(r"\s", "", text))


def parsed(document: Json, says: str = SYNTAX) -> Record:
    """A document, which may be its text. Raises RefusedError unless it is a JSON object."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError as error:
        raise _malformed(says) from error
    if not isinstance(found, dict):
        raise _malformed(says)
    return found


def _statements(document: Record) -> list[Record]:
    statements = listed(document.get("Statement"))
    unknown = document.keys() - {"Version", "Id", "Statement"}
    if not statements or unknown or document.get("Version", VERSIONS[0]) not in VERSIONS:
        raise _malformed(SYNTAX)
    for statement in statements:
        if not isinstance(statement, dict) or statement.keys() - _MEMBERS:
            raise _malformed(SYNTAX)
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed(SYNTAX)
        for name in ("Action", "Resource", "Principal"):
            if name in statement and f"Not{name}" in statement:
                raise _malformed(SYNTAX)
        _condition(statement.get("Condition"))
    _sids(statements)
    return statements


def _condition(condition: Json) -> None:
    if condition is None:
        return
    if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
        raise _malformed(SYNTAX)
    for operator in condition:
        if not _OPERATOR.fullmatch(operator):
            raise _malformed(f"Invalid Condition type : {operator}.")


def _sids(statements: list[Record]) -> None:
    sids = [str(statement["Sid"]) for statement in statements if statement.get("Sid")]
    if any(count > 1 for count in Counter(sids).values()):
        raise _malformed("Statement IDs (SID) in a single policy must be unique.")


def _actions(statement: Record) -> None:
    actions = listed(statement.get("Action", statement.get("NotAction")))
    if not actions:
        raise _malformed("Policy statement must contain actions.")
    for action in actions:
        if not isinstance(action, str) or (":" not in action and action != "*"):
            raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
        if not _ACTION.fullmatch(action):
            vendor = action.partition(":")[0]
            bad = not re.fullmatch(r"[a-zA-Z0-9-]+", vendor)
            raise _malformed(f"Vendor {vendor} is not valid" if bad else SYNTAX)


def identity(document: Json) -> None:
    """Raise RefusedError for what no role, user or group may have as its policy."""
    for statement in _statements(parsed(document)):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        if statement.get("Sid") and not _SID.fullmatch(str(statement["Sid"])):
            raise _malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
                "[0-9A-Za-z]*"
            )
        _actions(statement)
        resources = listed(statement.get("Resource", statement.get("NotResource")))
        if not resources:
            raise _malformed("Policy statement must contain resources.")
        for resource in resources:
            if resource != "*" and not (isinstance(resource, str) and _is_arn(resource)):
                raise _malformed(f'Resource {resource} must be in ARN format or "*".')


def _is_arn(resource: str) -> bool:
    """Six parts, or a wildcard that stands for the rest of them."""
    parts = resource.split(":", 5)
    return parts[0] in ("arn", "arn*", "*") and (len(parts) == 6 or "*" in resource or "${" in resource)


def trust(document: Json) -> None:
    """Raise RefusedError for what no role may have as its trust policy."""
    for statement in _statements(parsed(document, "This policy contains invalid Json")):
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise _malformed("Missing required field Principal")
        actions = listed(statement.get("Action", statement.get("NotAction")))
        if not actions:
            raise _malformed("Missing required field Action")
        if not all(isinstance(action, str) and _TRUST_ACTION.fullmatch(action) for action in actions):
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        principals(statement.get("Principal"))


def principals(principal: Json) -> None:
    """Raise RefusedError for a principal that is nobody."""
    if principal in (None, "*"):
        return
    if not isinstance(principal, dict) or not principal:
        raise _malformed(f'Invalid principal in policy: "{principal}"')
    for kind, values in principal.items():
        for value in listed(values):
            good = isinstance(value, str) and value and _PRINCIPALS.get(kind, _NOBODY).fullmatch(value)
            if not good:
                raise _malformed(f'Invalid principal in policy: "{kind.upper()}":"{value}"')


def of_resource(document: Json) -> list[Record]:
    """The statements of a resource's policy. Raises RefusedError with the field that is missing or wrong."""
    statements = listed(parsed(document).get("Statement"))
    if not statements:
        raise _malformed("Missing required field Statement")
    for statement in statements:
        if not isinstance(statement, dict):
            raise _malformed(SYNTAX)
        for name in ("Effect", "Principal", "Action", "Resource"):
            if name not in statement and f"Not{name}" not in statement:
                raise _malformed(f"Missing required field {name}")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise _malformed(f"Invalid effect: {statement['Effect']}")
        principals(statement.get("Principal"))
        _condition(statement.get("Condition"))
    _sids(statements)
    return statements
