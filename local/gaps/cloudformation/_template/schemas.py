"""The resource schemas of a region, and a validator that reads values as CloudFormation does.

The schemas are CloudFormation's own, as cfn-lint publishes them beside its program; the program is never imported.
A value is read as CloudFormation reads it: "30" is a number, 30 is a text, and what an intrinsic function will give
is not known yet, so that nothing is asked of it. A pattern in Java's dialect that Python cannot read lets all pass.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators

from local.gaps._types import Json, Record
from local.gaps.cloudformation._template.nodes import Fault, intrinsic

Errors = Iterator[ValidationError]
Check = Callable[[Any, Any, Any, Any], Errors | None]

_DEFAULT_REGION = "us-east-1"
_CUSTOM = "AWS::CloudFormation::CustomResource"


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("cfnlint")
    if found is None or found.origin is None:
        raise RuntimeError("cfn-lint is not installed, whose resource schemas are needed; run 'make setup'.")
    return Path(found.origin).parent / "data" / "schemas"


@cache
def types(region: str) -> dict[str, str]:
    """Every resource type of a region, with the name of its schema's file."""
    listed = _folder() / "providers" / f"{region}.json"
    if not listed.exists():
        listed = listed.with_name(f"{_DEFAULT_REGION}.json")
    found: dict[str, str] = json.loads(listed.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=256)
def schema(kind: str, region: str) -> Record | None:
    """The schema of a resource type, None where the region has no such type."""
    name = types(region).get(kind)
    if name is None:
        return None
    found: Record = json.loads((_folder() / "resources" / f"{name}.json").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=256)
def _validator(kind: str, region: str) -> Any:
    found = schema(kind, region)
    return None if found is None else _CloudFormation(found)


def faults(kind: str, properties: Record, region: str) -> Iterator[Fault]:
    """What the schema of `kind` refuses in `properties`; paths start at the properties."""
    validator, found = _validator(kind, region), schema(kind, region)
    if validator is None or found is None:
        return
    # A custom resource may be given anything: what its schema calls read-only is its answer.
    listed = () if kind == _CUSTOM else found.get("readOnlyProperties", ())
    read_only = {pointer.removeprefix("/properties/") for pointer in listed}
    needed = found.get("required", ())
    for name in properties:
        if name in read_only and name not in needed:
            yield Fault((str(name),), f"Read-only property [{name}] cannot be specified")
    for error in validator.iter_errors(properties):
        yield Fault(tuple(str(part) for part in error.absolute_path), error.message)


