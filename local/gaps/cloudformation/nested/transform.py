"""CloudFormation: the SAM transform of a nested application.

AWS: a nested stack's template may declare ``AWS::Serverless-2016-10-31`` like any other; that is what
AWS::Serverless::Application is for (SAM developer guide, "Using nested applications").
MiniStack: transforms the template of a stack, and refuses the resources of a nested one as unknown types.

Nested stacks import ``_parse_template`` from the engine when they are made, all other callers did at start: so the
replaced function serves nested templates alone, and the transform is never applied twice. What it gave is kept by the
template's text, since a nested template is read when its parent is validated and again when it is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from ministack.core.responses import get_region
from ministack.services.cloudformation import engine

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "services.cloudformation.engine._parse_template": "(template_body)",
    "services.cloudformation.engine._apply_transforms": "(template, provided_params=None, previous_params=None)",
    "services.cloudformation.engine._TransformFailed": "class",
}

_KEPT = 64
"""Translated templates; each is some 30 to 100 KB of text."""


def _transforming(parse: Callable[[str], Record]) -> Callable[[str], Record]:
    @lru_cache(maxsize=_KEPT)
    def transformed(template_body: str, _region: str) -> str:
        try:
            template = engine._apply_transforms(parse(template_body))
        except Exception as error:
            # What the parser or the transform raises would leave the parent stack in progress for ever.
            raise ValueError(f"Template format error: {error}") from error
        if isinstance(template, engine._TransformFailed):
            raise ValueError(template.error)  # noqa: TRY004 - the template is at fault, not its type
        return json.dumps(template)

    def parse_template(template_body: str) -> Record:
        # What a snippet of AWS::Include holds may change while the template's text stays.
        ask = transformed.__wrapped__ if "AWS::Include" in template_body else transformed
        # A new copy each time: what is made of a template changes it.
        template: Record = json.loads(ask(template_body, get_region()))
        return template

    return parse_template


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.engine._parse_template", _transforming)
