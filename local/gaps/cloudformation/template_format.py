"""CloudFormation: a template that refers to nothing, or holds what CloudFormation does not know.

AWS: CreateStack, UpdateStack, CreateChangeSet and ValidateTemplate answer ValidationError for a reference without an
end, a condition, mapping or type that does not exist, unknown members, functions with wrong arguments and circles of
resources (CloudFormation user guide, "Template anatomy" and "Intrinsic function reference").
MiniStack: takes the name of what is missing as its value, overlooks members that it does not read, and finds a circle
only once the stack is being made.

Two doors of a call are used: the capabilities, asked of the translated template before anything else reads it, and
the last check, which knows parameters and conditions. Nested templates come in through ``nested_templates``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine, handlers, provisioners

from local.gaps import _seams
from local.gaps._types import Answer, Record
from local.gaps.cloudformation import _static
from local.gaps.cloudformation._template import activity, functions, references, schemas, sections
from local.gaps.cloudformation._template.nodes import Fault, section

LEANS_ON = {
    "services.cloudformation.handlers._check_capabilities": "(sent, template, params, macros=True)",
    "services.cloudformation.handlers._error": "(code, message, status=400)",
    **{
        f"services.cloudformation.{module}.validate_template_support": "(template, conditions, params=None)"
        for module in ("handlers", "changesets", "engine")
    },
    "services.cloudformation.engine._resolve_parameters": "(template, provided_params, previous_params=None)",
    "services.cloudformation.engine._TransformFailed": "class",
    **{
        f"services.cloudformation.{module}._apply_transforms": (
            "(template, provided_params=None, previous_params=None)"
        )
        for module in ("handlers", "changesets", "engine")
    },
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    **_static.LEANS_ON,
}


def format_faults(sent: Record, template: Record) -> Iterator[Fault]:
    """What can be refused without parameters; `template` is `sent` after its transforms."""
    yield from sections.nulls(sent)
    yield from sections.transforms(sent)
    yield from sections.faults(template)
    yield from functions.faults(template)
    yield from references.faults(template)
    yield from _types(template)
    yield from _defaults(template)


def value_faults(template: Record, scope: _static.Scope) -> Iterator[Fault]:
    """What can be refused once parameters and conditions are known."""
    yield from activity.faults(template, scope.conditions)
    yield from _static.failing(template, scope)


def _types(template: Record) -> Iterator[Fault]:
    """Types that AWS does not have, whatever their condition says; the others are MiniStack's to refuse."""
    known = schemas.types(get_region())
    unknown: dict[str, str] = {}
    for name, resource in section(template, "Resources").items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        ours = isinstance(kind, str) and (kind in known or kind in provisioners._RESOURCE_HANDLERS)
        if isinstance(kind, str) and not ours and kind.startswith("AWS::"):
            unknown.setdefault(kind, str(name))
    if unknown:
        listed = ", ".join(sorted(unknown))
        first = unknown[min(unknown)]
        yield Fault(("Resources", first, "Type"), f"Template format error: Unrecognized resource types: [{listed}]")


def _defaults(template: Record) -> Iterator[Fault]:
    """Defaults that break their own constraints, which AWS refuses even where a value is given."""
    for name, definition in section(template, "Parameters").items():
        kind = definition.get("Type") if isinstance(definition, dict) else None
        if not isinstance(kind, str) or "Default" not in definition or kind.startswith("AWS::SSM::"):
            continue
        try:
            engine._resolve_parameters({"Parameters": {name: definition}}, [])
        except ValueError as error:
            yield Fault(("Parameters", str(name), "Default"), str(error))


def _explaining(apply: Callable[..., Record]) -> Callable[..., Record]:
    """The transform's own sentences, where MiniStack shows the exception."""

    def apply_transforms(template: Record, provided_params: Any = None, previous_params: Any = None) -> Record:
        if isinstance(template, engine._TransformFailed):  # its text was refused
            refused: Record = template
            return refused
        try:
            return apply(template, provided_params, previous_params)
        except ValueError:
            raise
        except Exception as error:
            causes = getattr(error, "causes", None)
            if causes is None:  # nothing of the SAM transform
                raise
            told = " ".join(cause.message for cause in causes)
            count = f"Number of errors found: {len(causes)}."
            failed: Record = engine._TransformFailed(
                template,
                "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification"
                f" document. {count} {told}",
            )
            return failed

    return apply_transforms


def _before(check: Callable[..., Answer | None]) -> Callable[..., Answer | None]:
    def check_capabilities(sent: Record, template: Record, params: Record, macros: bool = True) -> Answer | None:
        if isinstance(template, engine._TransformFailed):
            failed: Answer = handlers._error("ValidationError", template.error)
            return failed
        for fault in format_faults(sent, template):
            refused: Answer = handlers._error("ValidationError", fault.sentence)
            return refused
        return check(sent, template, params, macros)

    return check_capabilities


def _last(validate: Callable[..., None]) -> Callable[..., None]:
    def validate_template_support(template: Record, conditions: Record, params: Record | None = None) -> None:
        if params is None:  # ValidateTemplate, which has the template as it was sent
            _refuse(sections.transforms(template))
            if not template.get("Transform") and not isinstance(template, engine._TransformFailed):
                _refuse(format_faults(template, template))
            validate(template, conditions, params)
            return
        validate(template, conditions, params)
        _refuse(value_faults(template, _static.Scope.of(template, params, frozenset(), "", "")))

    return validate_template_support


def _refuse(faults: Iterator[Fault]) -> None:
    for fault in faults:
        raise ValueError(fault.sentence)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.handlers._check_capabilities", _before)
    for module in ("handlers", "changesets", "engine"):
        _seams.replace(f"services.cloudformation.{module}._apply_transforms", _explaining)
    for module in ("handlers", "changesets"):
        _seams.replace(f"services.cloudformation.{module}.validate_template_support", _last)