def text(value: Json) -> str:
    """A scalar as CloudFormation writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _is_integer(_checker: object, value: Json) -> bool:
    number = _number(value)
    return number is not None and number.is_integer() and not (isinstance(value, str) and "." in value)


def _is_boolean(_checker: object, value: Json) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false"))


_TYPES = Draft7Validator.TYPE_CHECKER.redefine_many(
    {
        "string": lambda _, value: isinstance(value, (str, int, float)),
        "integer": _is_integer,
        "number": lambda _, value: _number(value) is not None,
        "boolean": _is_boolean,
    }
)
_NAMES = {"array": "JSONArray", "object": "JSONObject"}


def _found(value: Json) -> str:
    kinds: dict[type, str] = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", int: "Integer", float: "Number"}
    return kinds.get(type(value), "String")


def _type(validator: Any, wanted: Any, value: Json, _schema: Any) -> Errors:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if not any(validator.is_type(value, kind) for kind in kinds):
        expected = " or ".join(_NAMES.get(kind, kind.capitalize()) for kind in kinds)
        yield ValidationError(f"expected type: {expected}, found: {_found(value)}")


def _enum(_validator: Any, allowed: Any, value: Json, _schema: Any) -> Errors:
    known = [text(one) for one in allowed]
    accepted = value in allowed if isinstance(value, (dict, list)) else text(value) in known
    if not accepted:
        yield ValidationError(f"{text(value)} is not a valid enum value. Supported values: [{', '.join(known)}]")


def _any_case(validator: Any, allowed: Any, value: Json, schema: Any) -> Errors:
    if text(value).lower() not in [text(one).lower() for one in allowed]:
        yield from _enum(validator, allowed, value, schema)


@cache
def _pattern_of(source: str) -> re.Pattern[str] | None:
    try:
        return re.compile(source)
    except re.error:
        return None


def _pattern(_validator: Any, source: str, value: Json, _schema: Any) -> Errors:
    compiled = _pattern_of(source)
    if compiled is not None and not isinstance(value, (dict, list)) and not compiled.search(text(value)):
        yield ValidationError(f"string [{text(value)}] does not match pattern {source}")


def _bound(sentence: str, holds: Callable[[float, float], bool]) -> Check:
    def check(_validator: Any, bound: Any, value: Json, _schema: Any) -> Errors:
        number = _number(value)
        if number is not None and not holds(number, float(bound)):
            yield ValidationError(sentence.format(value=text(value), bound=bound))

    return check


def _size(kinds: Any, sentence: str, holds: Callable[[int, int], bool]) -> Check:
    def check(_validator: Any, bound: Any, value: Json, _schema: Any) -> Errors:
        if isinstance(value, kinds):
            size = len(value if isinstance(value, (dict, list)) else text(value))
            if not holds(size, int(bound)):
                yield ValidationError(sentence.format(bound=bound, size=size))

    return check


def _required(_validator: Any, names: Any, value: Json, _schema: Any) -> Errors:
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                yield ValidationError(f"Required property [{name}] not found")


def _no_others(_validator: Any, others: Any, value: Json, schema: Any) -> Errors:
    if others is not False or not isinstance(value, dict):
        return
    patterns = [_pattern_of(source) for source in schema.get("patternProperties", ())]
    for name in value:
        # One pattern that cannot be read may be the one that allows the name.
        if name not in schema.get("properties", {}) and not any(p is None or p.search(str(name)) for p in patterns):
            yield ValidationError(f"Unsupported property [{name}]", path=[name])


def _by_pattern(validator: Any, patterns: Any, value: Json, _schema: Any) -> Errors:
    for source, one in patterns.items():
        compiled = _pattern_of(source)
        if compiled is not None and isinstance(value, dict):
            for name, inner in value.items():
                if compiled.search(str(name)):
                    yield from validator.descend(inner, one, path=name, schema_path=source)


def _one_of(names: Any, value: Json) -> list[str]:
    return [name for name in names if name in value]


def _exactly_one(_validator: Any, names: Any, value: Json, _schema: Any) -> Errors:
    if isinstance(value, dict) and len(_one_of(names, value)) != 1:
        yield ValidationError(f"Exactly one of [{', '.join(names)}] is required")


def _at_least_one(_validator: Any, names: Any, value: Json, _schema: Any) -> Errors:
    if isinstance(value, dict) and not _one_of(names, value):
        yield ValidationError(f"One of [{', '.join(names)}] is required")


def _together(_validator: Any, needs: Any, value: Json, _schema: Any) -> Errors:
    for name, others in needs.items():
        if isinstance(value, dict) and name in value:
            for other in others:
                if other not in value:
                    yield ValidationError(f"property [{other}] is required with property [{name}]")


def _never_together(_validator: Any, excludes: Any, value: Json, _schema: Any) -> Errors:
    for name, others in excludes.items():
        if isinstance(value, dict) and name in value:
            for other in _one_of(others, value):
                yield ValidationError(f"property [{other}] cannot stand beside property [{name}]", path=[other])


def _no_twins(_validator: Any, unique: Any, value: Json, _schema: Any) -> Errors:
    if unique and isinstance(value, list) and not _unknown_within(value):
        seen = [json.dumps(one, sort_keys=True) for one in value]
        if len(set(seen)) != len(seen):
            yield ValidationError("array items are not unique")


def _alternatives(validator: Any, schemas: Any, value: Json, _schema: Any) -> Errors:
    # oneOf as well: "30" is a number and a text at once here, so that more than one may fit.
    tried = [list(validator.descend(value, one, schema_path=index)) for index, one in enumerate(schemas)]
    if not all(tried):
        return
    # One alternative for a value of this type: it is the one that was meant.
    meant = [errors for errors in tried if not any(error.validator == "type" and not error.path for error in errors)]
    if len(meant) == 1:
        yield from meant[0]
    else:
        reason = min(meant or tried, key=len)[0].message
        yield ValidationError(f"no subschema matched out of the total {len(schemas)} subschemas: {reason}")


def _unknown_within(value: Json) -> bool:
    if intrinsic(value) is not None:
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_unknown_within(part) for part in parts)


#: Keywords that look at a value as a whole: with an unknown part in it there is no answer yet.
_WHOLE = frozenset({"anyOf", "oneOf", "not", "if", "const", "enum", "uniqueItems"})


def _guarded(keyword: str, check: Check) -> Check:
    def guarded(validator: Any, wanted: Any, value: Json, schema: Any) -> Errors:
        if intrinsic(value) is not None or (keyword in _WHOLE and _unknown_within(value)):
            return
        yield from check(validator, wanted, value, schema) or ()

    return guarded


_SCALARS = (str, int, float)
_CHECKS: dict[str, Check] = {
    **Draft7Validator.VALIDATORS,
    "type": _type,
    "enum": _enum,
    "enumCaseInsensitive": _any_case,
    "const": lambda validator, wanted, value, schema: _enum(validator, [wanted], value, schema),
    "pattern": _pattern,
    "required": _required,
    "additionalProperties": _no_others,
    "patternProperties": _by_pattern,
    "minimum": _bound("{value} is not greater or equal to {bound}", lambda number, bound: number >= bound),
    "maximum": _bound("{value} is not less or equal to {bound}", lambda number, bound: number <= bound),
    "exclusiveMinimum": _bound("{value} is not greater than {bound}", lambda number, bound: number > bound),
    "exclusiveMaximum": _bound("{value} is not less than {bound}", lambda number, bound: number < bound),
    "multipleOf": _bound("{value} is not a multiple of {bound}", lambda number, bound: number % bound == 0),
    "minLength": _size(_SCALARS, "expected minLength: {bound}, actual: {size}", lambda size, bound: size >= bound),
    "maxLength": _size(_SCALARS, "expected maxLength: {bound}, actual: {size}", lambda size, bound: size <= bound),
    "minItems": _size(list, "expected minimum item count: {bound}, found: {size}", lambda size, bound: size >= bound),
    "maxItems": _size(list, "expected maximum item count: {bound}, found: {size}", lambda size, bound: size <= bound),
    "minProperties": _size(dict, "minimum size: [{bound}], found: [{size}]", lambda size, bound: size >= bound),
    "maxProperties": _size(dict, "maximum size: [{bound}], found: [{size}]", lambda size, bound: size <= bound),
    "uniqueItems": _no_twins,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
    "requiredXor": _exactly_one,
    "requiredOr": _at_least_one,
    "dependentRequired": _together,
    "dependentExcluded": _never_together,
}
_CloudFormation: Any = validators.extend(
    Draft7Validator, {keyword: _guarded(keyword, check) for keyword, check in _CHECKS.items()}, type_checker=_TYPES
)
