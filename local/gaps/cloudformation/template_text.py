"""CloudFormation: the text of a template.

AWS: refuses a template with aliases ("YAML aliases are not allowed in CloudFormation templates"; user guide,
"CloudFormation template formats": no aliases, no merges of maps); ``sam package`` resolves them before it sends one.
MiniStack: reads aliases, so that a text of 300 bytes may keep the whole cloud busy for minutes; and reads names such as
``No`` as a truth, which it then takes for a text.

A name stays here the text that was written. How AWS reads it is not documented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import engine

from local.gaps import _seams
from local.gaps._types import Record
from local.gaps.cloudformation._template import yaml_text

LEANS_ON = {
    **{
        f"services.cloudformation.{module}._parse_template": "(template_body)"
        for module in ("engine", "handlers", "changesets")
    },
    "services.cloudformation.engine._parse_snippet": "(text)",
    "services.cloudformation.engine._TransformFailed": "class",
    "services.cloudformation.engine.CfnLoader": "class",
}

_ALIASES = "Template error: YAML aliases are not allowed in CloudFormation templates"


def _checked(parse: Callable[[str], Record]) -> Callable[[str], Record]:
    def parse_template(template_body: str) -> Record:
        text = template_body.strip()
        if text.startswith("{"):
            return parse(text)
        try:
            template = yaml_text.load(text, engine.CfnLoader, aliases=False, names=True)
        except yaml_text.AliasError:
            # What a parser raises is told behind "Template format error", which this sentence is not.
            refused: Record = engine._TransformFailed({"Resources": {}}, _ALIASES)
            return refused
        if not isinstance(template, dict):
            return parse(text)  # for the sentence about it
        return template

    return parse_template


def _bounded(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse_snippet(text: str) -> Any:
        if not text.lstrip().startswith("{"):
            yaml_text.load(text, engine.yaml.SafeLoader, aliases=True)
        return parse(text)

    return parse_snippet


def install() -> None:
    """Close the gap in this process."""
    for module in ("engine", "handlers", "changesets"):
        _seams.replace(f"services.cloudformation.{module}._parse_template", _checked)
    _seams.replace("services.cloudformation.engine._parse_snippet", _bounded)
