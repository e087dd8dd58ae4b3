"""CloudFormation: the SAM transform of a nested application.

AWS: a nested stack's template may declare ``AWS::Serverless-2016-10-31`` like any other; that is what
AWS::Serverless::Application is for (SAM developer guide, "Using nested applications").
MiniStack: transforms the template of a stack, and refuses the resources of a nested one as unknown types.

Nested stacks import ``_parse_template`` from the engine when they are made, all other callers did at start: so the
replaced function serves nested templates alone, and the transform is never applied twice. What it gave is kept by the
template's text and the parameters that the transform reads, since a nested template is read when its parent is
validated and again when it is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.codedeploy import preferences

LEANS_ON = {
    "services.cloudformation.engine._parse_template": "(template_body)",
    "services.cloudformation.engine._apply_transforms": "(template, provided_params=None, previous_params=None)",
    "services.cloudformation.engine._TransformFailed": "class",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
}

_KEPT = 64
"""Translated templates; each is some 30 to 100 KB of text."""
_STACK = "AWS::CloudFormation::Stack"

#: Parameters with their values, those that the transform reads.
_Values = tuple[tuple[str, str], ...]

_parameters: ContextVar[Json] = ContextVar("parameters", default=None)


@contextmanager
def given(parameters: Json) -> Iterator[None]:
    """Transform nested templates for these values of their parameters."""
    token = _parameters.set(parameters)
    try:
        yield
    finally:
        _parameters.reset(token)


def _values(names: set[str]) -> _Values:
    """What is given of them; a value that is not known yet (a reference, while the parent is validated) is not."""
    found = _parameters.get()
    found = found if isinstance(found, dict) else {}
    return tuple((name, str(found[name])) for name in sorted(names & found.keys()) if not isinstance(found[name], dict))


def _transforming(parse: Callable[[str], Record]) -> Callable[[str], Record]:
    @lru_cache(maxsize=_KEPT)
    def read(template_body: str) -> frozenset[str]:
        try:
            return frozenset(preferences.named(parse(template_body)))
        except Exception:  # noqa: BLE001 - the transform below says what is wrong with it
            return frozenset()

    @lru_cache(maxsize=_KEPT)
    def transformed(template_body: str, _region: str, values: _Values) -> str:
        try:
            template = engine._apply_transforms(parse(template_body), [{"Key": k, "Value": v} for k, v in values])
        except Exception as error:
            # What the parser or the transform raises would leave the parent stack in progress for ever.
            raise ValueError(f"Template format error: {error}") from error
        if isinstance(template, engine._TransformFailed):
            raise ValueError(template.error)  # noqa: TRY004 - the template is at fault, not its type
        return json.dumps(template)

    def parse_template(template_body: str) -> Record:
        # What a snippet of AWS::Include holds may change while the template's text stays.
        ask = transformed.__wrapped__ if "AWS::Include" in template_body else transformed
        values = _values(set(read(template_body))) if "DeploymentPreference" in template_body else ()
        # A new copy each time: what is made of a template changes it.
        template: Record = json.loads(ask(template_body, get_region(), values))
        return template

    return parse_template


def _with_values(handlers: dict[str, Json]) -> dict[str, Json]:
    create, update = handlers[_STACK]["create"], handlers[_STACK]["update"]

    def made(logical_id: str, props: Record, *more: Any) -> Json:
        with given(props.get("Parameters")):
            return create(logical_id, props, *more)

    def changed(physical_id: str, old: Record, new: Record, *more: Any) -> Json:
        with given(new.get("Parameters")):
            return update(physical_id, old, new, *more)

    handlers[_STACK] = {**handlers[_STACK], "create": made, "update": changed}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.engine._parse_template", _transforming)
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _with_values)
