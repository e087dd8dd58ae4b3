"""IAM: policy variables.

AWS: in a document of Version 2012-10-17, ``${aws:username}`` and any other key of the request with one value is
substituted in Resource and in the values of Condition; ``${key, 'default'}`` has a default; ``${*}``, ``${?}`` and
``${$}`` are these signs themselves. A substituted value is no pattern: its ``*`` is a star. Where a key is missing
the resource does not match. Version 2008-10-17 substitutes nothing (IAM User Guide, "IAM policy elements: Variables
and tags").
``*`` and ``?`` match any characters, a line end in an object's key too.
MiniStack: substitutes nothing, so that whoever has a policy with variables is refused; its wildcards match no line end.
"""

from __future__ import annotations

import contextvars
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from ministack.core import iam_evaluator as iam

from local.gaps import _seams
from local.gaps._types import Json

LEANS_ON = {
    "core.iam_evaluator._first_match": "(ctx, stmts, effect)",
    "core.iam_evaluator._resolve_condition_key": "(key, ctx)",
    "core.iam_evaluator.parse_policy_document": "(doc)",
    "core.iam_evaluator.evaluate_resource_policy": "(doc, ctx, service=None, named_only=False, direct_only=False)",
    "core.iam_evaluator.fnmatch_iam_cs": "(value, pattern)",
    "core.iam_evaluator.ParsedStatement": "class",
}

VERSION = "2012-10-17"

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KEY = re.compile(r"\s*([^,\s']+)\s*(?:,\s*'([^']*)')?\s*")
_SIGNS = ("*", "?", "$")

#: The version of the resource's policy that is evaluated: its statements are parsed without it.
_version: contextvars.ContextVar[str | None] = contextvars.ContextVar("policy_version", default=None)


class Substituted(str):
    """A pattern with variables in it: the text for operators that compare, the expression for those that match."""

    matches: re.Pattern[str]

    def __str__(self) -> str:
        return self  # MiniStack takes str() of what it compares with; the expression must live through that


def substituted(pattern: str, look_up: Callable[[str], Json]) -> str | None:
    """The pattern with its variables' values; None when one of them has none."""
    text, expression, end = "", "", 0
    for found in _VARIABLE.finditer(pattern):
        value = _value(found[1], look_up)
        if value is None:
            return None
        plain = pattern[end : found.start()]
        text, expression, end = text + plain + value, expression + _wild(plain) + re.escape(value), found.end()
    made = Substituted(text + pattern[end:])
    made.matches = re.compile(expression + _wild(pattern[end:]), re.DOTALL)
    return made


def _value(inner: str, look_up: Callable[[str], Json]) -> str | None:
    if inner in _SIGNS:
        return inner
    key = _KEY.fullmatch(inner)
    value = look_up(key[1]) if key else None
    if isinstance(value, list | tuple) or value is None:  # only a key with one value is a variable
        return key[2] if key else None
    return str(value)


def _wild(plain: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(sign) or re.escape(sign) for sign in plain)


def _all(patterns: Iterable[str], look_up: Callable[[str], Json]) -> list[str]:
    """The patterns whose variables have values."""
    made = (substituted(one, look_up) if "${" in one else one for one in patterns)
    return [one for one in made if one is not None]


def _resolved(statement: Json, ctx: Json) -> Json:
    """The statement with its variables' values; None when it cannot match."""

    def look_up(key: str) -> Json:
        return iam._resolve_condition_key(key, ctx)

    resources = _all(statement.resources, look_up)
    if statement.resources and not resources:
        return None
    conditions: dict[str, dict[str, list[Json]]] = {}
    for operator, keys in (statement.conditions or {}).items():
        for key, values in keys.items() if isinstance(keys, dict) else ():
            given = values if isinstance(values, list) else [values]
            known = _all((str(value) if isinstance(value, str) else json.dumps(value) for value in given), look_up)
            if given and not known:
                return None
            conditions.setdefault(operator, {})[key] = known
    not_resources = _all(statement.not_resources, look_up)
    return replace(statement, resources=resources, not_resources=not_resources, conditions=conditions)


def _substituting(match: Callable[..., Json]) -> Callable[..., Json]:
    def first_match(ctx: Json, statements: list[Json], effect: str) -> Json:
        if not any(getattr(statement, "has_variables", False) for statement in statements):
            return match(ctx, statements, effect)
        for statement in statements:
            varies = statement.effect == effect and getattr(statement, "has_variables", False)
            resolved = _resolved(statement, ctx) if varies else statement
            if resolved is not None and match(ctx, [resolved], effect) is not None:
                return statement
        return None

    return first_match


def _marking(parse: Callable[[Json], list[Json]]) -> Callable[[Json], list[Json]]:
    def parse_policy_document(document: Json) -> list[Json]:
        statements = parse(document)
        if _version_of(document) == VERSION:
            for statement in statements:
                statement.has_variables = "${" in json.dumps(
                    [statement.resources, statement.not_resources, statement.conditions], default=str
                )
        return statements

    return parse_policy_document


def _version_of(document: Json) -> Json:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return None
    return document.get("Version", _version.get()) if isinstance(document, dict) else None


def _with_version(evaluate: Callable[..., Json]) -> Callable[..., Json]:
    def evaluate_resource_policy(
        document: Json, ctx: Json, service: str | None = None, named_only: bool = False, direct_only: bool = False
    ) -> Json:
        token = _version.set(_version_of(document))
        try:
            return evaluate(document, ctx, service, named_only, direct_only)
        finally:
            _version.reset(token)

    return evaluate_resource_policy


def _literally(matches: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    def fnmatch_iam_cs(value: str, pattern: str) -> bool:
        if isinstance(pattern, Substituted):
            return pattern.matches.fullmatch(value) is not None
        if "\n" in value:
            return re.fullmatch(_wild(pattern), value, re.DOTALL) is not None
        return matches(value, pattern)

    return fnmatch_iam_cs


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.iam_evaluator.fnmatch_iam_cs", _literally)
    _seams.replace("core.iam_evaluator.parse_policy_document", _marking)
    _seams.replace("core.iam_evaluator.evaluate_resource_policy", _with_version)
    _seams.replace("core.iam_evaluator._first_match", _substituting)
