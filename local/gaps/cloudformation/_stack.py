"""Everything that the validation of a stack finds, in nested templates too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine, helpers

from local.gaps._types import Json, Record
from local.gaps.cloudformation import _names, _static
from local.gaps.cloudformation._template import schemas
from local.gaps.cloudformation._template.nodes import Fault, Path, intrinsic, section
from local.gaps.cloudformation.nested import transform
from local.gaps.cloudformation.template_format import format_faults, value_faults

LEANS_ON = {
    "services.cloudformation.engine._parse_template": "(template_body)",
    "services.cloudformation.engine._resolve_parameters": "(template, provided_params, previous_params=None)",
    "services.cloudformation.engine.validate_template_support": "(template, conditions, params=None)",
    "services.cloudformation.helpers._resolve_template": "(params)",
    **_static.LEANS_ON,
    **_names.LEANS_ON,
}

PROPERTY = "PROPERTY_VALIDATION"
NAME = "NAME_CONFLICT_VALIDATION"
_NESTED = "AWS::CloudFormation::Stack"
_DEPTH = 8


@dataclass(frozen=True)
class Finding:
    """A fault of a resource, and the name of the validation that found it."""

    fault: Fault
    logical_id: str
    kind: str
    validation: str = PROPERTY


def findings(resources: Record, scope: _static.Scope, prefix: Path = (), depth: int = 0) -> Iterator[Finding]:
    """What is wrong with the resources of a stack and of those nested in it."""
    region = get_region()
    for name, resource in resources.items():
        condition = resource.get("Condition")
        if condition is not None and scope.conditions.get(condition) is False:
            continue
        kind, path = resource.get("Type", ""), (*prefix, "Resources", name)
        before = len(scope.faults)
        properties = _static.known(resource.get("Properties") or {}, scope, (*path, "Properties"))
        found = [*scope.faults[before:], *_schema_faults(kind, properties, path, region)]
        yield from (Finding(fault, name, kind) for fault in found)
        taken = _names.conflict(kind, properties, scope.stack_name)
        if taken is not None:
            yield Finding(Fault(path, taken), name, kind, NAME)
        if kind == _NESTED and not found and depth < _DEPTH:
            yield from nested(name, properties, scope, path, depth)


def _schema_faults(kind: str, properties: Json, path: Path, region: str) -> Iterator[Fault]:
    shown = "AWS::CloudFormation::CustomResource" if kind.startswith("Custom::") else kind
    if isinstance(properties, dict) and intrinsic(properties) is None:
        for fault in schemas.faults(shown, properties, region):
            yield Fault((*path, "Properties", *fault.path), fault.sentence)


def nested(name: str, properties: Record, scope: _static.Scope, path: Path = (), depth: int = 0) -> Iterator[Finding]:
    """What is wrong with the template that a nested stack is made of; nothing while its address is not known."""
    url = properties.get("TemplateURL")
    if not isinstance(url, str):
        return
    body, refused = helpers._resolve_template({"TemplateURL": [url]})
    if refused is not None or not body:
        yield _finding(name, (*path, "Properties", "TemplateURL"), f"Template not found at {url}")
        return
    try:
        with transform.given(properties.get("Parameters")):
            template = engine._parse_template(body)
        broken = next(format_faults(template, template), None)
        if broken is not None:
            yield _finding(name, (*path, *broken.path), broken.sentence)
            return
        inner = _inner(template, properties.get("Parameters") or {}, scope)
        complete = None if inner.unknown > section(template, "Resources").keys() else inner.parameters
        engine.validate_template_support(template, inner.conditions, complete)
    except ValueError as error:
        yield _finding(name, path, str(error))
        return
    faults = list(value_faults(template, inner))
    yield from (_finding(name, (*path, *fault.path), fault.sentence) for fault in faults)
    if not faults:
        yield from findings(section(template, "Resources"), inner, path, depth + 1)


def _finding(name: str, path: Path, sentence: str) -> Finding:
    return Finding(Fault(path, sentence), name, _NESTED)


def _inner(template: Record, given: Json, scope: _static.Scope) -> _static.Scope:
    """The scope inside a nested stack. Raises ValueError for parameters that its template does not take."""
    passed = given if isinstance(given, dict) and intrinsic(given) is None else {}
    later = {name for name, value in passed.items() if intrinsic(value) is not None}
    if passed is not given:
        later = set(section(template, "Parameters"))
    declared = {name: made for name, made in section(template, "Parameters").items() if name not in later}
    undeclared = sorted(later - section(template, "Parameters").keys())
    if undeclared:
        raise ValueError(f"Parameters: [{', '.join(undeclared)}] do not exist in the template")
    values = [{"Key": name, "Value": schemas.text(value)} for name, value in passed.items() if name not in later]
    parameters = engine._resolve_parameters({**template, "Parameters": declared}, values)
    return _static.Scope.of(template, parameters, frozenset(later), scope.stack_name, scope.stack_id)
