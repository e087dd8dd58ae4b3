"""The template as CloudFormation gets to see it: translated by the library that SAM itself uses, conditions decided."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform

from local.package import package
from local.template import Template, read_template
from local.testing import ROOT

TEMPLATE = ROOT / "template.yaml"
ACCOUNT = {"AWS::Region": "us-east-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}
NO_VALUE = {"Ref": "AWS::NoValue"}

Change = Callable[[Template], object]


@cache
def _packaged() -> str:
    """The template with its local paths replaced by objects, as text, for every caller wants a copy of its own."""
    return json.dumps(package(TEMPLATE, lambda key, _content: f"s3://artefacts/{key}"))


@cache
def source() -> Template:
    """The template as it is written. Not to be changed."""
    return read_template(TEMPLATE)


def packaged() -> Template:
    return dict(json.loads(_packaged()))


def translate(template: Template, parameters: Mapping[str, str] | None = None) -> Template:
    """What the SAM transform makes of a packaged template; raises samtranslator's InvalidDocumentException."""

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    # The library asks boto3 for the Region, only to tell the partition.
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": ACCOUNT["AWS::Region"]}):
        return dict(transform(copy.deepcopy(template), dict(parameters or {}), NoManagedPolicies()))


def resolve(template: Template, parameters: Mapping[str, str] | None = None) -> Template:
    """A translated template for one set of parameters: resources whose condition does not hold are gone, references
    to parameters and mappings are values. References to resources stay as they are."""
    values = {name: str(p.get("Default", "")) for name, p in template.get("Parameters", {}).items()}
    values |= {"AWS::StackName": "millrace", **ACCOUNT, **(parameters or {})}
    decided = _Decided(template, values)
    kept = {
        section: {
            name: entry
            for name, entry in template.get(section, {}).items()
            if "Condition" not in entry or decided.holds(entry["Condition"])
        }
        for section in ("Resources", "Outputs")
    }
    return {**template, **decided.value(kept)}


class _Decided:
    def __init__(self, template: Template, values: Mapping[str, str]) -> None:
        self._conditions = template.get("Conditions", {})
        self._mappings = template.get("Mappings", {})
        self._values = values

    def holds(self, name: str) -> bool:
        return self._true(self._conditions[name])

    def _true(self, condition: Any) -> bool:
        ((kind, inner),) = condition.items()
        match kind:
            case "Condition":
                return self.holds(inner)
            case "Fn::Not":
                return not self._true(inner[0])
            case "Fn::And":
                return all(map(self._true, inner))
            case "Fn::Or":
                return any(map(self._true, inner))
            case "Fn::Equals":
                left, right = map(self.value, inner)
                return bool(left == right)
        raise ValueError(f"{kind} is no function of conditions")

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [found for found in map(self.value, value) if found != NO_VALUE]
        if not isinstance(value, dict):
            return value
        match next(iter(value), None), len(value):
            case "Ref", 1 if value["Ref"] in self._values:
                return self._values[value["Ref"]]
            case "Fn::If", 1:
                name, then, other = value["Fn::If"]
                return self.value(then if self.holds(name) else other)
            case "Fn::FindInMap", 1:
                table, first, second = map(self.value, value["Fn::FindInMap"])
                return self._mappings[table][first][second]
        made = {key: self.value(inner) for key, inner in value.items()}
        return {key: inner for key, inner in made.items() if inner != NO_VALUE}


@cache
def _resolved(parameters: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(resolve(translate(packaged(), dict(parameters)), dict(parameters)))


def resolved(**parameters: str) -> Template:
    """The application's own template, packaged, translated and resolved; a copy to do with as one likes."""
    return dict(json.loads(_resolved(tuple(sorted(parameters.items())))))


def machines() -> dict[str, dict[str, Any]]:
    """Logical id and properties of every state machine in the template."""
    found = source()["Resources"].items()
    return {name: entry["Properties"] for name, entry in found if entry["Type"] == "AWS::Serverless::StateMachine"}


def substitutions(path: Path) -> dict[str, str]:
    """What `template.yaml` puts into the definition at `path`: defaults of parameters, ARNs of functions' aliases."""
    (machine,) = (m for m in machines().values() if (ROOT / m["DefinitionUri"]).resolve() == path.resolve())
    parameters = source()["Parameters"]

    def value(reference: dict[str, str]) -> str:
        name, _, alias = reference["Ref"].partition(".")
        if name in parameters:
            return str(parameters[name]["Default"])
        if alias != "Alias":
            raise ValueError(f"{name} is put into {path.name} without its alias: a deployment would not be one step")
        return f"arn:aws:lambda:{ACCOUNT['AWS::Region']}:{ACCOUNT['AWS::AccountId']}:function:{name}:live"

    return {name: value(reference) for name, reference in machine["DefinitionSubstitutions"].items()}
