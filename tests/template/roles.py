"""``python -m tests.template.roles``: docs/roles.md from the translated templates, what each role and policy allows.

What is decided by a parameter stays undecided here: a right that there is only under a condition says which. Resources
have the names that they have in the templates, and parameters stand in angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from local.cloud.deploying.template import Template
from local.cloud.testing import ROOT
from tests.template.resources import listed, of_type, target
from tests.template.translate import GRADUAL, NO_VALUE, packaged, templates, translate

PAGE = ROOT / "docs" / "roles.md"
HEAD = """\
# What each role may do

Written from the translated templates by `.venv/bin/python -m tests.template.roles`; a test compares, so that every
change of a right shows in a review. Names are those of the templates, `${...}` is a parameter, `own:` is this Region
and account. A right "if X" is there only where the condition X of that template holds. Each function and machine has a
role of its own. The managed policies are AWS's: [what they are for](#managed-policies).
"""

Row = tuple[str, ...]
Given = Iterator[tuple[str, Any]]
"""Values, each with the condition under which it is there, "" for always."""


def page() -> str:
    parts = [HEAD]
    managed: dict[str, list[str]] = {}
    for path in templates():
        template = translated(path)
        if not of_type(template, "AWS::IAM::Role") and not list(_outside(template)):
            continue
        parts.append(f"\n## {path.relative_to(ROOT)}\n")
        for role, properties in sorted(of_type(template, "AWS::IAM::Role").items()):
            for name in _managed(properties):
                managed.setdefault(name, []).append(role)
            parts += _role(template, role, properties)
        if rows := sorted(set(_outside(template))):
            parts.append(f"\n### Who else may reach {path.stem}\n")
            parts += _table(("on", "who", "may", "on what", "condition"), rows)
    parts.append("\n## Managed policies\n")
    reasons = _reasons()
    parts += _table(
        ("policy", "roles", "why"),
        [(name, str(len(roles)), reasons[name]) for name, roles in sorted(managed.items())],
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)) + "\n"


def _reasons() -> Mapping[str, str]:
    from tests.template.rules import MANAGED

    return {name.rpartition("/")[2]: why for name, why in MANAGED.items()}


@cache
def translated(path: Path) -> Template:
    return translate(packaged(path), {"Rollout": GRADUAL})


def _role(template: Template, role: str, properties: Mapping[str, Any]) -> Iterator[str]:
    who = ", ".join(
        sorted({text for each in properties["AssumeRolePolicyDocument"]["Statement"] for text in _trust(each)})
    )
    only = template["Resources"][role].get("Condition", "")
    yield f"\n### {role}{f' (if {only})' if only else ''}\n"
    policies = ", ".join(f"`{name}`" for name in sorted(_managed(properties)))
    yield f"Assumed by {who}.{f' Managed: {policies}.' if policies else ''}\n"
    if rows := sorted(set(_rows(template, role))):
        yield from _table(("statement", "may", "on", "condition"), rows)


def _trust(statement: Mapping[str, Any]) -> Iterator[str]:
    condition = _condition(statement)
    for name in _principals(statement):
        yield f"`{name}`" + (f" where {condition}" if condition else "")


def _managed(properties: Mapping[str, Any]) -> list[str]:
    return [_text(arn).rpartition("/")[2] for _, arn in _given(properties.get("ManagedPolicyArns", []))]


def _rows(template: Template, role: str) -> Iterator[Row]:
    """A row per statement and condition under which it is there."""
    for only, policy in _policies(template, role):
        for also, statement in _given(policy["Statement"]):
            name = str(statement.get("Sid", ""))
            if statement["Effect"] == "Deny":
                name = f"DENY {name}".strip()
            where = " and ".join(
                each for each in (f"if {only}" * bool(only), f"if {also}" * bool(also), _condition(statement)) if each
            )
            yield name, _part(statement, "Action"), _part(statement, "Resource"), where


def _policies(template: Template, role: str) -> Given:
    for only, policy in _given(template["Resources"][role]["Properties"].get("Policies", [])):
        yield from _given(policy["PolicyDocument"], only)
    for name, policy in of_type(template, "AWS::IAM::Policy").items():
        if role in map(target, policy["Roles"]):
            yield from _given(policy["PolicyDocument"], template["Resources"][name].get("Condition", ""))


def _outside(template: Template) -> Iterator[Row]:
    """Policies of resources, and permissions of functions: who is let in by the other side."""
    for name, entry in template["Resources"].items():
        properties, only = entry.get("Properties", {}), entry.get("Condition", "")
        if entry["Type"] == "AWS::Lambda::Permission":
            limits = {
                key: value for key, value in properties.items() if key not in ("FunctionName", "Action", "Principal")
            }
            said = "; ".join(f"{key} {_text(value)}" for key, value in sorted(limits.items()))
            where = "; ".join(filter(None, (f"if {only}" if only else "", said)))
            yield (
                _text(properties["FunctionName"]),
                f"`{_text(properties['Principal'])}`",
                _list(properties["Action"]),
                "",
                where,
            )
        elif entry["Type"] not in ("AWS::IAM::Role", "AWS::IAM::Policy"):
            for document in _documents(properties):
                yield from _of_policy(name, document, only)


def _documents(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("PolicyDocument", "Policy"):
        document = properties.get(key)
        if isinstance(document, dict) and "Statement" in document:
            yield document


def _of_policy(name: str, document: Mapping[str, Any], only: str) -> Iterator[Row]:
    for also, statement in _given(document["Statement"]):
        where = "; ".join(
            each for each in (f"if {only}" * bool(only), f"if {also}" * bool(also), _condition(statement)) if each
        )
        deny = "DENY " if statement["Effect"] == "Deny" else ""
        who = ", ".join(f"`{each}`" for each in _principals(statement))
        yield name, f"{deny}{who}", _part(statement, "Action"), _part(statement, "Resource"), where


def _principals(statement: Mapping[str, Any]) -> list[str]:
    """Raises KeyError for a NotPrincipal, which no policy here should have."""
    principal = statement["Principal"]
    if not isinstance(principal, dict):
        return [_text(principal)]
    return sorted(_text(each) for value in principal.values() for each in listed(value))


def _given(value: Any, only: str = "") -> Given:
    """The parts of a list, or one value, with conditions taken apart: "HasKey", "not HasKey"."""
    if isinstance(value, list):
        for each in value:
            yield from _given(each, only)
    elif isinstance(value, dict) and "Fn::If" in value:
        name, then, other = value["Fn::If"]
        yield from _given(then, " and ".join(filter(None, (only, name))))
        yield from _given(other, " and ".join(filter(None, (only, f"not {name}"))))
    elif value != NO_VALUE:
        yield only, value


def _part(statement: Mapping[str, Any], name: str) -> str:
    """Actions or resources; "all but" those of a NotAction or NotResource."""
    return _list(statement[name]) if name in statement else f"all but {_list(statement[f'Not{name}'])}"


def _list(value: Any) -> str:
    found = sorted({f"`{_text(each)}`" + (f" if {only}" if only else "") for only, each in _given(value)})
    return "<br>".join(found)


def _condition(statement: Mapping[str, Any]) -> str:
    parts = [
        f"{operator} `{key}`: {_list(value)}".replace("<br>", ", ")
        for operator, keys in sorted(statement.get("Condition", {}).items())
        for key, value in sorted(keys.items())
    ]
    return "; ".join(parts)


def _text(value: Any) -> str:  # noqa: PLR0911 - one per function
    """A value as a person reads it: names in the place of references."""
    match value:
        case {"Ref": str(name)}:
            return _named(name)
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return name if attribute.endswith("Arn") else f"{name}.{attribute}"
        case {"Fn::Sub": [str(text), dict(own)]}:
            return _filled(text, {key: _text(inner) for key, inner in own.items()})
        case {"Fn::Sub": str(text)}:
            return _filled(text, {})
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(map(_text, parts))
        case {"Fn::FindInMap": [str(table), _, str(key)]}:
            return f"the {key} in {table}"
        case {
            "Fn::Select": [0, {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}]
        }:
            return "<beginning of the stack's id>"
        case {"Fn::Select": [index, inner]}:
            return f"part {index} of {_text(inner)}"
        case {"Fn::Split": [str(between), inner]}:
            return f"{_text(inner)} split at {between}"
        case {"Fn::If": [name, then, other]}:
            return f"{_text(then)} if {name}" + ("" if other == NO_VALUE else f", else {_text(other)}")
        case dict() | list():
            raise ValueError(f"{value} has no plain form; teach tests/template/roles.py to write it")
    return str(value)


def _named(name: str) -> str:
    return _PSEUDO.get(name) or (name if name in _resources() else f"${{{name}}}")


_PSEUDO = {
    "AWS::AccountId": "<account>",
    "AWS::Region": "<Region>",
    "AWS::StackName": "<stack>",
    "AWS::URLSuffix": "amazonaws.com",
}


@cache
def _resources() -> frozenset[str]:
    return frozenset(name for path in templates() for name in translated(path)["Resources"])


def _filled(text: str, own: Mapping[str, str]) -> str:
    text = re.sub(r"^arn:\$\{AWS::Partition\}:([a-z0-9-]+):\$\{AWS::Region\}:\$\{AWS::AccountId\}:", r"own:\1:", text)
    text = re.sub(r"^arn:\$\{AWS::Partition\}:(s3:::)?", lambda found: "s3:" if found[1] else "", text)

    def put(found: re.Match[str]) -> str:
        name, dot, attribute = found[1].partition(".")
        if found[1] in own:
            return own[found[1]]
        if dot:
            return _text({"Fn::GetAtt": [name, attribute]})
        return _named(name)

    return re.sub(r"\$\{([^!}][^}]*)\}", put, text)


def _table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
