"""Read a SAM template and samconfig.toml as plain data."""

from __future__ import annotations

import contextlib
import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import yaml

from local.gaps.cloudformation._template import yaml_text

Template = dict[str, Any]


class TemplateError(Exception):
    """The template or its configuration cannot be used; the message says what to change."""


# libyaml reads a template three times as fast as PyYAML's own parser; all wheels of PyYAML bring it.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc]
    """YAML with CloudFormation's short forms (`!Ref x` is `{"Ref": "x"}`); dates stay text, as in CloudFormation."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no other kind
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """A YAML or JSON file with CloudFormation's short forms resolved to their long ones."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TemplateError(f"There is no file '{path}'.") from None
    if text.lstrip().startswith("{"):
        # JSON may be indented by tabs, which YAML refuses; what only begins like JSON is YAML in flow style.
        with contextlib.suppress(ValueError):
            return json.loads(text)
    try:
        with path.open(encoding="utf-8") as named:  # an open file has the name that an error tells
            return yaml_text.load(named, _Loader, aliases=True, names=True)
    except (yaml.YAMLError, yaml_text.TooLargeError) as error:
        raise TemplateError(f"'{path}' is not valid YAML: {error}") from None


def read_template(path: Path) -> Template:
    """A template; raises TemplateError when it has no resources."""
    template = read_yaml(path)
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"'{path}' has no Resources; is it a CloudFormation template?")
    return template


def local_parameters(samconfig: Path) -> dict[str, str]:
    """`parameter_overrides` of `[local.deploy.parameters]`, written as one string or as a list of `Name=Value`."""
    if not samconfig.exists():
        return {}
    section = tomllib.loads(samconfig.read_text(encoding="utf-8")).get("local", {}).get("deploy", {})
    overrides = section.get("parameters", {}).get("parameter_overrides", [])
    return parse_parameters(shlex.split(overrides) if isinstance(overrides, str) else overrides)


def parse_parameters(pairs: list[str]) -> dict[str, str]:
    """`["A=1"]` to `{"A": "1"}`; raises TemplateError for a word without an equals sign."""
    for pair in pairs:
        if "=" not in pair:
            raise TemplateError(f"'{pair}' is not a parameter; write Name=Value.")
    return {name: value.strip('"') for name, _, value in (pair.partition("=") for pair in pairs)}
