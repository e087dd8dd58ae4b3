"""CloudFormation: the SAM transform of a nested application.

AWS: a nested stack's template may declare ``AWS::Serverless-2016-10-31`` like any other; that is what
AWS::Serverless::Application is for (SAM developer guide, "Using nested applications").
MiniStack: transforms the template of a stack, and refuses the resources of a nested one as unknown types.

Nested stacks import ``_parse_template`` from the engine when they are made, all other callers did at start: so the
replaced function serves nested templates alone, and the transform is never applied twice.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.services.cloudformation import engine

from local.gaps import _seams
from local.gaps._types import Record

LEANS_ON = {
    "services.cloudformation.engine._parse_template": "(template_body)",
    "services.cloudformation.engine._apply_transforms": "(template, provided_params=None, previous_params=None)",
}


def _transforming(parse: Callable[[str], Record]) -> Callable[[str], Record]:
    def parse_template(template_body: str) -> Record:
        template: Record = engine._apply_transforms(parse(template_body))
        return template

    return parse_template


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.engine._parse_template", _transforming)
